"""A connection that is kept: until when, and when what is sent on it leaves."""

import socket
from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from keycloak_user_metadata.protocol import strict_protocol
from keycloak_user_metadata.settings import Settings
from tests.unit.loopback import serving

PATIENCE = 30
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was sent."""
    if scope["type"] == "http":
        await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server that keeps an idle connection for a second."""
    settings = Settings.load(keycloak_url="http://localhost:1", realm="any")
    with serving(echo, http=strict_protocol(settings), timeout_keep_alive=1, lifespan="off") as port:
        yield port


@pytest.fixture
def client(port: int) -> Iterator[socket.socket]:
    """A connection to it."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        yield client


def _received(client: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        received += client.recv(65_536) or pytest.fail(f"closed after {received!r}")
    return received


def test_an_idle_connection_is_ended_in_time(client: socket.socket) -> None:
    """It serves more than one request, and its end comes without another one."""
    for body in (b"first", b"other"):
        client.sendall(HEAD + b"\r\n" + body)
        assert _received(client, body).startswith(b"HTTP/1.1 200 ")

    assert client.recv(1) == b""


def test_a_connection_without_a_request_is_ended_in_time(client: socket.socket) -> None:
    """Who never asks for anything is not waited for, either."""
    assert client.recv(1) == b""


def test_a_client_that_waits_to_be_asked_for_the_body_is_asked(client: socket.socket) -> None:
    """The interim answer leaves at once; the last one is by itself."""
    client.sendall(HEAD + b"Expect: 100-continue\r\n\r\n")
    assert _received(client, b"\r\n\r\n") == INTERIM

    client.sendall(b"later")
    assert _received(client, b"later").startswith(b"HTTP/1.1 200 ")


def test_answers_to_requests_sent_together_come_in_order(client: socket.socket) -> None:
    """Each leaves when it is complete, and none is left behind."""
    bodies = [b"one-1", b"two-2", b"three", b"four."]
    client.sendall(b"".join(HEAD + b"\r\n" + body for body in bodies))

    received = _received(client, bodies[-1])
    assert received.count(b"HTTP/1.1 200 ") == len(bodies)
    places = [received.index(body) for body in bodies]
    assert places == sorted(places)
