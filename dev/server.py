"""Owns a Keycloak of one's own: start it, wait for it, stop it, start it again on the same data."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

from dev import DevError, distribution
from dev.ports import HOST, free_port, require_free
from dev.processes import RunningProgram
from dev.toolchain import require_java

START_SECONDS = 300.0
HEAP = "-Xms256m -Xmx700m"


@dataclass(frozen=True)
class Login:
    """A name and its password."""

    username: str
    password: str


@dataclass(frozen=True)
class ServerOptions:
    """How a Keycloak is run.

    ``path`` is its relative path (``/auth``); ``hostname`` the address in its tokens, its own one by default,
    and unset where it is the empty string; ``options`` go to kc.sh after the ones set here; ``extension``
    puts the JAR in; ``version`` is another release than the one that everything here runs on. ``optimized``
    starts what ``build`` has built, and builds nothing.
    """

    http_port: int | None = None
    management_port: int | None = None
    path: str = ""
    hostname: str | None = None
    command: str = "start-dev"
    options: Sequence[str] = ()
    environment: Mapping[str, str] | None = None
    extension: bool = True
    version: str | None = None
    optimized: bool = False

    @property
    def release(self) -> str:
        """The Keycloak version that is run."""
        return self.version or distribution.keycloak_version()

    @property
    def build(self) -> str:
        """What Keycloak builds for: the mode and the database, by name."""
        return f"{self.command}-{(self.environment or {}).get('KC_DB', 'dev-file')}"

    @property
    def has_usual_build(self) -> bool:
        """Whether another server of the same mode and database can start from what is built for this one."""
        return self.extension and not self.optimized and not self.path and not self.options


class KeycloakServer:
    """A Keycloak on loopback, with its database, log and home in one folder."""

    def __init__(self, folder: Path, admin: Login, options: ServerOptions | None = None) -> None:
        self.admin = admin
        self.home = folder / "home"
        self.log = folder / "keycloak.log"
        self._options = options or ServerOptions()
        self._data = folder / "data"
        self._http_port = self._options.http_port or free_port()
        self._management_port = self._options.management_port or free_port()
        self._laid_out = False
        self._program: RunningProgram | None = None
        self.url = f"http://{HOST}:{self._http_port}{self._options.path}"

    def start(self) -> None:
        """Start it and return when it answers; on data of an earlier start where there is some.

        Raises:
            DevError: Java is missing, a port is taken, or it does not come up; then its last log lines.
        """
        require_java()
        require_free(self._http_port)
        require_free(self._management_port)
        self.lay_out()
        self.log.unlink(missing_ok=True)
        self._program = RunningProgram(self._command(), log=self.log, environment=self._environment())
        try:
            self._wait_until_ready(self._program)
        except BaseException:
            self.stop()
            raise

    def build(self) -> None:
        """Build it for what it is to be started with: ``kc.sh build``, as before ``start --optimized``.

        Raises:
            DevError: it failed; the text holds what it printed.
        """
        self.run("build", *self._build_options())

    def run(self, command: str, *options: str) -> str:
        """Run another command of kc.sh, as an operator does in a shell, and give what it printed.

        Raises:
            DevError: it failed; the text holds what it printed.
        """
        require_java()
        self.lay_out()
        result = subprocess.run(
            [str(self._program_file), command, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **self._environment()},
            check=False,
        )
        if result.returncode:
            message = f"kc.sh {command} failed:\n\n{result.stdout}"
            raise DevError(message)
        return result.stdout

    def stop(self) -> None:
        """Stop it in order and keep its data."""
        if self._program:
            self._program.stop()
            self._program = None

    def kill(self) -> None:
        """End it as a crash would."""
        if self._program:
            self._program.kill()
            self._program = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep it from doing anything for a while: connections to it stand, answers do not come."""
        program = self._program
        if program is None:
            message = "Keycloak does not run: there is nothing to freeze."
            raise DevError(message)
        program.freeze()
        try:
            yield
        finally:
            program.thaw()

    @property
    def pid(self) -> int:
        """The id of the process that started all the others.

        Raises:
            DevError: it does not run.
        """
        if self._program is None:
            message = "Keycloak does not run."
            raise DevError(message)
        return self._program.pid

    def require_running(self) -> None:
        """Check that it still runs.

        Raises:
            DevError: it ended; the text holds its last log lines.
        """
        if self._program and not self._program.is_running:
            message = f"Keycloak ended. The last lines of {self.log}:\n\n{self._program.last_lines()}"
            raise DevError(message)

    def log_text(self) -> str:
        """Give all that it has logged since its last start."""
        return self.log.read_text(errors="replace")

    def lay_out(self) -> None:
        """Lay out its home, unless that was done: its files can be changed before it starts."""
        if self._laid_out:
            return
        options = self._options
        distribution.make_home(self.home, options.release, options.build, extension=options.extension)
        self._data.mkdir(parents=True, exist_ok=True)
        (self.home / "data").symlink_to(self._data.resolve(), target_is_directory=True)
        self._laid_out = True

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    @property
    def _program_file(self) -> Path:
        return self.home / "bin" / "kc.sh"

    def _command(self) -> list[str]:
        hostname = self.url if self._options.hostname is None else self._options.hostname
        return [
            str(self._program_file),
            self._options.command,
            *(["--optimized"] if self._options.optimized else self._build_options()),
            f"--http-host={HOST}",
            f"--http-port={self._http_port}",
            f"--http-management-port={self._management_port}",
            # Tokens relayed by the sidecar need one issuer, whatever name Keycloak is reached by.
            *([f"--hostname={hostname}"] if hostname else []),
            *self._options.options,
        ]

    def _build_options(self) -> list[str]:
        path = [f"--http-relative-path={self._options.path}"] if self._options.path else []
        return ["--health-enabled=true", *path]

    def _environment(self) -> dict[str, str]:
        return {
            "KC_BOOTSTRAP_ADMIN_USERNAME": self.admin.username,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": self.admin.password,
            "JAVA_OPTS_KC_HEAP": os.environ.get("JAVA_OPTS_KC_HEAP", HEAP),
            **(self._options.environment or {}),
        }

    def _wait_until_ready(self, program: RunningProgram) -> None:
        deadline = time.monotonic() + START_SECONDS
        address = f"{self.url}/realms/master/.well-known/openid-configuration"
        # Loopback is not asked for through a proxy, whatever the environment says.
        with httpx.Client(trust_env=False, timeout=5) as http:
            while program.is_running and time.monotonic() < deadline:
                with contextlib.suppress(httpx.TransportError):
                    if http.get(address).is_success:
                        if self._options.has_usual_build:
                            distribution.remember_build(self.home, self._options.release, self._options.build)
                        return
                time.sleep(0.2)
        why = f"did not answer at {address} within {START_SECONDS:.0f} s" if program.is_running else "ended"
        message = f"Keycloak {why}. The last lines of {self.log}:\n\n{program.last_lines()}"
        raise DevError(message)
