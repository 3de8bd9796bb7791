"""What ``make up`` does for a newcomer: the main job before their eyes, and nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from dev import ROOT
from dev.ports import HOST, free_port

PATIENCE = 300.0
PORTS = ("KEYCLOAK_PORT", "KEYCLOAK_MANAGEMENT_PORT", "SIDECAR_PORT")
VARIABLES = {
    *("KEYCLOAK_URL", "REALM", "SIDECAR_URL", "MANAGER_CLIENT_ID", "MANAGER_CLIENT_SECRET"),
    *("VIEWER_CLIENT_ID", "VIEWER_CLIENT_SECRET", "APP_CLIENT_ID", "DEMO_USERNAME", "DEMO_PASSWORD"),
    *("ADMIN_USERNAME", "ADMIN_PASSWORD"),
}


class Demonstration:
    """A running ``make up`` with its data in a folder of the test's own."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        self.variables = folder / "demo.env"
        self._output = folder / "output.txt"
        environment = {
            **os.environ,
            "DEMO_FOLDER": str(folder),
            **{name: str(port) for name, port in ports.items()},
        }
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "dev.up"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )

    def output(self) -> str:
        """Give all that it has printed."""
        return self._output.read_text()

    def demo(self) -> dict[str, str]:
        """Wait until everything is up; give what a script finds in demo.env."""
        deadline = time.monotonic() + PATIENCE
        while not self.variables.exists():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.1)
        return dict(line.split("=", 1) for line in self.variables.read_text().splitlines())

    def end(self) -> int:
        """Press Ctrl-C; give the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextmanager
def demonstrating(folder: Path, ports: dict[str, int]) -> Iterator[Demonstration]:
    """Run ``make up``; whatever happens, it is ended."""
    folder.mkdir(parents=True, exist_ok=True)
    demonstration = Demonstration(folder, ports)
    try:
        yield demonstration
    finally:
        if demonstration.process.poll() is None:
            demonstration.end()


def entries_url(demo: dict[str, str]) -> str:
    """Name Jane's metadata at the demonstration's sidecar."""
    return f"{demo['SIDECAR_URL']}/api/user/{demo['DEMO_USERNAME']}/metadata"


def bearer(demo: dict[str, str], caller: str) -> dict[str, str]:
    """Take a token of the manager's or the viewer's client, as a header."""
    client = {"client_id": demo[f"{caller}_CLIENT_ID"], "client_secret": demo[f"{caller}_CLIENT_SECRET"]}
    url = f"{demo['KEYCLOAK_URL']}/realms/{demo['REALM']}/protocol/openid-connect/token"
    answer = httpx.post(url, data={"grant_type": "client_credentials", **client}, trust_env=False, timeout=60)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.mark.timeout(600)
@pytest.mark.usefixtures(
    "keycloak"
)  # so that the JAR is built, and the machine busy with one start at a time
def test_a_newcomer_sees_the_main_job_and_finds_it_again(run_folder: Path) -> None:
    """The claim is shown, scripts can go on, Ctrl-C ends all of it, and the next run has the same data."""
    folder = run_folder / "demonstration"
    ports = {name: free_port() for name in PORTS}

    with demonstrating(folder, ports) as first:
        demo = first.demo()
        assert set(demo) == VARIABLES
        assert first.variables.stat().st_mode & 0o777 == 0o600
        assert '"metadata_theme": "Dark Mode"' in first.output()
        assert demo["DEMO_PASSWORD"] not in first.output()
        kept = {"value": "kept", "profileClaim": False}
        url = f"{entries_url(demo)}/kept"
        stored = httpx.put(url, json=kept, headers=bearer(demo, "MANAGER"), trust_env=False, timeout=60)
        assert stored.status_code == 201
        assert first.end() == 0
        assert not first.variables.exists()
    for port in ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex((HOST, port)) != 0

    with demonstrating(folder, ports) as second:
        again = second.demo()
        answer = httpx.get(entries_url(again), headers=bearer(again, "VIEWER"), trust_env=False, timeout=60)

    assert again == demo
    assert answer.json()["metadata"] == [
        {"key": "kept", **kept},
        {"key": "theme", "value": "Dark Mode", "profileClaim": True},
    ]


@pytest.mark.parametrize("setting", PORTS)
def test_a_busy_port_is_told_before_anything_starts(run_folder: Path, setting: str) -> None:
    """The port is named, and the variable that chooses another."""
    ports = {name: free_port() for name in PORTS}
    with socket.socket() as other:
        other.bind((HOST, ports[setting]))
        other.listen()
        with demonstrating(run_folder / f"busy-{setting}", ports) as demonstration:
            code = demonstration.process.wait(PATIENCE)

    assert code == 1
    assert f"Port {ports[setting]}" in demonstration.output()
    assert f"{setting}={ports[setting] + 1} make up" in demonstration.output()
