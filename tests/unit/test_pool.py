"""Connections to Keycloak: which bytes are an answer, what is reused, what is never sent or taken twice."""

import asyncio
import itertools
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from keycloak_user_metadata import pool as pools
from keycloak_user_metadata import wire as wires
from keycloak_user_metadata.pool import ConnectError, Pool
from keycloak_user_metadata.wire import ProtocolError, Response, Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Peer:
    """Sends to each request on a connection what it was told to, in pieces; None ends the connection."""

    answers: list[list[bytes | None]]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most_open: int = 0
    wait: float = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            while request := await reader.read(100_000):
                self.requests.append(request)
                await asyncio.sleep(self.wait)
                for piece in self.answers.pop(0) if self.answers else [OK]:
                    if piece is None:
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.002)
        except asyncio.CancelledError:
            pass  # the loop ends
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def calling(peer: Peer, most: int, seconds: float) -> AsyncIterator[Pool]:
    """Listen with a peer; yields a pool that calls it."""
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        pool = Pool(address, most=most, timeout=seconds, tls=ssl.create_default_context())
        yield pool
        pool.close()


def run(peer: Peer, use: Callable[[Pool], Awaitable[object]], most: int = 10, seconds: float = 3) -> None:
    """Use a pool that calls the peer."""

    async def main() -> None:
        async with calling(peer, most, seconds) as pool:
            await use(pool)

    asyncio.run(asyncio.wait_for(main(), 20))


async def get(pool: Pool) -> Response:
    """Send the least of a request."""
    return await pool.request("GET", "/", ())


async def post(pool: Pool) -> Response:
    """Send one that must not be sent again."""
    return await pool.request("POST", "/", (), b"{}")


@pytest.mark.parametrize(
    ("answer", "body", "kept"),
    [
        ([OK], b"{}", True),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n"],
            b"{}",
            True,
        ),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", OK], b"{}", True),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK], b"{}", True),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b"", True),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], b"", True),
        ([b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"], b"{}", False),
        ([b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"], b"{}", False),
        ([b"HTTP/1.0 200 OK\r\n\r\n{", b"}", None], b"{}", False),
        ([b"HTTP/1.1 200 OK\r\n\r\n{", b"}", None], b"{}", False),
        ([OK + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[7]"], b"{}", False),
        ([OK + b"more"], b"{}", False),
    ],
)
def test_an_answer_ends_where_it_says(answer: list[bytes | None], body: bytes, *, kept: bool) -> None:
    """Every framing of HTTP/1.1 is understood; a connection whose state is not certain is not used again."""
    peer = Peer([answer])

    async def use(pool: Pool) -> None:
        assert (await get(pool)).body == body
        assert (await get(pool)).body == b"{}"

    run(peer, use)
    assert peer.connections == (1 if kept else 2)


@given(st.lists(st.integers(0, 150), max_size=6), st.booleans())
def test_an_answer_may_arrive_in_any_pieces(cuts: list[int], chunked: bool) -> None:  # noqa: FBT001 - hypothesis
    """Whatever the network does to it, it is the same answer."""
    framed = (
        b"Transfer-Encoding: chunked\r\n\r\n7\r\n[1,2,3]\r\n0\r\n\r\n"
        if chunked
        else b"Content-Length: 7\r\n\r\n[1,2,3]"
    )
    whole = b"HTTP/1.1 409 Conflict\r\nUSER-Metadata-Time: 17\r\n" + framed
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})

    async def main() -> Response:
        wire = Wire(asyncio.get_running_loop())  # without a network in between
        wire.connection_made(_Sink())
        answer = asyncio.ensure_future(wire.exchange(b""))
        await asyncio.sleep(0)
        for begin, end in itertools.pairwise(places):
            assert not answer.done()
            wire.data_received(whole[begin:end])
        return await answer

    response = asyncio.run(main())
    assert (response.status, response.body) == (409, b"[1,2,3]")
    assert response.field(b"user-metadata-time") == "17"
    assert response.field(b"location") is None


class _Sink(asyncio.Transport):
    def write(self, data: bytes) -> None:  # type: ignore[override]
        """Drop it."""

    def is_closing(self) -> bool:
        """Stay open."""
        return False


@pytest.mark.parametrize(
    "answer",
    [
        [b"220 mail.example.com ESMTP\r\n"],
        [b"HTTP/2 200 OK\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}1"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"],
        [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"],
        [b"\x16\x03\x01"],
    ],
)
def test_what_is_no_answer_is_refused(answer: list[bytes | None]) -> None:
    """Another protocol, or an answer that can be read in two ways: an error, and the connection is gone."""
    peer = Peer([answer])

    async def use(pool: Pool) -> None:
        with pytest.raises(ProtocolError) as failure:
            await post(pool)
        assert "mail" not in str(failure.value)
        assert (await post(pool)).status == 200

    run(peer, use)
    assert peer.connections == 2


def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would fill the memory; a head without end as well as a body."""
    monkeypatch.setattr(wires, "_LONGEST_ANSWER", 1000)
    peer = Peer(
        [
            [b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"x" * 90 + b"\r\n"] * 20],
            [b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 2000],
        ]
    )

    async def use(pool: Pool) -> None:
        for _ in range(2):
            with pytest.raises(ProtocolError):
                await get(pool)

    run(peer, use)


@pytest.mark.parametrize("answer", [[None], [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", None]])
@pytest.mark.parametrize("wait", [0, 0.02])
def test_a_write_on_a_connection_that_breaks_is_sent_once(answer: list[bytes | None], wait: float) -> None:
    """New or used before: nobody can tell whether it was carried out."""
    peer = Peer([[OK], answer], wait=wait)

    async def use(pool: Pool) -> None:
        await post(pool)
        with pytest.raises(ConnectionError):
            await post(pool)

    run(peer, use)
    assert len(peer.requests) == 2


def test_a_read_is_sent_again_once() -> None:
    """On a connection of its own; when that breaks, too, Keycloak is away."""
    peer = Peer([[OK], [None], [None], [OK]])

    async def use(pool: Pool) -> None:
        await get(pool)
        with pytest.raises(ConnectionError):
            await get(pool)

    run(peer, use)
    assert (len(peer.requests), peer.connections) == (3, 2)


def test_a_connection_closed_meanwhile_is_not_used() -> None:
    """Not even for a write: it is seen before."""
    peer = Peer([[OK, None], [OK, None], [OK]])

    async def use(pool: Pool) -> None:
        for _ in range(3):
            await post(pool)
            await asyncio.sleep(0.05)

    run(peer, use)
    assert (len(peer.requests), peer.connections) == (3, 3)


def test_what_nobody_asked_for_ends_the_connection() -> None:
    """An answer that comes before its request would be that of another request."""
    peer = Peer([[OK, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"]])

    async def use(pool: Pool) -> None:
        await get(pool)
        await asyncio.sleep(0.05)
        assert (await post(pool)).body == b"{}"

    run(peer, use)
    assert peer.connections == 2


def test_an_answer_that_comes_too_late_is_nobodys() -> None:
    """Neither after the time is up nor after the caller has gone does anybody else get it."""
    peer = Peer([[b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"]] * 2, wait=0.2)

    async def use(pool: Pool) -> None:
        with pytest.raises(TimeoutError):
            await get(pool)
        gone = asyncio.ensure_future(get(pool))
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.sleep(0.3)
        peer.wait = 0
        assert (await get(pool)).body == b"{}"

    run(peer, use, seconds=0.1)
    assert peer.connections == 3


def test_no_more_connections_than_allowed() -> None:
    """The others wait their turn, and get it; who waits in vain was not connected, so sent nothing."""
    peer = Peer([], wait=0.05)

    async def use(pool: Pool) -> None:
        assert [answer.status for answer in await asyncio.gather(*(post(pool) for _ in range(9)))] == [
            200
        ] * 9
        peer.wait = 0.5
        outcomes = await asyncio.gather(*(post(pool) for _ in range(9)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes].count(TimeoutError) == 3
        assert [type(outcome) for outcome in outcomes].count(ConnectError) == 6

    run(peer, use, most=3, seconds=0.3)
    assert peer.most_open == 3
    assert len(peer.requests) == 12


def test_each_request_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One timer serves all: those begun later are given up later, those in time are not given up."""
    monkeypatch.setattr(pools, "_IDLE", 0.15)
    peer = Peer([], wait=0.2)

    async def timed(pool: Pool, after: float) -> float:
        await asyncio.sleep(after)
        begun = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await get(pool)
        return asyncio.get_running_loop().time() - begun

    async def use(pool: Pool) -> None:
        assert (await get(pool)).status == 200
        peer.wait = 2
        for took in await asyncio.gather(*(timed(pool, after) for after in (0, 0.1, 0.25, 0.6))):
            assert 0.29 < took < 0.6
        peer.wait = 0
        assert (await get(pool)).status == 200

    run(peer, use, seconds=0.3)


def test_idle_connections_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any further request, and never while one is under way."""
    monkeypatch.setattr(pools, "_IDLE", 0.1)
    peer = Peer([], wait=0.01)

    async def use(pool: Pool) -> None:
        await asyncio.gather(*(get(pool) for _ in range(5)))
        assert peer.open == 5
        await asyncio.sleep(0.4)
        assert peer.open == 0
        peer.wait = 0.4
        assert (await post(pool)).status == 200

    run(peer, use)
    assert peer.connections == 6


def test_what_is_due_at_once_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop that serves takes a timer of less than a millisecond for none, and gives something else."""
    monkeypatch.setattr(pools, "_IDLE", 0.0002)

    async def main() -> None:
        async with calling(Peer([]), 20, 3) as pool:
            for _ in range(20):
                answers = await asyncio.gather(*(post(pool) for _ in range(20)))
                assert [answer.status for answer in answers] == [200] * 20

    uvloop.run(main())


def test_a_closed_pool_leaves_nothing_open() -> None:
    """What is idle ends at once, what is in use after its answer."""
    peer = Peer([])

    async def use(pool: Pool) -> None:
        await get(pool)
        peer.wait = 0.1
        used = asyncio.ensure_future(get(pool))
        await asyncio.sleep(0.05)
        pool.close()
        assert (await used).status == 200
        await asyncio.sleep(0.05)
        assert peer.open == 0

    run(peer, use)


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\r\n"])
def test_a_head_cannot_be_broken_into(text: str) -> None:
    """Neither the target nor a field can bring lines of its own; nothing is sent."""
    peer = Peer([])

    async def use(pool: Pool) -> None:
        with pytest.raises(ValueError, match="head"):
            await pool.request("GET", f"/{text}", ())
        with pytest.raises(ValueError, match="head"):
            await pool.request("GET", "/", [("X-Forwarded-For", text)])
        await pool.request("POST", "/a", [("X-Name", "é")], b"body")

    run(peer, use)
    (sent,) = peer.requests
    assert sent.startswith(b"POST /a HTTP/1.1\r\nHost: 127.0.0.1:")
    assert sent.endswith("\r\nX-Name: é\r\nContent-Length: 4\r\n\r\nbody".encode())


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one may be one at which nobody listens."""
    peer = Peer([])

    async def use(pool: Pool) -> None:
        loop = asyncio.get_running_loop()
        (place,) = await loop.getaddrinfo("127.0.0.1", pool._port, type=socket.SOCK_STREAM)  # noqa: SLF001
        dead = (*place[:4], ("127.0.0.1", 1))

        async def resolve(*_: object, **__: object) -> object:
            return [dead, place]

        monkeypatch.setattr(loop, "getaddrinfo", resolve)
        assert (await get(pool)).status == 200

    run(peer, use)


def test_a_name_that_is_none_fails_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told from a Keycloak that is down."""

    async def main() -> None:
        async def resolve(*_: object, **__: object) -> object:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        pool = Pool("http://no.example.com", most=1, timeout=3, tls=ssl.create_default_context())
        with pytest.raises(ConnectError, match="not known"):
            await get(pool)

    asyncio.run(main())
