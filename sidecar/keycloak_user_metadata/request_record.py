"""Owns what is known of one request besides its content: its id, who calls, how it ended; does not log it."""

import re
import secrets
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

REQUEST_ID = "X-Request-Id"

_PLAIN_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

# Ids for requests to come, many made at once: to ask the system for random bytes costs the same for one.
_unused: list[str] = []

# Where an ASGI scope has it.
_PLACE = "user-metadata.request"


@dataclass(slots=True)
class RequestRecord:
    """One request. ``client`` and ``subject`` are those of a verified token, None until there is one."""

    method: str | None
    request_id: str
    traceparent: str | None = None
    status: int | None = None
    problem: str | None = None
    client: str | None = None
    subject: str | None = None

    @classmethod
    def begin(cls, method: str | None, headers: Iterable[tuple[bytes, bytes]]) -> "RequestRecord":
        """Take the id that the caller gave, where it is one that can be written anywhere; else make one."""
        ids, traces = [], []
        for name, value in headers:
            if name == b"x-request-id":
                ids.append(value)
            elif name == b"traceparent":
                traces.append(value)
        return cls(method, _plain(ids, _PLAIN_ID) or _new_id(), _plain(traces, _TRACEPARENT))

    @classmethod
    def of(cls, scope: MutableMapping[str, Any]) -> "RequestRecord":
        """Find the record of a request that is served; one that nobody looks at where none was begun."""
        record: RequestRecord = scope.get(_PLACE) or cls.begin(scope["method"], scope["headers"])
        return record

    def within(self, scope: MutableMapping[str, Any]) -> dict[str, Any]:
        """Give a copy of the scope that has the record in it."""
        return {**scope, _PLACE: self}


def _new_id() -> str:
    if not _unused:
        digits = secrets.token_hex(16 * 256)
        _unused.extend(digits[begin : begin + 32] for begin in range(0, len(digits), 32))
    return _unused.pop()


def _plain(sent: list[bytes], form: re.Pattern[bytes]) -> str | None:
    """Read a field that was sent once and is of this form."""
    return sent[0].decode("ascii") if len(sent) == 1 and form.fullmatch(sent[0]) else None
