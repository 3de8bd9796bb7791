"""Owns the fixtures that several modules here share, and that start only when one of them runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev import extension
from dev.server import KeycloakServer, ServerOptions
from tests.integration.certificates import Tls
from tests.integration.distant import distant
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.secured import Secured


@pytest.fixture(scope="session")
def distant_tls(run_folder: Path) -> Tls:
    """By what the distant Keycloak speaks TLS, besides plain http."""
    return Tls.issue(run_folder / "distant")


@pytest.fixture(scope="session")
def distant_keycloak(run_folder: Path, distant_tls: Tls) -> Iterator[KeycloakServer]:
    """A Keycloak behind a public address, with few database connections; who stops it starts it again."""
    extension.build()
    with own_keycloak(run_folder / "distant", distant(distant_tls)) as server:
        yield server


@pytest.fixture(scope="session")
def secured(run_folder: Path) -> Iterator[Secured]:
    """A Keycloak below /auth without the extension: its relative path takes a build of its own."""
    tls = Tls.issue(run_folder / "secured")
    options = ServerOptions(path="/auth", extension=False, options=tls.options)
    with own_keycloak(run_folder / "secured", options) as server:
        yield Secured(Keycloak.of(server), tls.port, tls.authority)
