"""Owns clients that mean no good, as bytes on connections, and one that does; asserts nothing."""

import contextlib
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import cast

import httpx

from tests.integration.realms import Realm, User
from tests.integration.served import Process
from tests.integration.sidecars import Sidecar, metadata_path

PATIENCE = 60


@contextlib.contextmanager
def files_allowed(soft: int) -> Iterator[None]:
    """Let this process, and what it starts, have so many files open."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


@contextlib.contextmanager
def sidecar_at(process: Process, realm: Realm) -> Iterator[Sidecar]:
    """Call a process as an application that may manage metadata, by a connection of its own each time."""
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=process.url, trust_env=False, timeout=PATIENCE, limits=limits) as http:
        yield Sidecar(realm, http)


@contextlib.contextmanager
def visiting(sidecar: Sidecar, user: User) -> Iterator[Counter[int]]:
    """Write and read all the while, as a caller does who means well; give the statuses it got."""
    statuses: Counter[int] = Counter()
    over = threading.Event()
    token = sidecar.token
    caller = sidecar.as_caller(token)

    def visit() -> None:
        while not over.is_set():
            statuses[caller.put(user, "turn", statuses.total()).status_code] += 1
            statuses[caller.read(user).status_code] += 1

    caller.put(user, "turn", "first")
    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield statuses
    finally:
        over.set()
        thread.join(PATIENCE)


def connect(process: Process) -> socket.socket:
    """Open a connection."""
    url = httpx.URL(process.url)
    return socket.create_connection((url.host, url.port or 80), timeout=PATIENCE)


def connections_left(process: Process) -> int:
    """Give the connections that a process still has open when it has had time to end them."""
    deadline = time.monotonic() + PATIENCE
    while process.connections and time.monotonic() < deadline:
        time.sleep(0.1)
    return process.connections


def head(sidecar: Sidecar, method: str, user: User, key: str, *fields: str) -> bytes:
    """Write the head of a request of the sidecar's caller, to its end."""
    lines = [
        f"{method} {metadata_path(user, key)} HTTP/1.1",
        "Host: sidecar.test",
        f"Authorization: Bearer {sidecar.token}",
        *fields,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def answers_on(connection: socket.socket) -> list[httpx.Response]:
    """Read to the end of a connection all that was answered on it."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            received += part
    return list(_parsed(bytes(received)))


def exchange(process: Process, sent: bytes) -> list[httpx.Response]:
    """Send these bytes on a connection, and read what is answered until the other side ends it."""
    with connect(process) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(sent)
        return answers_on(connection)


def trickle(process: Process, begin: bytes, rest: bytes, pause: float) -> list[httpx.Response]:
    """Send a beginning, then a byte at a time until the other side ends it; read what is answered."""
    with connect(process) as connection:
        connection.sendall(begin)
        connection.settimeout(pause)
        received = bytearray()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for byte in rest:
                with contextlib.suppress(TimeoutError):
                    while part := connection.recv(65_536):
                        received += part
                    break
                connection.sendall(bytes([byte]))
        return list(_parsed(bytes(received)))


def _parsed(received: bytes) -> Iterator[httpx.Response]:
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = [tuple(field.split(": ", 1)) for field in fields]
        answer = httpx.Response(int(line.split()[1]), headers=cast("list[tuple[str, str]]", headers))
        length = int(answer.headers.get("content-length", "0"))
        yield httpx.Response(answer.status_code, headers=answer.headers, content=received[:length])
        received = received[length:]
