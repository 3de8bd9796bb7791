"""Owns how a log line looks, of whatever origin; does not decide what is logged.

A line never holds the text of an exception: it might quote a token or a value. It says of which type it was
and where it happened.
"""

import json
import logging
import re
import time
import traceback
from functools import lru_cache
from typing import Any

from .settings import Settings

_PLAIN = re.compile(r"[!#-<>-~]+")
_DELETE = "\x7f"  # the one control character that JSON in ASCII leaves as it is

_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode


class JsonLines(logging.Formatter):
    """One JSON object a line, in ASCII: nothing that was logged can begin a line or move a cursor."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        return _ascii({"time": _time(record), "level": record.levelname.lower(), **_said(record)})


class TextLines(logging.Formatter):
    """The same for a person at a terminal: time, level, message, then ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        said = _said(record)
        message = _ascii(said.pop("message"))[1:-1].replace('\\"', '"')
        fields = "".join(f" {name}={_shown(value)}" for name, value in said.items())
        return f"{_time(record)} {record.levelname.lower():<7} {message}{fields}"


def logging_config(settings: Settings) -> dict[str, Any]:
    """Say in the words of ``logging.config`` that all lines go to standard error, in the one format."""
    formatter = {"json": JsonLines, "text": TextLines}[settings.log_format]
    level = settings.log_level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        # What others say of their inner life is for their developers, and may quote what passes through.
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            name: {"level": level, "propagate": True} for name in (__package__, "uvicorn", "uvicorn.error")
        },
    }


def fault(error: BaseException) -> dict[str, object]:
    """Say of an exception which it is and where it came from, but not what it holds."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return {"exception": type(error).__name__, "place": places}


def _said(record: logging.LogRecord) -> dict[str, Any]:
    """Take out of a record its message, the fields that go with it, and the place of an exception."""
    # The lines behind the first one are a text that asyncio or uvicorn makes of an exception.
    said: dict[str, Any] = {"message": record.getMessage().partition("\n")[0]}
    said.update(record.__dict__.get("fields", {}))
    if record.exc_info and record.exc_info[1]:
        said.update(fault(record.exc_info[1]))
    return said


def _time(record: logging.LogRecord) -> str:
    return f"{_second(int(record.created))}.{int(record.msecs):03d}Z"


@lru_cache(maxsize=1)
def _second(since_epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since_epoch))


def _ascii(value: object) -> str:
    return _encode(value).replace(_DELETE, "\\u007f")


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else _ascii(value)
