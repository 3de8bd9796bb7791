"""Owns bursts of writes, and what became of each as far as its writer knows; asserts nothing."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from tests.cluster.registers import Register
from tests.integration.crowds import crowd
from tests.integration.sidecars import Sidecar

PATIENCE = 90.0
PAUSE = 0.2  # seconds a writer waits after a failure
SUCCESS = (200, 201, 204)
APART = 1_000_000  # between the numbers of two writers
BUSY = 503
GONE = 404  # what a delete is answered whose put was not stored


@dataclass
class Write:
    """One write: when it was sent, and what became of it as far as its writer knows."""

    register: Register
    number: int
    sidecar: str
    sent: float
    ended: float | None = None
    answer: httpx.Response | None = None

    @property
    def writer(self) -> int:
        """Which writer it is of."""
        return self.number // APART

    @property
    def acknowledged(self) -> bool:
        """Whether its writer was told that this is what is stored."""
        return self.answer is not None and self.answer.status_code in (*SUCCESS, GONE)

    @property
    def refused(self) -> bool:
        """Whether its writer was told that nothing was stored."""
        return (
            self.answer is not None
            and self.answer.status_code == BUSY
            and b":contention" in self.answer.content
        )

    @property
    def stored(self) -> bool:
        """Whether its writer was told that it changed what is stored."""
        return self.answer is not None and self.answer.status_code in SUCCESS


@dataclass
class Burst:
    """Writers at work."""

    writes: list[Write] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _writers: int = 0

    def write_on(self, register: Register, sidecar: Sidecar, first: int) -> None:
        """Write one number after another until the burst is over."""
        number = first
        while not self._over.is_set():
            write = Write(register, number, sidecar.url, time.monotonic())
            self.writes.append(write)
            try:
                write.answer = register.write(sidecar, number)
            except httpx.TransportError:
                write.answer = None
            write.ended = time.monotonic()
            number += 1
            if not write.acknowledged:
                time.sleep(PAUSE)

    def stop(self) -> None:
        """Let every writer finish the write it is at."""
        self._over.set()

    def hit(self, fault: Callable[[], object]) -> list[Write]:
        """Do something to the system, and give the writes that were under way just before."""
        under_way = [write for write in list(self.writes) if write.ended is None]
        fault()
        return under_way

    def wait_for_all(self, behind: Sequence[Sidecar] = ()) -> None:
        """Wait until every writer has been acknowledged a write that it sent after now.

        Raises:
            AssertionError: some are not, for a long time.
        """
        now = time.monotonic()
        deadline = now + PATIENCE
        wanted = {sidecar.url for sidecar in behind}
        missing = set()
        while time.monotonic() < deadline:
            writes = [write for write in list(self.writes) if not wanted or write.sidecar in wanted]
            everyone = {write.writer for write in writes}
            served = {write.writer for write in writes if write.sent > now and write.acknowledged}
            missing = everyone - served
            if everyone and not missing:
                return
            time.sleep(0.05)
        message = f"{len(missing)} writers are not served again"
        raise AssertionError(message)


@contextmanager
def burst(registers: Sequence[Register], sidecars: Sequence[Sidecar], writers: int) -> Iterator[Burst]:
    """Let writers write, dealt out to the registers and the sidecars, until the end of the context."""
    going = Burst()
    with ExitStack() as opened:
        clients = opened.enter_context(crowd(writers, *sidecars))
        threads = opened.enter_context(ThreadPoolExecutor(writers))
        opened.callback(going.stop)
        started = [
            threads.submit(
                going.write_on, registers[place // len(sidecars) % len(registers)], client, place * APART
            )
            for place, client in enumerate(clients)
        ]
        yield going
        going.stop()
        for writer in started:
            writer.result()
