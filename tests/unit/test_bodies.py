"""Bodies on the wire: media type, size, and JSON as strict as it is meant."""

import json
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from keycloak_user_metadata.bodies import JSON, MERGE_PATCH, read_json
from keycloak_user_metadata.errors import MetadataError
from keycloak_user_metadata.exact_json import dumps
from keycloak_user_metadata.problems import problem
from keycloak_user_metadata.protocol import strict_protocol
from keycloak_user_metadata.settings import Settings
from tests.unit.loopback import exchange, request, serving

_JSON = "Content-Type: application/json"
_PATCH = "Content-Type: application/merge-patch+json"


async def _echo(request: Request) -> Response:
    try:
        kind = MERGE_PATCH if request.method == "PATCH" else JSON
        return Response(dumps(await read_json(request, 1000, kind)), media_type="application/json")
    except MetadataError as error:
        return problem(error)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve an application that answers with the body it got, of at most 1000 bytes."""
    settings = Settings(keycloak_url="http://127.0.0.1:1", realm="demo")
    app = Starlette(routes=[Route("/", _echo, methods=["PUT", "PATCH"])])
    with serving(app, http=strict_protocol(settings)) as port:
        yield port


def put(port: int, body: bytes, *fields: str, method: str = "PUT") -> tuple[int, object]:
    """Send a body; returns the status, and the body that came back or the code of the problem."""
    status, _, answer = exchange(port, request(method, "/", *fields, body=body))
    if status == 200:
        return status, answer
    return status, json.loads(answer)["type"].rpartition(":")[2]


@pytest.mark.parametrize(
    "field",
    [
        _JSON,
        "content-type: APPLICATION/JSON",
        "Content-Type: application/json;charset=utf-8",
        'Content-Type: application/json ; Charset="UTF-8"',
        "Content-Type: application/json; profile=x",
    ],
)
def test_json_is_declared_in_every_usual_way(port: int, field: str) -> None:
    """Parameters and case do not matter."""
    assert put(port, b'{"a":1}', field) == (200, b'{"a":1}')


@pytest.mark.parametrize(
    "fields",
    [
        [],
        ["Content-Type: text/plain"],
        ["Content-Type: application/x-www-form-urlencoded"],
        ["Content-Type: application/jsonp"],
        ["Content-Type: application/merge-patch+json"],
        ["Content-Type: application/json; charset=latin-1"],
        [_JSON, "Content-Type: text/plain"],
        [_JSON, "Content-Encoding: gzip"],
    ],
)
def test_anything_else_is_no_json(port: int, fields: list[str]) -> None:
    """What is not declared as JSON in UTF-8 is not read."""
    assert put(port, b'{"a":1}', *fields) == (415, "unsupported_media_type")


def test_a_patch_is_declared_as_one(port: int) -> None:
    """The same rules for the media type of a merge patch; plain JSON is none."""
    for field, status in ((_PATCH, 200), (f"{_PATCH};charset=UTF-8", 200), (_JSON, 415)):
        assert put(port, b'{"a":1}', field, method="PATCH")[0] == status


def test_the_size_is_bounded_however_it_is_sent(port: int) -> None:
    """Announced or in chunks: one byte over the bound is refused, up to it all is read."""
    whole = b'"' + b"x" * 998 + b'"'
    over = b'"' + b"x" * 999 + b'"'
    assert put(port, whole, _JSON) == (200, whole)
    assert put(port, over, _JSON) == (413, "body_too_large")
    for body, status in ((whole, 200), (over, 413)):
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        head = request("PUT", "/", _JSON, "Transfer-Encoding: chunked")
        assert exchange(port, head + chunks)[0] == status


def test_a_body_that_is_announced_too_large_is_not_waited_for(port: int) -> None:
    """The refusal comes before the body, with both numbers."""
    status, _, answer = exchange(port, request("PUT", "/", _JSON, "Content-Length: 10485760"))
    problem = json.loads(answer)
    assert (status, problem["limit"], problem["actual"]) == (413, 1000, 10_485_760)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b'{"a":NaN}', 400, "malformed_json"),
        (b'{"a":1,"a":2}', 400, "malformed_json"),
        (b'{"a":1}}', 400, "malformed_json"),
        (b'\xef\xbb\xbf{"a":1}', 400, "malformed_json"),
        (b'"\xff"', 400, "malformed_json"),
        (b'{"a":1e999}', 422, "invalid_entry"),
        (b"[" * 68 + b"]" * 68, 422, "limit_exceeded"),
        (b"[" * 1000, 422, "limit_exceeded"),
    ],
)
def test_what_cannot_be_read_is_refused(port: int, body: bytes, status: int, code: str) -> None:
    """The right status and code for each kind of fault."""
    assert put(port, body, _JSON) == (status, code)


@pytest.mark.parametrize("body", [b"9" * 900, b'"\\ud800"', b"[" * 67 + b"]" * 67, '{"ключ":"🔑"}'.encode()])
def test_what_can_be_read_comes_back(port: int, body: bytes) -> None:
    """Long integers, half surrogates, depth up to the bound."""
    assert put(port, body, _JSON) == (200, body)
