"""One line for each request, whatever became of it, and one id that goes with it; no Keycloak is needed."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from keycloak_user_metadata.app import create_app
from keycloak_user_metadata.bearer import TokenFacts, VerifiedToken
from keycloak_user_metadata.connection import Connection
from keycloak_user_metadata.keycloak import Caller, MetadataClient
from keycloak_user_metadata.logs import JsonLines
from keycloak_user_metadata.protocol import strict_protocol
from keycloak_user_metadata.request_log import RequestLog
from keycloak_user_metadata.request_record import RequestRecord
from keycloak_user_metadata.settings import Settings
from tests.unit.loopback import Stub, exchange, request, serving

ENTRY = "/api/user/{userId}/metadata/{key}"
TARGET = "/api/user/jane.doe@example.com/metadata/theme"
MADE = re.compile("[0-9a-f]{32}")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
Line = dict[str, Any]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve the sidecar below /meta, with a Keycloak that is not there."""
    settings = Settings(keycloak_url="http://127.0.0.1:1", realm="demo", root_path="/meta")
    with serving(create_app(settings), http=strict_protocol(settings)) as port:
        yield port


class Lines:
    """The lines of the requests since the test began."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def read(self, count: int) -> list[Line]:
        """Wait until there are so many, and give them."""
        deadline = time.monotonic() + 10
        while len(self._requests()) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return [json.loads(JsonLines().format(record)) for record in self._requests()]

    def _requests(self) -> list[logging.LogRecord]:
        return [record for record in self._caplog.records if record.message == "request"]


@pytest.fixture
def lines(port: int, caplog: pytest.LogCaptureFixture) -> Lines:
    """What is logged during the test, at the usual level."""
    caplog.set_level(logging.INFO)
    lines = Lines(caplog)
    # Lines come in the order of the requests, so that now all of earlier tests are there.
    exchange(port, request("GET", "/nope", "X-Request-Id: begin"))
    while lines.read(1)[-1]["requestId"] != "begin":
        time.sleep(0.01)
    caplog.clear()
    return lines


@pytest.mark.parametrize("prefix", ["", "/meta"])
def test_a_request_is_one_line_that_names_its_route_and_not_its_path(
    port: int, lines: Lines, prefix: str
) -> None:
    """Who it was about, and which key, is not for the log; who called is not known without a token."""
    exchange(port, request("DELETE", f"{prefix}{TARGET}?dryRun=true", "Authorization: Bearer a.b.c"))
    (line,) = lines.read(1)

    assert line.pop("milliseconds") > 0
    assert MADE.fullmatch(line.pop("requestId"))
    assert line.pop("time")
    assert line == {
        "level": "info",
        "message": "request",
        "method": "DELETE",
        "route": ENTRY,
        "status": 401,
        "problem": "invalid_token",
        "client": None,
        "subject": None,
    }


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (request("HEAD", TARGET), ("HEAD", ENTRY, 401, "invalid_token")),
        (request("POST", TARGET), ("POST", ENTRY, 405, "method_not_allowed")),
        (request("GET", "/api/user/jane"), ("GET", None, 404, "not_found")),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", (None, None, 400, "malformed_request")),
        (request("DELETE", "/api/user/jane/metadata/a#b"), (None, None, 400, "malformed_request")),
        (b"no HTTP at all\r\n\r\n", (None, None, 400, "malformed_request")),
    ],
)
def test_every_refusal_is_one_line_too(
    port: int, lines: Lines, sent: bytes, line: tuple[str | None, str | None, int, str | None]
) -> None:
    """What is no route has none, and what was refused before it was a request has no method either."""
    status, fields, _ = exchange(port, sent)
    (logged,) = lines.read(1)

    assert (logged["method"], logged["route"], logged["status"], logged["problem"]) == line
    assert (status, fields["x-request-id"]) == (line[2], logged["requestId"])


def test_a_line_has_the_time_at_which_its_request_ended(
    port: int, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much later it is written, together with others."""
    clock = SimpleNamespace(time=lambda: 1893456000.25, perf_counter=time.perf_counter)
    monkeypatch.setattr("keycloak_user_metadata.request_log.time", clock)
    exchange(port, request("GET", "/nope"))

    assert lines.read(1)[0]["time"] == "2030-01-01T00:00:00.250Z"


def test_lines_wait_only_for_other_requests(caplog: pytest.LogCaptureFixture) -> None:
    """Those of requests that overlap are written together; when the sidecar ends, none is missing."""
    caplog.set_level(logging.INFO)
    go_on = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        if scope["type"] == "http" and scope["method"] == "PUT":
            await go_on.wait()

    async def unused(*_: object) -> Any:  # noqa: ANN401 - it never returns
        raise NotImplementedError

    async def main() -> None:
        log = RequestLog(app)

        async def ask(method: str, request_id: str) -> None:
            fields = [(b"x-request-id", request_id.encode())]
            await log({"type": "http", "method": method, "headers": fields}, unused, unused)

        await ask("GET", "alone")
        assert written() == ["alone"]
        slow = [asyncio.create_task(ask("PUT", "slow")) for _ in range(2)]
        await asyncio.sleep(0)
        await ask("GET", "meanwhile")
        assert written() == ["alone"]
        go_on.set()
        await asyncio.gather(*slow)
        assert written() == ["alone", "meanwhile", "slow", "slow"]

        go_on.clear()
        slow = [asyncio.create_task(ask("PUT", "slow"))]
        await asyncio.sleep(0)
        await ask("GET", "last")
        assert written()[4:] == []
        await log({"type": "lifespan"}, unused, unused)
        assert written()[4:] == ["last"]
        go_on.set()
        await asyncio.gather(*slow)

    def written() -> list[str]:
        lines = [json.loads(JsonLines().format(each)) for each in caplog.records]
        return [line["requestId"] for line in lines if line["message"] == "request"]

    asyncio.run(main())
    assert written()[4:] == ["last", "slow"]


def test_health_is_logged_at_the_level_debug(
    port: int, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    """Orchestrators ask all the time: at the usual level nothing is said of it."""
    exchange(port, request("GET", "/health/live"))
    exchange(port, request("GET", "/nope"))
    assert [line["route"] for line in lines.read(1)] == [None]

    caplog.set_level(logging.DEBUG)
    exchange(port, request("GET", "/health/live"))
    assert [(line["level"], line["route"]) for line in lines.read(2)[1:]] == [("debug", "/health/live")]


@pytest.mark.parametrize("request_id", ["a", "crm-sync.2030_01", "x" * 128])
@pytest.mark.parametrize("target", [TARGET, "/nope", "/health/live", "/a#b"])
def test_the_callers_id_is_taken_and_given_back(port: int, request_id: str, target: str) -> None:
    """A plain id comes back in every answer, as it was sent."""
    _, fields, _ = exchange(port, request("GET", target, f"X-Request-Id: {request_id}"))

    assert fields["x-request-id"] == request_id


@pytest.mark.parametrize(
    "fields",
    [
        [],
        ["X-Request-Id:"],
        ["X-Request-Id: " + "x" * 129],
        ["X-Request-Id: a b"],
        ["X-Request-Id: a\x1b[31m"],
        ["X-Request-Id: \xff"],
        ['X-Request-Id: {"a":1}'],
        ["X-Request-Id: a", "X-Request-Id: a"],
    ],
)
def test_an_id_that_is_not_plain_is_replaced(port: int, lines: Lines, fields: list[str]) -> None:
    """None, too long a one, two, or one with other characters: a new one is made, and the request served."""
    _, answered, _ = exchange(port, request("GET", "/nope", *fields))
    (line,) = lines.read(1)

    assert MADE.fullmatch(answered["x-request-id"])
    assert line["requestId"] == answered["x-request-id"]


@pytest.mark.parametrize(
    ("sent", "noted"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE}-00f067aa0ba902b7-01\x1b", None),
    ],
)
def test_a_trace_is_noted_where_it_is_well_formed(
    port: int, lines: Lines, sent: str, noted: str | None
) -> None:
    """The id of the trace is in the line; another text is not."""
    exchange(port, request("GET", "/nope", f"traceparent: {sent}"))
    (line,) = lines.read(1)

    assert line.get("traceId") == noted


@pytest.mark.parametrize("traceparent", [None, f"00-{TRACE}-00f067aa0ba902b7-01"])
def test_keycloak_is_told_the_id_and_the_trace(traceparent: str | None) -> None:
    """Both go on with every call made for the request; a trace only where there is one."""
    record = RequestRecord("GET", "r1", traceparent)
    caller = Caller(VerifiedToken("token", TokenFacts("key", 0.0)), None, record)
    stub = Stub()

    async def main() -> None:
        async with stub.up():
            settings = Settings(keycloak_url=stub.url, realm="demo")
            stub.answers["/admin/realms/demo/user-metadata/document"] = {"revision": 0, "entries": {}}
            async with Connection.open(settings) as connection:
                await MetadataClient(connection, settings).document(caller, "jane")

    asyncio.run(main())
    assert [(fields["X-Request-Id"], fields.get("traceparent")) for fields in stub.fields] == [
        ("r1", traceparent)
    ]


def test_a_fault_of_the_sidecar_is_one_line_besides(
    port: int, lines: Lines, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is answered 500, and both lines have its id."""

    def fault(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("keycloak_user_metadata.access.bearer_token", fault)
    exchange(port, request("GET", TARGET, "X-Request-Id: r1"))
    (line,) = lines.read(1)
    (cause,) = [json.loads(JsonLines().format(each)) for each in caplog.records if each.levelname == "ERROR"]

    assert (line["route"], line["status"], line["problem"]) == (ENTRY, 500, "internal_error")
    assert (cause["requestId"], cause["exception"], line["requestId"]) == ("r1", "RuntimeError", "r1")
