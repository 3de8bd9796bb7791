"""Owns the choice of the database that a Keycloak of the tests keeps its data in; knows no Keycloak."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, Protocol

from tests.services.mariadb import running_mariadb
from tests.services.postgres import running_postgres


class Database(Protocol):
    """A database server of the tests' own."""

    name: str

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells a Keycloak to keep its data here."""

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Ask the database itself."""

    def session(self) -> Any:  # noqa: ANN401 - a connection as its driver has it, by PEP 249
        """Open a session of one's own, in a transaction until it is committed or closed."""


EMBEDDED = "h2"
SCHEMA = "key-cloak"  # not PostgreSQL's own, and in SQL a name in quotes
_STARTERS: dict[str, Callable[[], AbstractContextManager[Database | None]]] = {
    EMBEDDED: nullcontext,
    "postgres": partial(running_postgres, SCHEMA),
    "mariadb": running_mariadb,
}
VENDORS = tuple(_STARTERS)


@contextmanager
def running_database(vendor: str) -> Iterator[Database | None]:
    """Start a database server; None for the one that is part of Keycloak.

    Raises:
        DevError: it is not installed, or does not come up.
    """
    with _STARTERS[vendor]() as database:
        yield database
