"""Owns a MariaDB of the tests' own on loopback, with the isolation and the collation that its users have."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import pymysql
from pymysql.cursors import DictCursor

from dev.ports import HOST, free_port
from dev.processes import RunningProgram
from tests.services.accounts import as_account, folder_of, is_root, program, run_as
from tests.services.starting import listens, wait_until_up

ACCOUNT = "mysql"
NAME = "keycloak"
CONNECTIONS = 400
START_SECONDS = 60.0


@dataclass
class MariaDB:
    """A server with one empty database."""

    folder: Path
    port: int
    _program: RunningProgram | None = None

    name = "mariadb"

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells a Keycloak to keep its data here."""
        return {
            "KC_DB": "mariadb",
            "KC_DB_URL": f"jdbc:mariadb://{HOST}:{self.port}/{NAME}",
            "KC_DB_USERNAME": NAME,
            "KC_DB_PASSWORD": NAME,
        }

    def start(self) -> None:
        """Start it and return when it takes connections.

        Raises:
            DevError: it does not come up; then its last log lines.
        """
        command = [
            *(_program("mariadbd"), "--no-defaults", f"--datadir={self.folder / 'data'}"),
            *(f"--port={self.port}", f"--bind-address={HOST}", f"--socket={self.folder / 'socket'}"),
            *(f"--pid-file={self.folder / 'pid'}", f"--max-connections={CONNECTIONS}"),
            "--debug-no-sync",  # servers crash here, the machine does not
        ]
        self._program = RunningProgram(
            as_account(ACCOUNT, command), log=self.folder / "mariadb.log", environment={}
        )
        # Not asked by its driver, which leaves an open socket behind where nobody listens.
        wait_until_up("MariaDB", self._program, partial(listens, self.port), START_SECONDS)

    def kill(self) -> None:
        """End it without a word."""
        if self._program:
            self._program.kill()
            self._program = None

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Ask the database itself."""
        with self.session() as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def session(self) -> "pymysql.Connection[DictCursor]":
        """Open a session of one's own, in a transaction until it is committed or closed."""
        return self._connect(NAME, user=NAME, password=NAME)

    def create(self) -> Self:
        """Make the data folder, and in it the database of a Keycloak, as Keycloak's guide wants it."""
        command = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={self.folder / 'data'}"]
        own = [f"--user={ACCOUNT}"] if is_root() else []
        run_as(ACCOUNT, [*command, "--auth-root-authentication-method=normal", "--skip-test-db", *own])
        self.start()
        with self._connect(None) as root, root.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
            cursor.execute(f"CREATE USER {NAME} IDENTIFIED BY '{NAME}'")
            cursor.execute(f"GRANT ALL ON {NAME}.* TO {NAME}")
        return self

    def _connect(
        self, database: str | None, *, user: str = "root", password: str = ""
    ) -> "pymysql.Connection[DictCursor]":
        return pymysql.connect(
            unix_socket=str(self.folder / "socket"),
            user=user,
            password=password,
            database=database,
            cursorclass=DictCursor,
        )


@contextmanager
def running_mariadb() -> Iterator[MariaDB]:
    """Start a MariaDB with an empty database; it ends with the test, and its data with it.

    Raises:
        DevError: it is not installed, or does not come up.
    """
    with folder_of(ACCOUNT) as folder:
        server = MariaDB(folder, free_port())
        try:
            yield server.create()
        finally:
            server.kill()


def _program(name: str) -> str:
    return program(name, "mariadb-server", Path("/usr/sbin"), Path("/usr/bin"))
