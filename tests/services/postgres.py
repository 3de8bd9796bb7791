"""Owns a PostgreSQL of the tests' own on loopback: start, stop, crash, start again on its data."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from dev.ports import HOST, free_port
from dev.processes import RunningProgram
from tests.services.accounts import as_account, folder_of, program, run_as
from tests.services.starting import wait_until_up

ACCOUNT = "postgres"
NAME = "keycloak"
PUBLIC = "public"
CONNECTIONS = 400
START_SECONDS = 60.0


@dataclass
class PostgreSQL:
    """A server with one empty database; stopped and started in turn, its port and its data stay."""

    folder: Path
    port: int
    schema: str = PUBLIC
    _program: RunningProgram | None = None

    name = "postgres"

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells a Keycloak to keep its data here."""
        return {
            "KC_DB": "postgres",
            "KC_DB_URL": f"jdbc:postgresql://{HOST}:{self.port}/{NAME}",
            "KC_DB_USERNAME": NAME,
            "KC_DB_PASSWORD": NAME,
            **({"KC_DB_SCHEMA": self.schema} if self.schema != PUBLIC else {}),
        }

    def start(self) -> None:
        """Start it and return when it takes connections.

        Raises:
            DevError: it does not come up; then its last log lines.
        """
        settings = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": self.folder,
            "max_connections": CONNECTIONS,
            "fsync": "off",  # servers crash here, the machine does not
        }
        command = [_program("postgres"), "-D", str(self.folder / "data")]
        for setting, value in settings.items():
            command += ["-c", f"{setting}={value}"]
        self._program = RunningProgram(
            as_account(ACCOUNT, command), log=self.folder / "postgres.log", environment={}
        )
        wait_until_up("PostgreSQL", self._program, self._answers, START_SECONDS)

    def stop(self) -> None:
        """End it in order: who is connected is told so, and loses the transaction."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End it at once, without a checkpoint; its next start recovers from the log."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """End it without a word."""
        if self._program:
            self._program.kill()
            self._program = None

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Ask the database itself."""
        with self._connect(NAME) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def session(self) -> psycopg.Connection[dict[str, Any]]:
        """Open a session of one's own, in a transaction until it is committed or closed."""
        return self._connect(NAME)

    def create(self) -> Self:
        """Make the data folder, and in it the database of a Keycloak."""
        command = [_program("initdb"), "-D", str(self.folder / "data"), "-U", "postgres"]
        run_as(ACCOUNT, [*command, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        self.start()
        with self._connect("postgres") as connection:
            connection.autocommit = True
            connection.execute(f"CREATE ROLE {NAME} LOGIN")
            connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")
        with self._connect(NAME) as connection:
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}" AUTHORIZATION {NAME}')
        return self

    def _connect(self, database: str) -> psycopg.Connection[dict[str, Any]]:
        return psycopg.connect(
            host=HOST,
            port=self.port,
            dbname=database,
            user="postgres",
            options=f'-c search_path="{self.schema}"',  # as Keycloak's own connections have it not
            row_factory=dict_row,
        )

    def _answers(self) -> bool:
        """Ask it: it listens before it has recovered from a crash."""
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        if self._program:
            self._program.stop(how=how)
            self._program = None


@contextmanager
def running_postgres(schema: str = PUBLIC) -> Iterator[PostgreSQL]:
    """Start a PostgreSQL with an empty database; it ends with the test, and its data with it.

    Args:
        schema: in which Keycloak shall keep its tables.

    Raises:
        DevError: it is not installed, or does not come up.
    """
    with folder_of(ACCOUNT) as folder:
        server = PostgreSQL(folder, free_port(), schema)
        try:
            yield server.create()
        finally:
            server.kill()


def _program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return program(name, "postgresql", *installed)
