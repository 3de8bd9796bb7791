"""Owns the fixtures that several modules here share, and that start only when one of them runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev import extension
from dev.server import KeycloakServer, ServerOptions
from tests.integration.keycloaks import own_keycloak

SMALL_POOL = ("--db-pool-initial-size=20", "--db-pool-min-size=20", "--db-pool-max-size=20")
ACCESS_LOG = "--http-access-log-enabled=true"


@pytest.fixture(scope="session")
def small_keycloak(run_folder: Path) -> Iterator[KeycloakServer]:
    """A Keycloak with few database connections, which logs every request; who stops it starts it again."""
    extension.build()
    with own_keycloak(run_folder / "small", ServerOptions(options=(*SMALL_POOL, ACCESS_LOG))) as server:
        yield server
