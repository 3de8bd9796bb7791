"""Owns the connections to one address: how many, how long, which one is used; does not parse answers."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Iterable
from typing import TypeVar
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection

from .wire import Response, Wire

# Seconds for which a connection is kept that nobody uses. What stands between may forget it without a word,
# and a write that is sent into nothing cannot be sent again.
_IDLE = 15

# Seconds given to one address of a name before the next one is tried beside it (RFC 8305).
_NEXT_ADDRESS = 0.25

_NEVER = float("inf")

_T = TypeVar("_T")


class ConnectError(Exception):
    """No connection could be had, so nothing was sent; ``reason`` is why."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Pool:
    """Connections to one address, kept and reused; for any number of tasks of the running event loop."""

    def __init__(self, address: str, *, most: int, timeout: float, tls: ssl.SSLContext) -> None:
        """Take an http or https address, the connections at most, the seconds that a request may take."""
        url = urlsplit(address)
        self._host = url.hostname or ""
        self._port = url.port or {"http": 80, "https": 443}[url.scheme]
        self._tls = tls if url.scheme == "https" else None
        self._host_field = f"Host: {url.netloc}"
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Semaphore(most)
        self._idle: list[Wire] = []  # the one that was used last at the end
        self._busy: dict[Wire, float] = {}  # and when each is given up
        self._tending: asyncio.Handle | None = None
        self._due = _NEVER
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
        ends = self._loop.time() + self._timeout
        if self._room.locked():
            await _before(ends, self._room.acquire())
        else:
            await self._room.acquire()  # at once
        try:
            if wire := self._take():
                try:
                    return await self._exchange(wire, message, ends)
                except ConnectionError:
                    if method != "GET":
                        raise
            return await self._exchange(await _before(ends, self._connect()), message, ends)
        finally:
            self._room.release()

    def close(self) -> None:
        """Close what is idle now, and what is in use when it no longer is."""
        self._closed = True
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

    async def _exchange(self, wire: Wire, message: bytes, ends: float) -> Response:
        self._busy[wire] = ends
        self._tend_at(ends)
        try:
            response = await wire.exchange(message)
        except BaseException:
            wire.abort()  # an answer that comes after all must not be taken for the next one
            raise
        finally:
            del self._busy[wire]
        if wire.reusable and not self._closed:
            wire.idle_since = self._loop.time()
            self._idle.append(wire)
            self._tend_at(wire.idle_since + _IDLE)
        else:
            wire.close()
        return response

    def _take(self) -> Wire | None:
        """Take the connection that was used last: the others may grow old."""
        while self._idle:
            wire = self._idle.pop()
            if wire.reusable and self._loop.time() - wire.idle_since < _IDLE:
                return wire
            wire.close()
        return None

    async def _connect(self) -> Wire:
        loop = self._loop
        places = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        connected = await start_connection(places, happy_eyeballs_delay=_NEXT_ADDRESS)
        _, wire = await loop.create_connection(
            lambda: Wire(loop),
            sock=connected,
            ssl=self._tls,
            server_hostname=self._host if self._tls else None,
        )
        return wire

    def _tend_at(self, when: float) -> None:
        """Look after the connections then; by one timer for all, since one for each call takes its time."""
        if when < self._due:
            if self._tending:
                self._tending.cancel()
            self._due = when
            self._tending = self._loop.call_at(when, self._tend)

    def _tend(self) -> None:
        """Give up what has taken too long, end what nobody has used for long."""
        self._tending, self._due = None, _NEVER
        now = self._loop.time()
        for wire, ends in self._busy.items():
            if ends <= now:
                wire.give_up()
        for wire in self._idle:
            if wire.idle_since <= now - _IDLE:
                wire.close()
        self._idle = [wire for wire in self._idle if wire.reusable]
        due = [ends for ends in self._busy.values() if ends > now]
        due += [wire.idle_since + _IDLE for wire in self._idle]
        if due:
            self._tend_at(min(due))


async def _before(ends: float, awaited: Awaitable[_T]) -> _T:
    """Await what comes before a request is sent."""
    try:
        async with asyncio.timeout_at(ends):
            return await awaited
    except OSError as error:  # TimeoutError is one
        raise ConnectError(error) from error
