"""Owns that each request is one log line, and has an id that goes with it and back; does not answer it.

A line names the template of the route, never the path: there is a person's name in it, and a key.
"""

import logging
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import MetadataError
from .request_record import REQUEST_ID, RequestRecord

# Where the protocol leaves the exchange with the client in a scope: it knows whether there still is one.
EXCHANGE = "user-metadata.exchange"

_FIELD = REQUEST_ID.lower().encode("ascii")

_log = logging.getLogger(__name__)


class RequestLog:
    """Gives each request its record, and logs it when it has been answered. Stands before all else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
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

        try:
            await self._app(scope, receive, send_on)
        finally:
            gone = bool(exchange and exchange.disconnected)
            _write(record, getattr(scope.get("route"), "path", None), time.perf_counter() - begun, gone=gone)


def log_refusal(record: RequestRecord, error: MetadataError) -> None:
    """Log what was refused before it was a request."""
    record.status, record.problem = error.status, error.code
    _write(record, None, 0.0, gone=False)


def _write(record: RequestRecord, route: str | None, seconds: float, *, gone: bool) -> None:
    # Orchestrators and proxies ask for the health all the time.
    level = logging.DEBUG if route and route.startswith("/health/") else logging.INFO
    if not _log.isEnabledFor(level):
        return
    fields: dict[str, Any] = {
        "method": record.method,
        "route": route,
        "status": record.status,
        "problem": record.problem,
        "milliseconds": round(seconds * 1000, 2),
        "requestId": record.request_id,
        "client": record.client,
        "subject": record.subject,
    }
    if record.traceparent:
        fields["traceId"] = record.traceparent.split("-")[1]
    if gone:
        fields["clientGone"] = True
    # Made by hand: the logger would look up the place in the code that it comes from, which no line shows.
    line = logging.LogRecord(_log.name, level, "", 0, "request", None, None)
    line.fields = fields
    _log.handle(line)
