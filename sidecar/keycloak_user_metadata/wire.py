"""Owns one connection in HTTP/1.1, and the answers on it; does not open it, or decide what is sent.

httptools parses. A general client, aiohttp, took a third of the processor time of a request of ours.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

import httptools

# Bytes of one answer, many times what the extension lets a document have.
_LONGEST_ANSWER = 64 * 1024 * 1024

_FINAL = 200  # the lowest status of an answer that no other one follows
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})  # without these the end is the connection's


class ProtocolError(Exception):
    """What was received is no answer in HTTP/1.1, or far too long for one."""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, whole; the names of its fields are in lower case."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes

    def field(self, name: bytes) -> str | None:
        """Read one field, None where there is none."""
        value = self.fields.get(name)
        return None if value is None else value.decode("latin-1")


class Wire(asyncio.Protocol):
    """One connection, on which one exchange takes place at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.idle_since = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Response] | None = None  # while one is awaited
        self._received = 0
        self._keep = True
        self._begin()

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        return self._keep and self._answer is None and not self._transport.is_closing()

    async def exchange(self, message: bytes) -> Response:
        """Send a request and wait for its answer.

        Raises:
            ConnectionError: the connection broke.
            TimeoutError: it was given up.
            ProtocolError: what came back is no answer.
        """
        self._answer = self._loop.create_future()
        self._received = 0
        self._transport.write(message)
        return await self._answer

    def give_up(self) -> None:
        """Wait no longer for the answer."""
        self._fail(TimeoutError())

    def close(self) -> None:
        """End the connection."""
        self._transport.close()

    def abort(self) -> None:
        """End the connection at once, whatever is under way."""
        self._answer = None
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is awaited, unless it is an answer that ends with its connection."""
        if self._headed and not exc and not _FRAMING & self._fields.keys():
            self._complete(self._parser.get_status_code())
        self._fail(ConnectionResetError("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived; what nobody asked for ends the connection."""
        self._received += len(data)
        if self._answer is None:
            self._transport.abort()
        elif self._received > _LONGEST_ANSWER:
            self._fail(ProtocolError("too long"))
        else:
            try:
                self._parser.feed_data(data)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
                self._fail(ProtocolError(type(error).__name__))

    def on_message_begin(self) -> None:
        """Begin an answer; one that nobody waits for is the last thing that is heard."""
        if self._answer is None:
            self._keep = False
        self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head."""
        self._fields[name.lower()] = value

    def on_headers_complete(self) -> None:
        """End the head."""
        self._headed = True

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Give the answer to whom it is for, unless it only announces another one."""
        status = self._parser.get_status_code()
        if status >= _FINAL:
            self._keep = self._keep and self._parser.should_keep_alive()
            self._complete(status)

    def _begin(self) -> None:
        self._headed = False
        self._fields: dict[bytes, bytes] = {}
        self._body: list[bytes] = []

    def _complete(self, status: int) -> None:
        answer, self._answer = self._answer, None
        if answer and not answer.done():
            answer.set_result(Response(status, self._fields, b"".join(self._body)))
        self._begin()  # nothing of it stays here while the connection is idle

    def _fail(self, error: Exception) -> None:
        self._keep = False
        answer, self._answer = self._answer, None
        if answer and not answer.done():
            answer.set_exception(error)
