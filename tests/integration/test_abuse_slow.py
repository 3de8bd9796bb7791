"""Clients that take their time: each has its deadline, and nobody else notices."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from tests.integration.crowds import at_once
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.served import Process, serving
from tests.integration.sidecars import Sidecar
from tests.integration.sieges import connect, connections_left, exchange, head, sidecar_at, trickle, visiting

SECONDS = 2  # in which a request must have arrived
PAUSE = 0.1
MANY = 30
BYTES = 50  # of a body at most
BODY = b'{"value": 1}'
JSON, CHUNKED = "Content-Type: application/json", "Transfer-Encoding: chunked"
CHUNK, END = b"1\r\n \r\n", b"0\r\n\r\n"
ALIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
UNREAD = 2000  # answers that nobody reads: more than any socket keeps


@dataclass(frozen=True)
class Siege:
    """What the slow ones were answered, and what somebody else was meanwhile; connections left in the end."""

    answers: dict[str, list[list[httpx.Response]]]
    visits: Counter[int]
    connections_left: int


@pytest.fixture(scope="module")
def process(realm: Realm) -> Iterator[Process]:
    """The command, with little patience."""
    settings = {"request_timeout": str(SECONDS), "max_body_bytes": str(BYTES)}
    with serving(keycloak_url=realm.keycloak.url, realm=realm.name, **settings) as process:
        yield process


@pytest.fixture(scope="module")
def sidecar(process: Process, realm: Realm) -> Iterator[Sidecar]:
    """Its caller."""
    with sidecar_at(process, realm) as sidecar:
        yield sidecar


@pytest.fixture(scope="module")
def victim(realm: Realm) -> User:
    """A user of whom only what arrives is stored."""
    return realm.user(credentials=[])


@pytest.fixture(scope="module")
def siege(process: Process, sidecar: Sidecar, realm: Realm, victim: User) -> Siege:
    """Let all of them in at once."""
    slowly = partial(trickle, process, pause=PAUSE)
    put = partial(head, sidecar, "PUT", victim)
    calls = {
        "head": partial(slowly, b"", put("head", "X: " + "x" * 200)),
        "second head": partial(slowly, ALIVE, put("second", "X: " + "x" * 200)),
        "body": partial(slowly, put("body", JSON, "Content-Length: 40"), b" " * 40),
        "chunks": partial(slowly, put("chunks", JSON, CHUNKED), CHUNK * BYTES + END),
        "trailers": partial(slowly, put("trailers", JSON, CHUNKED) + b"1\r\n1\r\n0\r\n", b"X: y\r\n" * 20),
        "delete": partial(slowly, head(sidecar, "DELETE", victim, "kept", CHUNKED), CHUNK * BYTES),
        "large": partial(exchange, process, put("large", JSON, CHUNKED, "Connection: close") + CHUNK * 99),
        "in time": partial(
            slowly,
            put("slow", JSON, f"Content-Length: {len(BODY)}", "Connection: close"),
            BODY + b"\r\n" * 20,
        ),
        "refused": partial(slowly, b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n", b" " * 200),
        "unread": partial(_never_read, process),
    }
    sidecar.put(victim, "kept", 1)
    with visiting(sidecar, realm.user(credentials=[])) as visits:
        answers = iter(at_once([call for call in calls.values() for _ in range(MANY)]))
    return Siege(
        {kind: [next(answers) for _ in range(MANY)] for kind in calls}, visits, connections_left(process)
    )


def _never_read(process: Process) -> list[httpx.Response]:
    """Ask again and again until the other side takes no more or ends it, and only then read a little."""
    with connect(process) as connection:
        connection.settimeout(4 * SECONDS)
        try:
            for _ in range(UNREAD):
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(4 * SECONDS)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass
    return []


def _statuses(answers: list[list[httpx.Response]]) -> set[tuple[int, ...]]:
    return {tuple(each.status_code for each in answer) for answer in answers}


@pytest.mark.parametrize("kind", ["head", "body", "chunks", "trailers", "delete"])
def test_what_does_not_arrive_in_time_is_refused(siege: Siege, kind: str) -> None:
    """A head, a body, of a known length or not, or trailers, a byte at a time: 408, and the end."""
    assert _statuses(siege.answers[kind]) == {(408,)}
    for [answer] in siege.answers[kind]:
        assert_problem(answer, "request_timeout")
        assert answer.headers["connection"] == "close"


def test_a_connection_that_was_served_has_no_more_time(siege: Siege) -> None:
    """The second request on a connection must arrive in time as the first one."""
    assert _statuses(siege.answers["second head"]) == {(200, 408)}


def test_slow_but_in_time_is_served(siege: Siege) -> None:
    """A body that arrives a byte at a time within the deadline is stored as any other."""
    assert {answer.status_code for [answer] in siege.answers["in time"]} == {200, 201}


def test_the_largest_body_counts_without_a_length(siege: Siege) -> None:
    """Chunks of one byte each are counted like any body: 413 beyond the limit."""
    assert _statuses(siege.answers["large"]) == {(413,)}


def test_who_was_refused_is_not_listened_to_for_long(siege: Siege) -> None:
    """A request that was answered before its body came to an end ends the connection, body or not."""
    assert _statuses(siege.answers["refused"]) == {(404,)}


def test_nothing_of_the_slow_ones_is_stored(siege: Siege, sidecar: Sidecar, victim: User) -> None:
    """Of all these only what arrived in time was written, and nothing was deleted."""
    assert set(sidecar.entries(victim)) == {"kept", "slow"}
    assert siege.answers


def test_others_are_served_meanwhile(siege: Siege) -> None:
    """Whoever comes with a request of the usual kind is served all the while."""
    assert set(siege.visits) == {200}


def test_nothing_is_left_of_them(siege: Siege) -> None:
    """In the end no connection of theirs is open, not even of those that never read an answer."""
    assert siege.connections_left == 0
