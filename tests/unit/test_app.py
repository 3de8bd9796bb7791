"""The application without Keycloak: errors of every origin in one shape, health, and its description."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from keycloak_user_metadata.app import create_app
from keycloak_user_metadata.errors import Forbidden, InvalidToken, MetadataError
from keycloak_user_metadata.logs import JsonLines
from keycloak_user_metadata.problems import LastResort, problem
from keycloak_user_metadata.protocol import strict_protocol
from keycloak_user_metadata.settings import Settings
from tests.unit.loopback import exchange, request, serving


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve the sidecar below /meta, with a Keycloak that is not there."""
    settings = Settings(keycloak_url="http://127.0.0.1:1", realm="demo", root_path="/meta")
    with serving(create_app(settings), http=strict_protocol(settings)) as port:
        yield port


def problem_of(port: int, method: str, target: str, *fields: str) -> tuple[int, str, dict[str, str]]:
    """Ask for what is refused; checks the shape every refusal has."""
    status, headers, body = exchange(port, request(method, target, *fields))
    answer = json.loads(body)
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    assert answer["status"] == status
    assert answer["title"]
    assert answer["detail"].endswith((".", ">."))
    prefix, _, code = answer["type"].rpartition(":")
    assert prefix == "urn:user-metadata:problem"
    return status, code, headers


@pytest.mark.parametrize(
    "target",
    ["/", "/nope", "/docs", "/redoc", "/api/user/x", "/api/user/x/metadata/", "/api/user/a/b/metadata"],
)
def test_unknown_routes_are_problems(port: int, target: str) -> None:
    """The framework's own 404 has the same shape, below the prefix and without."""
    for prefix in ("", "/meta"):
        assert problem_of(port, "GET", prefix + target)[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [
        ("POST", "/api/user/x/metadata", "GET, HEAD, PATCH, PUT"),
        ("POST", "/api/user/x/metadata/k", "DELETE, GET, HEAD, PUT"),
        ("OPTIONS", "/api/user/x/metadata/k", "DELETE, GET, HEAD, PUT"),
        ("PUT", "/api/me/metadata", "GET, HEAD"),
        ("POST", "/health/live", "GET, HEAD"),
        ("DELETE", "/openapi.json", "GET, HEAD"),
    ],
)
def test_other_methods_are_problems(port: int, method: str, target: str, allowed: str) -> None:
    """A 405 names every method the route takes."""
    status, code, headers = problem_of(port, method, target)
    assert (status, code, headers["allow"]) == (405, "method_not_allowed", allowed)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("target", ["/api/user/x/metadata/k", "/api/user/%zz/metadata/%ff"])
def test_who_calls_comes_before_all_else(port: int, method: str, target: str) -> None:
    """Without a token nothing of the request is looked at."""
    status, code, headers = problem_of(port, method, target, "If-Match: 7", "Content-Length: 99999999")
    assert (status, code, headers["www-authenticate"]) == (401, "invalid_token", 'Bearer realm="demo"')


def test_alive_but_not_ready_without_keycloak(port: int) -> None:
    """The process serves; that Keycloak is away is said by the code, and when to ask again."""
    assert exchange(port, request("GET", "/health/live"))[::2] == (200, b'{"status":"live"}')
    status, code, headers = problem_of(port, "GET", "/health/ready")
    assert (status, code, headers["retry-after"]) == (503, "keycloak_unavailable", "5")


def test_unforeseen_faults_are_problems_and_log_no_value(caplog: pytest.LogCaptureFixture) -> None:
    """The answer says nothing of the fault; the log says where it was, but not what the exception holds."""

    async def fault(_scope: Scope, _receive: Receive, _send: Send) -> None:
        message = "secret-value"
        raise RuntimeError(message)

    with caplog.at_level(logging.DEBUG), serving(LastResort(fault), lifespan="off") as port:
        assert problem_of(port, "GET", "/")[:2] == (500, "internal_error")
    (line,) = [JsonLines().format(record) for record in caplog.records if record.levelno == logging.ERROR]
    assert json.loads(line)["exception"] == "RuntimeError"
    assert json.loads(line)["place"][-1].endswith(" in fault")
    assert "secret-value" not in line + caplog.text


def test_members_cannot_take_the_place_of_what_every_problem_has() -> None:
    """The extension's members stand beside type, title, status and detail."""
    answer = json.loads(bytes(problem(Forbidden("No.", {"status": 1, "type": "x", "required": "y"})).body))
    assert answer == {
        "type": "urn:user-metadata:problem:forbidden",
        "title": "Forbidden",
        "status": 403,
        "detail": "No.",
        "required": "y",
    }


def _kinds(kind: type[MetadataError]) -> Iterator[type[MetadataError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _kinds(child)


def test_every_code_has_one_title_and_one_status() -> None:
    """A code is stable: nothing else shares it."""
    seen: dict[str, tuple[str, int]] = {}
    for kind in _kinds(MetadataError):
        if hasattr(kind, "code"):
            assert seen.setdefault(kind.code, (kind.title, kind.status)) == (kind.title, kind.status)
    assert len({title for title, _ in seen.values()}) == len(seen)
    assert InvalidToken.code in seen


@pytest.fixture(scope="module")
def description(port: int) -> dict[str, Any]:
    """Read the description as callers get it."""
    status, _, body = exchange(port, request("GET", "/meta/openapi.json"))
    assert status == 200
    description: dict[str, Any] = json.loads(body)
    return description


def _operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_operation_of_the_api_is_described(description: dict[str, Any]) -> None:
    """Bodies with schema and example, every status, problems with an example of each code."""
    operations = dict(_operations(description))
    assert set(operations) == {
        "get /api/user/{userId}/metadata",
        "put /api/user/{userId}/metadata",
        "patch /api/user/{userId}/metadata",
        "get /api/user/{userId}/metadata/{key}",
        "put /api/user/{userId}/metadata/{key}",
        "delete /api/user/{userId}/metadata/{key}",
        "get /api/user/{userId}/claims",
        "get /api/me/metadata",
        "get /health/live",
        "get /health/ready",
    }
    for name, operation in operations.items():
        if "/api/" not in name:
            continue
        assert operation["security"] == [{"bearer": []}]
        parameters = [parameter["name"] for parameter in operation["parameters"]]
        segments = re.findall(r"{(\w+)}", name)
        if name.endswith("/claims"):
            assert parameters == [*segments, "client", "X-Request-Id"]
        elif name.startswith("get"):
            assert parameters == [*segments, "If-None-Match", "X-Request-Id"]
        else:
            assert parameters == [*segments, "dryRun", "If-Match", "If-None-Match", "X-Request-Id"]
        statuses = set(operation["responses"])
        assert {"401", "403", "502", "503", "504"} <= statuses
        assert ("404" in statuses) == ("/user/" in name)
        assert ("304" in statuses) == (name.startswith("get") and not name.endswith("claims"))
        assert ({"412"} <= statuses) == (not name.startswith("get"))
        assert ({"413", "415", "422"} <= statuses) == name.startswith(("put", "patch"))
        assert ("requestBody" in operation) == name.startswith(("put", "patch"))
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                content = response["content"]["application/problem+json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert content["examples"]
            elif status in ("200", "201"):
                content = response["content"]["application/json"]
                assert content.get("example") or all(
                    example["value"] for example in content["examples"].values()
                )
                assert ("ETag" in response["headers"]) == (
                    "304" in statuses or name.startswith(("put", "patch"))
                )


def test_the_description_is_closed(description: dict[str, Any]) -> None:
    """Every reference leads somewhere, nothing of the framework's own errors is left, the prefix is there."""
    text = json.dumps(description)
    references = {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}
    assert references <= set(description["components"]["schemas"])
    assert "HTTPValidationError" not in text
    assert description["servers"] == [{"url": "/meta"}]
