"""The path on the wire: one percent-encoded segment is one name, by every parser and below every prefix."""

import json
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from keycloak_user_metadata.errors import MalformedPath
from keycloak_user_metadata.paths import RawPath, decode_segment
from keycloak_user_metadata.protocol import strict_protocol
from keycloak_user_metadata.request_log import RequestLog
from keycloak_user_metadata.settings import Settings
from tests.unit.loopback import exchange, request, serving


async def _echo(request: Request) -> Response:
    return JSONResponse([decode_segment(segment) for segment in request.path_params.values()])


def _app(root_path: str = "") -> RequestLog:
    app = Starlette(routes=[Route("/api/user/{user}/metadata/{key}", _echo)])
    app.router.redirect_slashes = False
    return RequestLog(RawPath(app, root_path))


_STRICT = strict_protocol(Settings(keycloak_url="http://127.0.0.1:1", realm="demo"))


@pytest.fixture(scope="module", params=[_STRICT, "h11"], ids=["httptools", "h11"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Serve an application that answers with the segments it got, by each of uvicorn's parsers."""
    with serving(_app(), http=request.param) as port:
        yield port


@pytest.fixture(scope="module", params=[_STRICT, "h11"], ids=["httptools", "h11"])
def prefixed_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Serve the same below /meta."""
    with serving(_app("/meta"), http=request.param) as port:
        yield port


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("jane.doe@example.com", "jane.doe@example.com"),
        ("jane.doe%40example.com", "jane.doe@example.com"),
        ("ops+test@example.org", "ops+test@example.org"),
        ("ops%2Btest", "ops+test"),
        ("corp%2Fjdoe", "corp/jdoe"),
        ("corp%2fjdoe", "corp/jdoe"),
        ("50%25off", "50%off"),
        ("50%252Foff", "50%2Foff"),
        ("frau%20meier", "frau meier"),
        ("m%237", "m#7"),
        ("a&b=c", "a&b=c"),
        ("a%3Fb", "a?b"),
        ("%C3%B6laf", "ölaf"),
        ("%F0%9F%94%91", "🔑"),
        ("%2E%2E", ".."),
        ("..", ".."),
        ("%00", "\0"),
        ("a;b", "a;b"),
        ("https%3A%2F%2Fapps.example.eu%2Fclaims%2Fdomain", "https://apps.example.eu/claims/domain"),
    ],
)
def test_segments_arrive_as_they_were_sent(port: int, prefixed_port: int, sent: str, name: str) -> None:
    """Every name arrives whole, by both parsers, with a prefix left on, with one taken off, and without."""
    for to, prefix in ((port, ""), (prefixed_port, ""), (prefixed_port, "/meta")):
        target = f"{prefix}/api/user/{sent}/metadata/{sent}?a=b"
        status, _, body = exchange(to, request("GET", target))
        assert (status, json.loads(body)) == (200, [name, name])


@pytest.mark.parametrize(
    "target",
    [
        "/api/user/corp/jdoe/metadata/a",
        "/api/user/a/metadata/b/",
        "/api/user//metadata/b",
        "/api/user/a/metadata/",
        "//api/user/a/metadata/b",
        "/api%2Fuser/a/metadata/b",
        "/other/api/user/a/metadata/b",
        "/meta/meta/api/user/a/metadata/b",
    ],
)
def test_other_paths_are_no_routes(port: int, prefixed_port: int, target: str) -> None:
    """A path that was decoded on the way, or lost a part, reaches nobody's data."""
    assert exchange(port, request("GET", target))[0] == 404
    assert exchange(prefixed_port, request("GET", target))[0] == 404


def test_head_is_answered_like_get(port: int) -> None:
    """HEAD has the status and the header fields of GET."""
    status, fields, body = exchange(port, request("HEAD", "/api/user/a/metadata/b"))
    assert (status, fields["content-length"], body) == (200, "9", b"")


@pytest.mark.parametrize("segment", ["%", "%a", "%zz", "a%2", "%u0041", "50%"])
def test_broken_escapes_are_refused(segment: str) -> None:
    """What cannot be decoded is not guessed at."""
    with pytest.raises(MalformedPath):
        decode_segment(segment)


@pytest.mark.parametrize("segment", ["%ff", "%C3", "%ED%A0%80", "%C0%AF", "\xff"])
def test_bytes_that_are_no_utf8_are_refused(segment: str) -> None:
    """Other encodings, overlong forms and surrogates are no names."""
    with pytest.raises(MalformedPath):
        decode_segment(segment)


def test_a_target_with_a_fragment_is_refused() -> None:
    """A raw # would cut the key at it; the parser that drops the rest in silence is kept from doing so."""
    with serving(_app(), http=_STRICT) as port:
        status, fields, _ = exchange(port, request("GET", "/api/user/a/metadata/b#c"))
    assert (status, fields["content-type"]) == (400, "application/problem+json")


def test_endless_heads_are_refused() -> None:
    """Header fields are read up to a bound, one long one as well as many."""
    with serving(_app(), http=_STRICT) as port:
        for fields in (["X: " + "a" * 60_000], ["X: " + "a" * 50] * 1_000):
            assert exchange(port, request("GET", "/api/user/a/metadata/b", *fields))[0] == 200
        status, fields_, _ = exchange(port, request("GET", "/x", "X: " + "a" * 190_000))
    assert (status, fields_["content-type"]) == (400, "application/problem+json")
