"""Owns a sidecar as a process of its own before one node, and what it holds; asserts nothing."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import psutil

from dev.ports import free_port
from tests.integration.realms import Realm
from tests.integration.served import Process, serving
from tests.integration.sidecars import Sidecar

PATIENCE = 30.0
REST_SECONDS = 60.0


@dataclass(frozen=True)
class Footprint:
    """What a process holds of the machine."""

    bytes: int
    connections: int
    files: int


class Station:
    """A sidecar that can be killed and started again at the same address."""

    def __init__(self, realm: Realm, issuer: str, limit: float) -> None:
        self._settings = {
            "keycloak_url": realm.keycloak.url,
            "realm": realm.name,
            "issuer": issuer,
            "keycloak_timeout": str(limit),
            "port": str(free_port()),
        }
        self._running = ExitStack()
        self.process = self._start()
        none_kept = httpx.Limits(max_keepalive_connections=0)
        http = httpx.Client(base_url=self.process.url, trust_env=False, timeout=PATIENCE, limits=none_kept)
        self.api = Sidecar(realm, self._running.enter_context(http))

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()

    def start_again(self) -> None:
        """Start it where it was."""
        self.process = self._start()

    def close(self) -> None:
        """End it for good."""
        self._running.close()

    def footprint(self) -> Footprint:
        """Measure it."""
        process = psutil.Process(self.process.pid)
        connections = [one for one in process.net_connections() if one.status != psutil.CONN_LISTEN]
        return Footprint(process.memory_info().rss, len(connections), process.num_fds())

    def _start(self) -> Process:
        return self._running.enter_context(serving(**self._settings))


@contextmanager
def stations(realms: Sequence[Realm], issuer: str, limit: float) -> Iterator[list[Station]]:
    """Start a sidecar before each node."""
    with ExitStack() as running:
        started = []
        for realm in realms:
            started.append(Station(realm, issuer, limit))
            running.callback(started[-1].close)
        yield started


def at_rest(many: Sequence[Station], connections: int = 0) -> list[Footprint]:
    """Measure them once they have let go of all but so many connections, or will not for a long time."""
    deadline = time.monotonic() + REST_SECONDS
    while True:
        measured = [station.footprint() for station in many]
        if all(one.connections <= connections for one in measured) or time.monotonic() > deadline:
            return measured
        time.sleep(0.5)
