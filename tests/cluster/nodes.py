"""Owns two Keycloak nodes on one PostgreSQL, a cluster as an operator runs it; asserts nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev import extension
from dev.ports import HOST, free_port
from dev.server import KeycloakServer, ServerOptions
from tests.integration.keycloaks import own_keycloak
from tests.services.postgres import PostgreSQL, running_postgres

HEAP = "-Xms128m -Xmx512m"


@dataclass(frozen=True)
class Cluster:
    """Two nodes that know of each other, their database, and the one issuer of their tokens."""

    database: PostgreSQL
    one: KeycloakServer
    other: KeycloakServer
    address: str


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a database and two nodes; they end with the tests.

    Raises:
        DevError: PostgreSQL is not installed, or one of them does not come up.
    """
    extension.build()
    with ExitStack() as running:
        database = running.enter_context(running_postgres())
        # What a proxy in front of the nodes would be reached by; nothing listens there.
        address = f"http://{HOST}:{free_port()}"
        one, other = (
            running.enter_context(own_keycloak(folder / f"node-{name}", _options(database, address)))
            for name in ("one", "other")
        )
        yield Cluster(database, one, other, address)


def _options(database: PostgreSQL, address: str) -> ServerOptions:
    environment = {
        **database.environment,
        "KC_HTTP_ENABLED": "true",
        "KC_CACHE_EMBEDDED_NETWORK_BIND_ADDRESS": HOST,
        "KC_CACHE_EMBEDDED_NETWORK_BIND_PORT": str(free_port()),
        "JAVA_OPTS_KC_HEAP": HEAP,
    }
    return ServerOptions(command="start", hostname=address, environment=environment)
