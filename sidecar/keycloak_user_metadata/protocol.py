"""Owns what of a connection reaches the application, and by when; does not know the application.

uvicorn's fast parser bounds neither the head of a request nor what stands between the bytes of its body,
waits for both without end, and takes the fields after a body for those before it. Of a request that asks for
another protocol it reads no body, so that the body would be read as a request of its own.
"""

import asyncio
from functools import partial
from typing import Any, Literal, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .errors import MalformedRequest, MetadataError, Overloaded, RequestTimeout
from .exact_json import dumps
from .gate import NEVER, Gate
from .gathering import GatheringTransport
from .heads import LONGEST_HEAD, TOO_LONG, fault
from .problems import MEDIA_TYPE, problem_json
from .request_log import EXCHANGE, log_refusal
from .request_record import REQUEST_ID, RequestRecord
from .settings import Settings

# Requests that a client may have sent while the first of them is being answered.
_LONGEST_PIPELINE = 8

# Seconds in which a client must have read the last answer on a connection, and stopped sending.
_FAREWELL = 5


def strict_protocol(settings: Settings) -> Any:  # noqa: ANN401 - uvicorn wants a class, and calls it as a function
    """Build the protocol of one server, for uvicorn's option ``http``."""
    return partial(
        StrictProtocol, gate=Gate(settings.max_connections), request_timeout=settings.request_timeout
    )


class StrictProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose every request is read in one way, in time and within bounds, or refused."""

    def __init__(self, *, gate: Gate, request_timeout: float, **given: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(**given)
        self._gate = gate
        self._request_timeout = request_timeout
        self._welcome = True
        self._arriving: Literal["head", "body"] | None = None
        self._framing = 0  # bytes that were none of a body, since there was one or the head began
        self._upgrades = False
        self._deaf = False  # whatever else arrives is dropped
        self._refusal: MetadataError | None = None  # to be sent after the answers before it
        self._arrives_by = self._is_read_by = NEVER
        self.waits_since: float | None = None

    @property
    def patience_ends(self) -> float:
        """When the client must have sent what it is sending, or read what it was sent."""
        return min(self._arrives_by, self._is_read_by)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        self._gathering = GatheringTransport(transport)
        super().connection_made(cast("asyncio.Transport", self._gathering))
        self._welcome = self._gate.enter(self)
        self._wait(self.timeout_keep_alive)

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for others."""
        self._gate.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, unless too much of it was neither head nor body."""
        if self._deaf:
            return
        if self._framing > LONGEST_HEAD:
            self._refuse(MalformedRequest(TOO_LONG))
            return
        self._framing += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserError:
            if not self._deaf:
                self._refuse(MalformedRequest("The request is no HTTP, or can be read in two ways."))

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # No other protocol is spoken here, and the parser has left the body alone. Without the wish for
            # another protocol it reads the request to its end.
            fields = [name + b": " + value for name, value in self.headers if name != b"upgrade"]
            version = self.parser.get_http_version().encode()
            line = self.parser.get_method() + b" " + self.url + b" HTTP/" + version
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self._parse(b"\r\n".join([line, *fields, b"", data[upgrade.args[0] :]]))

    def on_message_begin(self) -> None:
        """Begin to read a head."""
        super().on_message_begin()
        self._arriving, self._framing, self._upgrades = "head", 0, False
        self._arrives_by = self.loop.time() + self._request_timeout

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, but none that comes after the body: it would pass for one before it."""
        if self._arriving == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the request; an exception makes the parser stop."""
        method, version = self.parser.get_method(), self.parser.get_http_version()
        error: MetadataError | None = None
        if wrong := fault(method, version, self.url, self.headers):
            error = MalformedRequest(wrong)
        elif not self._welcome:
            error = Overloaded("Every connection is in use.")
        if error:
            self._refuse(error)
            raise ValueError
        if self.parser.should_upgrade():
            self._upgrades = True
            return
        if len(self.pipeline) >= _LONGEST_PIPELINE:
            self._deaf, self._arrives_by = True, NEVER
            self.cycle.keep_alive = False  # its answer is the last one; the client sends the others again
            raise ValueError
        super().on_headers_complete()
        self.scope[EXCHANGE] = self.cycle  # type: ignore[literal-required]
        self._arriving, self._framing, self.waits_since = "body", 0, None

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._framing = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request; what follows is the head of the next one."""
        if self._upgrades:
            return
        super().on_message_complete()
        self._arriving, self._framing, self._arrives_by = None, 0, NEVER

    def on_response_complete(self) -> None:
        """Send the answer; go on with the next request, or wait for one, or for the rest of this one."""
        self._gathering.pass_on()
        if self.transport.is_closing():
            super().on_response_complete()
            self._wait(_FAREWELL)
        elif self.pipeline:
            super().on_response_complete()
        else:
            # As uvicorn does, but without a timer of its own after each answer: the gate has one for all.
            self.server_state.total_requests += 1
            self.flow.resume_reading()
            if self._refusal:
                self._send(self._refusal)
            else:
                self._wait(_FAREWELL if self._arriving == "body" else self.timeout_keep_alive)

    def pause_writing(self) -> None:
        """Give the client its time to read what it was sent."""
        super().pause_writing()
        self._is_read_by = self.loop.time() + self._request_timeout

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._is_read_by = NEVER

    def lose_patience(self, now: float) -> None:
        """Refuse a request that is not there in time; end a connection on which nothing else can happen."""
        if self._deaf or self.transport.is_closing() or self._is_read_by <= now:
            self.transport.abort()
        elif self._arriving is None or (self._arriving == "body" and self.cycle.response_complete):
            self.make_room()
        elif self.flow.read_paused:  # what has not arrived has not been asked for
            self._arrives_by = now + self._request_timeout
        else:
            detail = f"The request did not arrive within {self._request_timeout:g} seconds."
            self._refuse(RequestTimeout(detail))

    def make_room(self) -> None:
        """End a connection that waits."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # it is not read: closing it would wait for that
        else:
            self.transport.close()

    def _wait(self, seconds: float) -> None:
        now = self.loop.time()
        self.waits_since = now if self.waits_since is None else self.waits_since
        self._arrives_by = min(self._arrives_by, now + seconds)

    def _refuse(self, error: MetadataError) -> None:
        """Refuse the request that is arriving, and whatever follows it."""
        self._deaf, self._arrives_by = True, NEVER
        if self._arriving == "body":
            queued = bool(self.pipeline) and self.pipeline[0][0] is self.cycle
            if queued:
                self.pipeline.popleft()
            elif self.cycle.response_started:
                self.transport.close()
                self._wait(_FAREWELL)
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        else:
            queued = self.cycle is not None and not self.cycle.response_complete
        if queued:
            self._refusal = error
        else:
            self._send(error)

    def _send(self, error: MetadataError) -> None:
        """Send a refusal as the last answer, in the shape of all others."""
        record = RequestRecord.begin(None, self.headers if self._arriving else ())
        log_refusal(record, error)
        content = dumps(problem_json(error))
        fields = [
            *((name.decode(), value.decode()) for name, value in self.server_state.default_headers),
            ("content-type", MEDIA_TYPE),
            ("cache-control", "no-store"),
            ("content-length", str(len(content))),
            ("connection", "close"),
            (REQUEST_ID.lower(), record.request_id),
            *error.headers.items(),
        ]
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        self.transport.write(STATUS_LINE[error.status] + head.encode("latin-1") + b"\r\n" + content)
        # Closed now, with something unread, the client might never see the answer.
        self.transport.write_eof()
        self._wait(_FAREWELL)
