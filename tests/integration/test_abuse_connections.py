"""Connections without end, and endless things on them: others are served, and memory stays bounded."""

import contextlib
import resource
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from tests.integration.crowds import at_once
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.served import PATIENCE, Process, serving
from tests.integration.sieges import (
    connect,
    connections_left,
    exchange,
    files_allowed,
    head,
    sidecar_at,
    visiting,
)

MEBIBYTE = 1_048_576
IDLE = 2_000
MOST = 2_000  # connections, by default
ON_THE_WAY = 20  # connections that have yet to end, or whose request is refused
SERVED = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
HALF = b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Half"
FLOODS = 40
BOUND = 150 * MEBIBYTE  # for all of the floods together; each of them alone sends more than that


@dataclass(frozen=True)
class Crowded:
    """What was seen with thousands of idle connections, and after they were gone."""

    visits: Counter[int]
    most_connections: int
    grown: int
    connections_left: int


@pytest.fixture(scope="module")
def process(realm: Realm) -> Iterator[Process]:
    """The command as it is run, by a shell that allows it few files."""
    with files_allowed(256), serving(keycloak_url=realm.keycloak.url, realm=realm.name) as process:
        yield process


@pytest.fixture(scope="module")
def crowded(process: Process, realm: Realm) -> Crowded:
    """Open as many idle connections as the sidecar takes and half as many again: of three kinds."""
    user = realm.user(credentials=[])
    with sidecar_at(process, realm) as sidecar, files_allowed(3 * IDLE), ExitStack() as opened:
        with visiting(sidecar, user) as before:
            pass
        begin = process.memory
        with visiting(sidecar, user) as visits:
            seen = 0
            for number in range(3 * IDLE // 2):
                connection = opened.enter_context(connect(process))
                with contextlib.suppress(OSError):
                    connection.sendall((b"", SERVED, HALF)[number % 3])
                if number % 100 == 0:
                    seen = max(seen, process.connections)
            wait_for_more = visits.total() + 20
            while visits.total() < wait_for_more:
                time.sleep(0.05)
            seen, grown = max(seen, process.connections), process.memory - begin
    assert before
    return Crowded(visits, seen, grown, connections_left(process))


def test_it_may_open_the_files_it_needs(process: Process) -> None:
    """Started where 256 files are allowed, it takes what its connections need."""
    assert process.file_limit > MOST


def test_idle_connections_keep_nobody_out(crowded: Crowded) -> None:
    """With more idle connections than it keeps, whoever comes with a request is served."""
    assert set(crowded.visits) == {200}


def test_the_number_of_connections_is_bounded(crowded: Crowded) -> None:
    """It keeps no more than the setting says: the longest idle one goes for the new one."""
    assert IDLE // 2 < crowded.most_connections <= MOST + ON_THE_WAY
    assert crowded.connections_left == 0


def test_idle_connections_need_little_memory(crowded: Crowded) -> None:
    """Two thousand of them are not a hundred mebibytes."""
    assert crowded.grown < 100 * MEBIBYTE


def test_floods_are_bounded(process: Process, realm: Realm) -> None:
    """Endless heads, fields, extensions, trailers, pipelines: cut; others are served; memory is bounded."""
    user = realm.user(credentials=[])
    with sidecar_at(process, realm) as sidecar:
        put = head(
            sidecar, "PUT", user, "flood", "Content-Type: application/json", "Transfer-Encoding: chunked"
        )
        start = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"
        floods = {
            "one field": (start + b"X: ", b"x" * 65_536),
            "many fields": (start, b"x: y\r\n" * 10_000),
            "one name": (start, b"x" * 65_536),
            "target": (b"GET /", b"x" * 65_536),
            "blank lines": (b"", b"\r\n" * 32_768),
            "extension": (put + b"1;", b"x" * 65_536),
            "trailers": (put + b"1\r\n1\r\n0\r\n", b"x: y\r\n" * 10_000),
            "trailer": (put + b"1\r\n1\r\n0\r\nx: ", b"y" * 65_536),
            "pipeline": (b"", SERVED * 2_000),
        }
        calls = [partial(_pour, process, *flood) for flood in floods.values() for _ in range(FLOODS // 4)]
        begin = process.memory
        with visiting(sidecar, realm.user(credentials=[])) as visits:
            poured = at_once(calls)
        grown = process.memory - begin

    assert poured == [True] * len(calls)
    assert set(visits) == {200}
    assert grown < BOUND
    assert sidecar_entries(process, realm, user) == {}


def _pour(process: Process, begin: bytes, more: bytes) -> bool:
    """Send more and more of it until the other side ends the connection, for a while; tell whether it did."""
    deadline = time.monotonic() + PATIENCE
    with connect(process) as connection:
        connection.sendall(begin)
        while time.monotonic() < deadline:
            try:
                connection.sendall(more)
            except (BrokenPipeError, ConnectionResetError):
                return True
    return False


def sidecar_entries(process: Process, realm: Realm, user: User) -> dict[str, object]:
    """Read what is stored."""
    with sidecar_at(process, realm) as sidecar:
        return sidecar.entries(user)


def test_a_pipeline_is_answered_in_order_as_far_as_it_goes(process: Process) -> None:
    """Of very many requests sent at once the first are answered, and the connection ends."""
    answers = exchange(process, SERVED * 1000)

    assert {answer.status_code for answer in answers} == {200}
    assert len(answers) < 20
    assert answers[-1].headers["connection"] == "close"


def test_where_all_are_being_served_the_next_is_told_to_come_back(realm: Realm) -> None:
    """With every connection in the middle of a request: 503 with Retry-After, and 200 once one is through."""
    user = realm.user(credentials=[])
    settings = {"keycloak_url": realm.keycloak.url, "realm": realm.name, "max_connections": "3"}
    fields = ("Content-Type: application/json", "Content-Length: 11")
    with serving(**settings) as process, sidecar_at(process, realm) as sidecar, ExitStack() as opened:
        busy = [opened.enter_context(connect(process)) for _ in range(3)]
        for connection in busy:
            connection.sendall(head(sidecar, "PUT", user, "theme", *fields) + b"{")
            _wait_for_start(connection)
        refused = sidecar.read(user)
        busy[0].sendall(b'"value":1}')
        stored = busy[0].recv(65_536)
        after = sidecar.read(user)

    assert_problem(refused, "overloaded")
    assert stored.startswith(b"HTTP/1.1 201")
    assert after.status_code == 200


def _wait_for_start(connection: socket.socket) -> None:
    """Give the sidecar the time to read what it was sent: it says nothing until it has all."""
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.settimeout(PATIENCE)


def test_few_files_mean_few_connections(realm: Realm) -> None:
    """Where the system allows fewer files than connections, it says so and takes as many as it can."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > MOST
    with (
        serving(keycloak_url=realm.keycloak.url, realm=realm.name, max_connections=str(hard)) as process,
        httpx.Client(base_url=process.url, trust_env=False) as http,
    ):
        assert http.get("/health/live").status_code == 200
        assert f"takes {hard - 200} connections of callers at most" in process.printed
