"""Owns the connections to one address: how many, how long, which one is used; does not parse answers."""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection

from .wire import Response, Wire

# Seconds for which a connection is kept that nobody uses. What stands between may forget it without a word,
# and a write that is sent into nothing cannot be sent again.
_IDLE = 15

# Seconds given to one address of a name before the next one is tried beside it (RFC 8305).
_NEXT_ADDRESS = 0.25


class ConnectError(Exception):
    """No connection could be had, so nothing was sent; ``reason`` is why."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Pool:
    """Connections to one address, kept and reused; for any number of tasks of one event loop."""

    def __init__(self, address: str, *, most: int, timeout: float, tls: ssl.SSLContext) -> None:
        """Take an http or https address, the connections at most, the seconds that a request may take."""
        url = urlsplit(address)
        self._host = url.hostname or ""
        self._port = url.port or {"http": 80, "https": 443}[url.scheme]
        self._tls = tls if url.scheme == "https" else None
        self._host_field = f"Host: {url.netloc}"
        self._timeout = timeout
        self._room = asyncio.Semaphore(most)
        self._idle: list[Wire] = []
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    async def request(
        self, method: str, target: str, fields: Iterable[tuple[str, str]], body: bytes | None = None
    ) -> Response:
        """Send one request and receive the whole answer, whatever its status.

        A GET that meets a connection which the other side has closed meanwhile is sent once more. Nothing
        else ever is: nobody can tell whether it was carried out.

        Raises:
            ConnectError: there was no connection, for the reason that it holds.
            TimeoutError: the time is up, after the request was sent.
            ConnectionError: the connection broke after that.
            ProtocolError: what came back is no answer.
            ValueError: a line of the head would end within it.
        """
        message = self._message(method, target, fields, body)
        wire: Wire | None = None
        try:
            async with asyncio.timeout(self._timeout), self._room:
                if wire := self._take():
                    try:
                        return await self._exchange(wire, message)
                    except ConnectionError:
                        if method != "GET":
                            raise
                        wire = None
                wire = await self._connect()
                return await self._exchange(wire, message)
        except TimeoutError as error:
            if wire is None:
                raise ConnectError(error) from None
            raise

    def close(self) -> None:
        """Close what is idle now, and what is in use when it no longer is."""
        self._closed = True
        if self._sweep:
            self._sweep.cancel()
        while self._idle:
            self._idle.pop().close()

    def _message(
        self, method: str, target: str, fields: Iterable[tuple[str, str]], body: bytes | None
    ) -> bytes:
        lines = [f"{method} {target} HTTP/1.1", self._host_field]
        lines += [f"{name}: {value}" for name, value in fields]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines)
        if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1:
            message = "a line of the head of a request would end within it"
            raise ValueError(message)
        return f"{head}\r\n\r\n".encode() + (body or b"")

    async def _exchange(self, wire: Wire, message: bytes) -> Response:
        try:
            response = await wire.exchange(message)
        except BaseException:
            wire.abort()  # an answer that comes after all must not be taken for the next one
            raise
        if wire.reusable and not self._closed:
            wire.idle_since = wire.loop.time()
            self._idle.append(wire)
            if self._sweep is None:
                self._sweep = wire.loop.call_later(_IDLE, self._end_idle)
        else:
            wire.close()
        return response

    def _take(self) -> Wire | None:
        """Take the connection that was used last: the others may grow old."""
        while self._idle:
            wire = self._idle.pop()
            if wire.reusable and wire.loop.time() - wire.idle_since < _IDLE:
                return wire
            wire.close()
        return None

    def _end_idle(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time() - _IDLE
        for wire in self._idle:
            if wire.idle_since <= before:
                wire.close()
        self._idle = [wire for wire in self._idle if wire.reusable]
        self._sweep = loop.call_later(_IDLE, self._end_idle) if self._idle else None

    async def _connect(self) -> Wire:
        loop = asyncio.get_running_loop()
        try:
            places = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            connected = await start_connection(places, happy_eyeballs_delay=_NEXT_ADDRESS)
            _, wire = await loop.create_connection(
                lambda: Wire(loop),
                sock=connected,
                ssl=self._tls,
                server_hostname=self._host if self._tls else None,
            )
        except OSError as error:
            raise ConnectError(error) from error
        return wire
