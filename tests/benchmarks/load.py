"""Owns the load: connections that ask one thing after another, and what that took; knows no API.

One thread on bare sockets, so that the generator takes little of the processor that it shares with what it
measures; what it takes is measured too.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import uvloop

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_LAST_CHUNK = b"0\r\n\r\n"
_PATIENCE = 60.0


class Script(Protocol):
    """What one connection asks, in order."""

    def next_request(self) -> bytes:
        """Give the next request, whole."""

    def answered(self, status: int, answer: bytes) -> None:
        """Hear what became of it."""


@dataclass
class Load:
    """What a run of load came to."""

    seconds: float = 0.0
    failed: int = 0
    latencies: list[float] = field(default_factory=list)
    failure: bytes = b""

    @property
    def succeeded(self) -> int:
        """How many requests were answered with success."""
        return len(self.latencies) - self.failed

    @property
    def rate(self) -> float:
        """Successful answers a second."""
        return self.succeeded / self.seconds

    def latency(self, share: float) -> float:
        """The milliseconds within which this share of the requests was answered."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run_load(urls: Sequence[str], scripts: Sequence[Script], *, seconds: float, limit: int = 0) -> Load:
    """Let every script have a connection, dealt out to the addresses, for some seconds or ``limit`` requests.

    What is under way at the end is waited for. What was acknowledged can then be looked up.
    """
    return uvloop.run(_run(urls, scripts, seconds, limit))


async def _run(urls: Sequence[str], scripts: Sequence[Script], seconds: float, limit: int) -> Load:
    loop, load = asyncio.get_running_loop(), Load()
    stop = _Stop(loop.time() + seconds, limit or 1 << 62, load)
    addresses = [(str(where.hostname), int(where.port or 80)) for where in map(urlsplit, urls)]
    connections = []
    for number, script in enumerate(scripts):
        connection = _Connection(script, addresses[number % len(addresses)], stop)
        await connection.open()
        connections.append(connection)
    started = time.perf_counter()
    for connection in connections:
        connection.ask()
    async with asyncio.timeout(seconds + _PATIENCE):
        await asyncio.gather(*(connection.done for connection in connections))
    load.seconds = time.perf_counter() - started
    return load


@dataclass
class _Stop:
    at: float
    limit: int
    load: Load


class _Connection(asyncio.Protocol):
    def __init__(self, script: Script, address: tuple[str, int], stop: _Stop) -> None:
        loop = asyncio.get_running_loop()
        self.done = loop.create_future()
        self._script = script
        self._address = address
        self._stop = stop
        self._clock = loop.time
        self._received = b""
        self._asked = 0.0
        self._opening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        host, port = self._address
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: self, host, port)
        self._transport = transport

    def ask(self) -> None:
        self._received = b""
        self._asked = time.perf_counter()
        self._transport.write(self._script.next_request())

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not _is_whole(self._received):
            return
        status = int(self._received[9:12])
        self._count(failed=status >= 400)
        self._script.answered(status, self._received)
        if self._goes_on:
            self.ask()
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Take the request for failed that was under way, and go on over another connection."""
        if self.done.done():
            return
        self._received = self._received or f"closed before it had answered: {error}".encode()
        self._count(failed=True)
        if self._goes_on:
            self._opening = asyncio.get_running_loop().create_task(self._open_again())
        else:
            self.done.set_result(None)

    async def _open_again(self) -> None:
        try:
            await self.open()
        except OSError as error:
            self.done.set_exception(error)
        else:
            self.ask()

    def _count(self, *, failed: bool) -> None:
        load = self._stop.load
        load.latencies.append(time.perf_counter() - self._asked)
        if failed:
            load.failed, load.failure = load.failed + 1, self._received

    @property
    def _goes_on(self) -> bool:
        return self._clock() < self._stop.at and len(self._stop.load.latencies) < self._stop.limit


def _is_whole(received: bytes) -> bool:
    head = received.find(_END)
    if head < 0:
        return False
    fields = received[:head].lower()
    place = fields.find(_LENGTH)
    if place >= 0:
        end = fields.find(b"\r\n", place)
        length = int(fields[place + len(_LENGTH) : end if end >= 0 else head])
        return len(received) - head - len(_END) >= length
    return b" 204 " in fields[:16] or b" 304 " in fields[:16] or received.endswith(_LAST_CHUNK)
