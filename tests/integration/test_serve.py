"""``user-metadata serve`` as a process: it serves, keeps secrets to itself, and ends when it is asked to."""

import json
import socket
import time
from signal import SIGTERM

import httpx
import pytest

from dev.ports import HOST
from tests.integration.realms import Realm, User
from tests.integration.served import Process, refusing, serving
from tests.integration.sidecars import PATIENCE, Sidecar

SOON = 15  # seconds, on a busy machine


def of(realm: Realm) -> dict[str, str]:
    """Give the settings of a realm."""
    return {"keycloak_url": realm.keycloak.url, "realm": realm.name}


def client_of(process: Process) -> httpx.Client:
    """Open a client of it."""
    return httpx.Client(base_url=process.url, trust_env=False, timeout=PATIENCE)


@pytest.mark.parametrize("log_level", ["info", "debug"])
def test_the_command_serves_and_prints_no_secrets(realm: Realm, jane: User, log_level: str) -> None:
    """Settings by environment are all it takes; neither tokens, nor passwords, nor values are printed."""
    with (
        serving(**of(realm), log_level=log_level, admin_password="an administrator's") as process,
        client_of(process) as http,
    ):
        sidecar = Sidecar(realm, http)
        written = sidecar.put(jane, "theme", "a colour of hers", profile_claim=True)
        read = sidecar.read(jane)
        refused = sidecar.as_caller(f"{sidecar.token}x").read(jane)
        ready = process.get("/health/ready")
        process.stop()
        printed = process.printed

    assert (written.status_code, read.status_code, refused.status_code) == (201, 200, 401)
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    lines = [json.loads(line) for line in printed.splitlines()]
    assert f"Listening on {HOST}, port {process.url.rpartition(':')[2]}" in [
        line["message"] for line in lines
    ]
    assert [list(line)[:3] for line in lines] == [["time", "level", "message"]] * len(lines)
    for secret in (sidecar.token, sidecar.token.split(".")[1], "an administrator's", "a colour of hers"):
        assert secret not in printed
    assert "Traceback" not in printed


def test_it_ends_soon_when_asked_to(realm: Realm, jane: User) -> None:
    """On SIGTERM it ends within seconds, although clients and Keycloak keep their connections open."""
    with serving(**of(realm)) as process, client_of(process) as http:
        Sidecar(realm, http).put(jane, "theme", "Dark")
        begin = time.monotonic()
        code = process.stop()
        seconds = time.monotonic() - begin
        printed = process.printed

    assert code == -SIGTERM
    assert seconds < SOON
    assert "Traceback" not in printed


def test_a_busy_port_is_told_in_one_line(realm: Realm) -> None:
    """Where another program has the port, it ends with exit code 1, and one line that names the port."""
    with socket.create_server((HOST, 0)) as other:
        port = str(other.getsockname()[1])
        ended = refusing(**of(realm), port=port)

    [line] = ended.lines
    assert ended.code == 1
    assert line.startswith("Cannot listen: Address already in use")
    assert port in line
    assert "USER_METADATA_PORT" in line


def test_all_wrong_settings_are_told_at_once() -> None:
    """Without settings it ends with exit code 2, and a line for each mistake."""
    ended = refusing(port="eighty")

    assert ended.code == 2
    assert [line.split()[1] for line in ended.lines] == [
        "USER_METADATA_KEYCLOAK_URL",
        "USER_METADATA_REALM",
        "USER_METADATA_PORT",
    ]
