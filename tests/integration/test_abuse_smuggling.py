"""Requests of which one could be read as two: each is refused, or read in the one right way."""

from collections.abc import Iterator

import pytest

from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.served import Process, serving
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.sieges import exchange, head, sidecar_at

JSON, CHUNKED, CLOSE = "Content-Type: application/json", "Transfer-Encoding: chunked", "Connection: close"
BODY = b'{"value":1}'
IN_CHUNKS = b'b\r\n{"value":1}\r\n0\r\n\r\n'
UPGRADE = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")

# The fields of a PUT, and what stands where its body would: in each there is room for a second request.
TWO_READINGS: dict[str, tuple[list[str], bytes]] = {
    "length and chunked": ([f"Content-Length: {len(IN_CHUNKS)}", CHUNKED], IN_CHUNKS),
    "chunked and length": ([CHUNKED, "Content-Length: 3"], IN_CHUNKS),
    "two lengths": (["Content-Length: 11", "Content-Length: 12"], BODY),
    "one length twice": (["Content-Length: 11", "Content-Length: 11"], BODY),
    "a list of lengths": (["Content-Length: 11, 11"], BODY),
    "a signed length": (["Content-Length: +11"], BODY),
    "a negative length": (["Content-Length: -1"], BODY),
    "a hexadecimal length": (["Content-Length: 0xb"], BODY),
    "two numbers": (["Content-Length: 1 1"], BODY),
    "an empty length": (["Content-Length:"], BODY),
    "a fraction": (["Content-Length: 11.0"], BODY),
    "a length after a control character": (["Content-Length: \x0b11"], BODY),
    "another coding": (["Transfer-Encoding: xchunked"], IN_CHUNKS),
    "chunked twice": (["Transfer-Encoding: chunked, chunked"], IN_CHUNKS),
    "two fields of coding": ([CHUNKED, CHUNKED], IN_CHUNKS),
    "chunked, then none": ([CHUNKED, "Transfer-Encoding: identity"], IN_CHUNKS),
    "none, then chunked": (["Transfer-Encoding: identity", CHUNKED], IN_CHUNKS),
    "compressed chunks": (["Transfer-Encoding: gzip, chunked"], IN_CHUNKS),
    "a coding in quotes": (['Transfer-Encoding: "chunked"'], IN_CHUNKS),
    "a coding with a parameter": (["Transfer-Encoding: chunked;q=1"], IN_CHUNKS),
    "a coding after a control character": (["Transfer-Encoding: \x0bchunked"], IN_CHUNKS),
    "a blank before the colon": (["Transfer-Encoding : chunked"], IN_CHUNKS),
    "a folded coding": (["Transfer-Encoding:\r\n chunked"], IN_CHUNKS),
    "a folded field": (["X-Field: a\r\n Transfer-Encoding: chunked"], IN_CHUNKS),
    "a bare line feed": (["X-Field: a\nTransfer-Encoding: chunked"], IN_CHUNKS),
    "a bare carriage return": (["X-Field: a\rTransfer-Encoding: chunked"], IN_CHUNKS),
    "a NUL in a value": (["X-Field: a\x00", CHUNKED], IN_CHUNKS),
    "a NUL in a name": (["X\x00: a", CHUNKED], IN_CHUNKS),
    "a field without a name": ([": a", CHUNKED], IN_CHUNKS),
    "two hosts": (["Host: other.test", CHUNKED], IN_CHUNKS),
    "a chunk size with a prefix": ([CHUNKED], IN_CHUNKS.replace(b"b\r", b"0xb\r")),
    "a chunk size with a blank": ([CHUNKED], IN_CHUNKS.replace(b"b\r", b"b \r")),
    "a negative chunk size": ([CHUNKED], IN_CHUNKS.replace(b"b\r", b"-b\r")),
    "a chunk size beyond all numbers": ([CHUNKED], IN_CHUNKS.replace(b"b\r", b"1" + b"0" * 16 + b"b\r")),
    "a chunk that ends too late": ([CHUNKED], IN_CHUNKS.replace(b"}\r", b"}  \r")),
    "a line feed after a chunk size": ([CHUNKED], IN_CHUNKS.replace(b"b\r\n", b"b\n")),
    "a line feed in an extension": ([CHUNKED], IN_CHUNKS.replace(b"b\r", b"b;x\ny\r")),
}


@pytest.fixture(scope="module")
def process(realm: Realm) -> Iterator[Process]:
    """The command."""
    with serving(keycloak_url=realm.keycloak.url, realm=realm.name) as process:
        yield process


@pytest.fixture(scope="module")
def sidecar(process: Process, realm: Realm) -> Iterator[Sidecar]:
    """Its caller."""
    with sidecar_at(process, realm) as sidecar:
        yield sidecar


@pytest.fixture
def inner(sidecar: Sidecar, someone: User) -> bytes:
    """The request inside: it would write a mark."""
    return head(sidecar, "PUT", someone, "inner", JSON, f"Content-Length: {len(BODY)}") + BODY


@pytest.mark.parametrize("shape", list(TWO_READINGS))
def test_what_can_be_read_in_two_ways_is_refused(
    process: Process, sidecar: Sidecar, someone: User, inner: bytes, shape: str
) -> None:
    """One answer, 400, the connection ends, and neither the request nor the one inside is carried out."""
    fields, body = TWO_READINGS[shape]

    [answer] = exchange(process, head(sidecar, "PUT", someone, "outer", JSON, *fields) + body + inner)

    assert_problem(answer, "malformed_request")
    assert answer.headers["connection"] == "close"
    assert sidecar.read(someone).headers["etag"] == '"0"'


@pytest.mark.parametrize("shape", ["a chunk size with a prefix", "a chunk that ends too late"])
def test_nothing_is_deleted_by_half_a_request(
    process: Process, sidecar: Sidecar, someone: User, shape: str
) -> None:
    """A DELETE needs no body; one whose body is broken deletes nothing all the same."""
    sidecar.put(someone, "kept", 1)
    fields, body = TWO_READINGS[shape]

    [answer] = exchange(process, head(sidecar, "DELETE", someone, "kept", *fields) + body)

    assert_problem(answer, "malformed_request")
    assert sidecar.entries(someone) == {"kept": 1}


@pytest.mark.parametrize(
    "line",
    [
        "GET {path}",
        "GET {path} HTTP/0.9",
        "GET {path} HTTP/1.2",
        "GET {path} HTTP/2.0",
        "GET {path} HTTP/1.1 ",
        "GET {path} http/1.1",
        "GET\t{path} HTTP/1.1",
        "get {path} HTTP/1.1",
        "GET {path}\x00 HTTP/1.1",
        "GET {path}#a HTTP/1.1",
        "GET api HTTP/1.1",
        "GET http:{path} HTTP/1.1",
        "CONNECT sidecar.test:80 HTTP/1.1",
        "CONNECT {path} HTTP/1.1",
        "PRI * HTTP/2.0",
        "\x16\x03\x01\x02\x00\x01",
    ],
)
def test_a_request_line_of_something_else_is_refused(
    process: Process, sidecar: Sidecar, someone: User, inner: bytes, line: str
) -> None:
    """HTTP of another version, a proxy's business, TLS, and what is no HTTP: 400 and the end."""
    first = line.format(path=metadata_path(someone)) + f"\r\nHost: a\r\nAuthorization: Bearer {sidecar.token}"

    [answer] = exchange(process, first.encode("latin-1") + b"\r\n\r\n" + inner)

    assert_problem(answer, "malformed_request")
    assert sidecar.read(someone).headers["etag"] == '"0"'


def test_a_host_is_needed(process: Process) -> None:
    """A request of HTTP/1.1 without a Host is 400."""
    [answer] = exchange(process, b"GET /health/live HTTP/1.1\r\n\r\n")

    assert_problem(answer, "malformed_request")


@pytest.mark.parametrize(
    "sent",
    [
        ([f"Content-Length: 0{len(BODY)}"], BODY),
        ([f"Content-Length:  {len(BODY)} "], BODY),
        (["Transfer-Encoding:\tCHUNKED"], IN_CHUNKS),
        ([CHUNKED], IN_CHUNKS.replace(b"b\r", b"B;name=value\r")),
        ([CHUNKED], IN_CHUNKS.replace(b"b\r", b"0" * 30 + b"b\r")),
        ([CHUNKED], IN_CHUNKS[:-2] + b"X-Trailer: a\r\n\r\n"),
        ([f"Content-Length: {len(BODY)}", "Expect: 100-continue"], BODY),
        ([f"Content-Length: {len(BODY)}", "Content_Length: 3"], BODY),
        ([f"Content-Length: {len(BODY)}", *UPGRADE], BODY),
        ([CHUNKED, *UPGRADE], IN_CHUNKS),
        ([f"Content-Length: {len(BODY)}", "Connection: Upgrade", "Upgrade: websocket"], BODY),
    ],
)
def test_what_can_be_read_in_one_way_is_read_so(
    process: Process, sidecar: Sidecar, someone: User, inner: bytes, sent: tuple[list[str], bytes]
) -> None:
    """Leading zeros, blanks, extensions, trailers, a wish for another protocol: one request, and the next."""
    fields, body = sent
    outer = head(sidecar, "PUT", someone, "outer", JSON, *fields) + body
    last = head(sidecar, "GET", someone, "outer", CLOSE)

    answers = exchange(process, outer + inner + last)

    assert [answer.status_code for answer in answers if answer.status_code != 100] == [201, 201, 200]
    assert sidecar.entries(someone) == {"outer": 1, "inner": 1}


def test_a_trailer_is_no_header_field(process: Process, sidecar: Sidecar, someone: User) -> None:
    """What stands after the body authorizes nobody, and forwards for nobody."""
    path = metadata_path(someone, "theme")
    first = f"PUT {path} HTTP/1.1\r\nHost: a\r\n{JSON}\r\n{CHUNKED}\r\n{CLOSE}\r\n\r\n".encode()
    trailer = f"Authorization: Bearer {sidecar.token}\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n".encode()

    [answer] = exchange(process, first + IN_CHUNKS[:-2] + trailer)

    assert_problem(answer, "invalid_token")
    assert sidecar.read(someone).headers["etag"] == '"0"'


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_nothing_follows_the_last_request(
    process: Process, sidecar: Sidecar, someone: User, inner: bytes, version: str
) -> None:
    """After a request of HTTP/1.0, kept alive or not, or one that closes, no other is carried out."""
    first = head(sidecar, "GET", someone, "outer", CLOSE if version == "1.1" else "Connection: keep-alive")

    [answer] = exchange(process, first.replace(b"HTTP/1.1", f"HTTP/{version}".encode()) + inner)

    assert_problem(answer, "entry_not_found")
    assert answer.headers["connection"] == "close"
    assert sidecar.read(someone).headers["etag"] == '"0"'


def test_chunks_need_the_present_version(process: Process, sidecar: Sidecar, someone: User) -> None:
    """HTTP/1.0 knows no chunks; a proxy of that age would see another end of the request."""
    outer = head(sidecar, "PUT", someone, "outer", JSON, CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0")

    [answer] = exchange(process, outer + IN_CHUNKS)

    assert_problem(answer, "malformed_request")


def test_the_host_decides_nothing(process: Process, sidecar: Sidecar, someone: User) -> None:
    """A target with a host, another one than the field Host names, is read as its path."""
    sidecar.put(someone, "theme", 1)
    request = head(sidecar, "GET", someone, "theme", CLOSE)

    [answer] = exchange(process, request.replace(b"GET /", b"GET http://other.test:99/", 1))

    assert (answer.status_code, answer.json()["value"]) == (200, 1)


def test_an_answer_before_a_refusal_comes_first(process: Process, sidecar: Sidecar, someone: User) -> None:
    """Where a good request is followed by a bad one, one is carried out and answered, then the other."""
    good = head(sidecar, "PUT", someone, "outer", JSON, f"Content-Length: {len(BODY)}") + BODY

    answers = exchange(process, good + b"no HTTP at all\r\n\r\n" + good)

    assert [answer.status_code for answer in answers] == [201, 400]
    assert sidecar.entries(someone) == {"outer": 1}
