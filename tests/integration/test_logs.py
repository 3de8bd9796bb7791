"""What an operator finds in the log of a sidecar that serves: who called which route, and how it ended."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dev.ports import HOST
from tests.integration.realms import Realm, User
from tests.integration.served import Process, serving
from tests.integration.sidecars import PATIENCE, Sidecar, metadata_path
from tests.integration.tokens import claims_of

KEY, VALUE = "a-key-of-hers", "a colour of hers"
ENTRY = "/api/user/{userId}/metadata/{key}"


@pytest.fixture(scope="module", params=["json", "text"])
def log_format(request: pytest.FixtureRequest) -> str:
    """Each of the formats."""
    return str(request.param)


@pytest.fixture(scope="module")
def process(realm: Realm, log_format: str) -> Iterator[Process]:
    """A process that serves the shared realm, and logs in this format."""
    settings = {"keycloak_url": realm.keycloak.url, "realm": realm.name}
    with serving(**settings, log_format=log_format) as process:
        yield process


@pytest.fixture
def sidecar(realm: Realm, process: Process) -> Iterator[Sidecar]:
    """Its API."""
    with httpx.Client(base_url=process.url, trust_env=False, timeout=PATIENCE) as http:
        yield Sidecar(realm, http)


def line_of(process: Process, request_id: str) -> str:
    """Wait for the line of a request, and give it; there is one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [line for line in process.printed.splitlines(keepends=True) if request_id in line]
        if found and found[-1].endswith("\n"):
            assert len(found) == 1
            return found[0]
        time.sleep(0.05)
    message = f"no line of {request_id}. It printed:\n\n{process.printed}"
    raise AssertionError(message)


def read(line: str) -> dict[str, Any]:
    """Take the members out of a line of either format, as text."""
    if line.startswith("{"):
        return {name: "-" if value is None else str(value) for name, value in json.loads(line).items()}
    parted = (field.partition("=") for field in line.split())
    return {name: value for name, _, value in parted}


def test_a_request_is_one_line_with_the_verified_caller(
    process: Process, sidecar: Sidecar, someone: User
) -> None:
    """The caller's client and subject, and the id that the answer has."""
    answer = sidecar.put(someone, KEY, VALUE)
    line = read(line_of(process, answer.headers["X-Request-Id"]))
    caller = claims_of(sidecar.token)

    assert (line["method"], line["route"], line["status"], line["problem"]) == ("PUT", ENTRY, "201", "-")
    assert (line["client"], line["subject"]) == (caller["azp"], caller["sub"])
    assert float(line["milliseconds"]) > 0


def test_who_could_not_be_verified_is_nobody(process: Process, sidecar: Sidecar, someone: User) -> None:
    """What a token claims that does not count is not written down."""
    header, payload, signature = sidecar.token.split(".")
    forged = f"{header}.{payload}.{signature[::-1]}"
    answer = sidecar.as_caller(forged).read(someone)
    line = read(line_of(process, answer.headers["X-Request-Id"]))

    assert (line["status"], line["problem"]) == ("401", "invalid_token")
    assert (line["client"], line["subject"]) == ("-", "-")


def test_a_refusal_of_keycloak_names_the_caller_and_the_code(
    process: Process, sidecar: Sidecar, realm: Realm, someone: User
) -> None:
    """So that an operator finds whom to give a role."""
    viewer = sidecar.as_caller(realm.token("view-metadata"))
    answer = viewer.delete(someone, KEY)
    line = read(line_of(process, answer.headers["X-Request-Id"]))

    assert (line["method"], line["status"], line["problem"]) == ("DELETE", "403", "forbidden")
    assert line["client"] == claims_of(viewer.token)["azp"]


def test_a_client_that_went_away_is_told_of(process: Process, sidecar: Sidecar, someone: User) -> None:
    """Its request ended before its body had arrived: the line says so."""
    fields = {
        "Host": HOST,
        "Authorization": f"Bearer {sidecar.token}",
        "Content-Type": "application/json",
        "Content-Length": "100",
        "X-Request-Id": f"gone-{someone.id}",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    port = int(process.url.rpartition(":")[2])
    with socket.create_connection((HOST, port)) as connection:
        connection.sendall(f"PUT {metadata_path(someone, KEY)} HTTP/1.1\r\n{head}\r\n".encode())
    line = read(line_of(process, f"gone-{someone.id}"))

    assert (line["route"], line["status"], line["clientGone"].lower()) == (ENTRY, "400", "true")


def test_neither_people_nor_keys_nor_values_nor_tokens_are_logged(
    process: Process, sidecar: Sidecar, someone: User
) -> None:
    """After writes, refusals and reads there is none of it in the whole log."""
    for name in (someone.id, someone.username, someone.email):
        sidecar.put(name, KEY, VALUE)
        sidecar.read(name, KEY)
        sidecar.put(name, KEY, None)
        sidecar.delete(name, "another-of-hers")
    answer = sidecar.read(f"nobody-{someone.username}", KEY)
    line_of(process, answer.headers["X-Request-Id"])

    for secret in (someone.id, someone.username, KEY, "another-of-hers", VALUE, sidecar.token.split(".")[1]):
        assert secret not in process.printed.replace(f"gone-{someone.id}", "")
