"""Owns JSON text: strict reading, exact writing; does not know what the JSON means.

Strict: UTF-8 without a byte order mark, no name twice in one object, no NaN, nothing after the end. Exact:
integers of any length, other numbers as IEEE doubles, strings code point for code point, lone surrogates too.
"""

import json
import math
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

# Turning digits into an int and back takes time in the square of their number, so Python refuses more than
# 4300 of them, or fewer where the environment says so, but never fewer than 640.
_MOST_DIGITS = 600

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


class JsonError(ValueError):
    """The text is no JSON as it is understood here; the message says why, without a value."""


class NumberError(JsonError):
    """A number is beyond the range of an IEEE double."""


class DepthError(JsonError):
    """Arrays and objects are nested ``actual`` deep, more than allowed."""

    def __init__(self, actual: int) -> None:
        super().__init__(f"arrays and objects are nested {actual} deep")
        self.actual = actual


@dataclass(frozen=True, slots=True)
class LongInteger:
    """An integer too long for an int, digit for digit."""

    digits: str


def loads(text: bytes, *, max_depth: int, trusted: bool = False) -> object:
    """Read one JSON text; of a trusted one it is not checked whether an object holds a name twice.

    Raises:
        JsonError: it is none, or not one as strict as this.
    """
    if text.count(b"[") + text.count(b"{") > max_depth and (depth := _depth(text)) > max_depth:
        raise DepthError(depth)
    if trusted:
        with suppress(ValueError):  # an integer too long for an int, or no JSON: below is said which
            return _QUICK_DECODER.decode(text.decode("utf-8"))
    try:
        return _DECODER.decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8"
        raise JsonError(message) from None
    except json.JSONDecodeError as error:
        message = f"{error.msg} (line {error.lineno}, column {error.colno})"
        raise JsonError(message) from None


def dumps(value: object, *, ascii_only: bool = False) -> bytes:
    """Write compact JSON in UTF-8; what UTF-8 cannot hold, a lone surrogate, stays the escape it came as."""
    try:
        text = (_ENCODER_ASCII if ascii_only else _ENCODER).encode(value)
    except TypeError:
        text = _with_long_integers(value, ascii_only=ascii_only)
    return text.encode("utf-8", "backslashreplace")  # \ud800, which is just how JSON escapes it


_ENCODER, _ENCODER_ASCII = (
    json.JSONEncoder(ensure_ascii=ascii_only, allow_nan=False, separators=(",", ":"))
    for ascii_only in (False, True)
)


def _with_long_integers(value: object, *, ascii_only: bool) -> str:
    long: list[str] = []

    def stand_in(value: object) -> str:
        if not isinstance(value, LongInteger):
            message = f"{type(value).__name__} is no JSON"
            raise TypeError(message)
        long.append(value.digits)
        return _STAND_IN

    text = json.dumps(
        value, ensure_ascii=ascii_only, allow_nan=False, separators=(",", ":"), default=stand_in
    )
    digits = iter(long)
    return re.sub(f'"{_STAND_IN}"', lambda _: next(digits), text)


# Stands for a long integer while the rest is written. Random, so that no caller's string can be taken for it.
_STAND_IN = secrets.token_hex(16)


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", text)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "an object holds the same name twice"
        raise JsonError(message)
    return members


def _integer(digits: str) -> int | LongInteger:
    return int(digits) if len(digits) <= _MOST_DIGITS else LongInteger(digits)


def _double(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        message = "a number is beyond the range of an IEEE double"
        raise NumberError(message)
    return number


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise JsonError(message)


_QUICK_DECODER = json.JSONDecoder(parse_float=_double, parse_constant=_no_constant)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_double, parse_constant=_no_constant
)
