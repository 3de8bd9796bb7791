"""Owns ``user-metadata serve`` as an operator runs it, a process with an environment; asserts nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
import psutil

from dev.ports import HOST, free_port

COMMAND = [str(Path(sys.executable).with_name("user-metadata")), "serve"]
PATIENCE = 60.0


@dataclass(frozen=True)
class Ended:
    """How a process ended that would not serve."""

    code: int
    lines: list[str]


class Process:
    """A process that serves."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes], url: str) -> None:
        self.url = url
        self._process = process
        self._log = log

    @property
    def printed(self) -> str:
        """All that it has printed, on either stream."""
        return Path(self._log.name).read_text(encoding="utf-8")

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def memory(self) -> int:
        """Bytes of memory that it has."""
        resident: int = self._seen.memory_info().rss
        return resident

    @property
    def connections(self) -> int:
        """Connections of callers that it has open."""
        port = int(self.url.rpartition(":")[2])
        return sum(each.laddr.port == port and bool(each.raddr) for each in self._seen.net_connections("tcp"))

    @property
    def file_limit(self) -> int:
        """How many files it may have open."""
        soft: int = self._seen.rlimit(psutil.RLIMIT_NOFILE)[0]
        return soft

    @property
    def _seen(self) -> psutil.Process:
        return psutil.Process(self._process.pid)

    @property
    def pid(self) -> int:
        """By which the operating system knows it."""
        return self._process.pid

    def kill(self) -> None:
        """End it without a word, as a crash does."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def stop(self) -> int:
        """Ask it to end, as an operating system does, and give its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)

    def get(self, path: str) -> httpx.Response:
        """Ask it something, without a token."""
        return httpx.get(f"{self.url}{path}", trust_env=False, timeout=PATIENCE)

    def wait_until(self, path: str, status: int) -> httpx.Response:
        """Ask until the status is this, for a while; give that answer.

        Raises:
            AssertionError: it ended, or never answered so; the text holds what it printed.
        """
        deadline = time.monotonic() + PATIENCE
        while self.runs and time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                answer = self.get(path)
                if answer.status_code == status:
                    return answer
            time.sleep(0.02)
        message = f"never {status} at {path}. It printed:\n\n{self.printed}"
        raise AssertionError(message)


@contextlib.contextmanager
def serving(**settings: str) -> Iterator[Process]:
    """Start a process with these settings, ``realm`` being USER_METADATA_REALM, and wait until it answers."""
    settings = {"port": str(free_port()), **settings}
    with running(COMMAND, _environment(**settings), int(settings["port"]), "/health/live") as process:
        yield process


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], port: int, path: str
) -> Iterator[Process]:
    """Start a program that listens on a port, and wait until it answers at a path."""
    with (
        tempfile.NamedTemporaryFile() as log,
        subprocess.Popen(  # noqa: S603 - our own commands
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        ) as process,
    ):
        served = Process(process, log, f"http://{HOST}:{port}")
        try:
            served.wait_until(path, 200)
            yield served
        finally:
            process.kill()


def refusing(**settings: str) -> Ended:
    """Start a process with these settings, and wait for it to end by itself."""
    process = subprocess.run(  # noqa: S603 - our own command
        COMMAND,
        check=False,
        env=_environment(**{"port": str(free_port()), **settings}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    return Ended(process.returncode, process.stdout.splitlines())


def _environment(**settings: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("USER_METADATA_")}
    return {**others, **{f"USER_METADATA_{name.upper()}": value for name, value in settings.items()}}
