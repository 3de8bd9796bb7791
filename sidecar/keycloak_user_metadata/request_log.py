"""Owns that each request is one log line, and has an id that goes with it and back; does not answer it.

A line names the template of the route, never the path: there is a person's name in it, and a key.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .batch import Batch
from .errors import MetadataError
from .request_record import REQUEST_ID, RequestRecord

# Where the protocol leaves the exchange with the client in a scope: it knows whether there still is one.
EXCHANGE = "user-metadata.exchange"

_FIELD = REQUEST_ID.lower().encode("ascii")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Line:
    """What is logged of a request: when it ended, in seconds since 1970, and what it was."""

    level: int
    ended: float
    record: RequestRecord
    route: str | None
    seconds: float
    gone: bool


class RequestLog:
    """Gives each request its record, and logs it when it has been answered. Stands before all else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lines = Batch(_write)
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            try:
                await self._app(scope, receive, send)
            finally:
                self._lines.do_all()  # the lifespan has ended, and the loop will
            return
        begun = time.perf_counter()
        exchange = scope.pop(EXCHANGE, None)
        record = RequestRecord.begin(scope["method"], scope["headers"])
        # A copy, for all others to change: the server goes by its own, and the route is found in this one.
        scope = record.within(scope)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                message["headers"] = [*message["headers"], (_FIELD, record.request_id.encode("ascii"))]
            await send(message)

        self._under_way += 1
        try:
            await self._app(scope, receive, send_on)
        finally:
            self._under_way -= 1
            gone = bool(exchange and exchange.disconnected)
            route = getattr(scope.get("route"), "path", None)
            # Orchestrators and proxies ask for the health all the time.
            level = logging.DEBUG if route and route.startswith("/health/") else logging.INFO
            if _log.isEnabledFor(level):
                seconds = time.perf_counter() - begun
                line = _Line(level, time.time(), record, route, seconds, gone)
                # When there is nothing else to do, now is the best time.
                self._lines.add(line, at_once=not self._under_way)


def log_refusal(record: RequestRecord, error: MetadataError) -> None:
    """Log what was refused before it was a request."""
    record.status, record.problem = error.status, error.code
    if _log.isEnabledFor(logging.INFO):
        _write(_Line(logging.INFO, time.time(), record, None, 0.0, gone=False))


def _write(line: _Line) -> None:
    record = line.record
    fields: dict[str, Any] = {
        "method": record.method,
        "route": line.route,
        "status": record.status,
        "problem": record.problem,
        "milliseconds": round(line.seconds * 1000, 2),
        "requestId": record.request_id,
        "client": record.client,
        "subject": record.subject,
    }
    if record.traceparent:
        fields["traceId"] = record.traceparent.split("-")[1]
    if line.gone:
        fields["clientGone"] = True
    # Made by hand: the logger would look up the place in the code that it comes from, which no line shows.
    made = logging.LogRecord(_log.name, line.level, "", 0, "request", None, None)
    made.created, made.msecs, made.fields = line.ended, line.ended % 1 * 1000, fields
    _log.handle(made)
