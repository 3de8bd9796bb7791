"""Owns the fixtures that several modules here share, and that start only when one of them runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev import extension
from dev.server import KeycloakServer
from tests.integration.distant import DISTANT
from tests.integration.keycloaks import own_keycloak


@pytest.fixture(scope="session")
def distant_keycloak(run_folder: Path) -> Iterator[KeycloakServer]:
    """A Keycloak behind a public address, with few database connections; who stops it starts it again."""
    extension.build()
    with own_keycloak(run_folder / "distant", DISTANT) as server:
        yield server
