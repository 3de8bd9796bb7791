"""Owns the fixtures that several modules here share, and that start only when one of them runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev import extension
from dev.server import KeycloakServer, ServerOptions
from tests.integration.certificates import Tls
from tests.integration.discretion import SECRET, kept_out_of_logs
from tests.integration.distant import distant, issuer_of
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.profiles import set_policy
from tests.integration.realms import Realm, User
from tests.integration.secured import Secured
from tests.integration.sidecars import Sidecar, running_sidecar
from tests.services.databases import Database, running_database


@pytest.fixture(scope="session")
def distant_tls(run_folder: Path) -> Tls:
    """By what the distant Keycloak speaks TLS, besides plain http."""
    return Tls.issue(run_folder / "distant")


@pytest.fixture(scope="session")
def distant_database(database_vendor: str) -> Iterator[Database | None]:
    """What the distant Keycloak keeps its data in; None for what is part of Keycloak."""
    with running_database(database_vendor) as database:
        yield database


@pytest.fixture(scope="session")
def distant_keycloak(
    run_folder: Path, distant_tls: Tls, distant_database: Database | None
) -> Iterator[KeycloakServer]:
    """A Keycloak behind a public address, with few database connections; who stops it starts it again."""
    extension.build()
    with own_keycloak(run_folder / "distant", distant(distant_tls, distant_database)) as server:
        yield server


@pytest.fixture(scope="module")
def distant_realm(distant_keycloak: KeycloakServer, distant_database: Database | None) -> Iterator[Realm]:
    """A prepared realm there, for one module; never deleted, since its Keycloak may be away by then."""
    realm = Realm(Keycloak.of(distant_keycloak, distant_database))
    realm.prepare()
    yield realm
    realm.http.close()


@pytest.fixture(scope="module")
def distant_sidecar(distant_realm: Realm) -> Iterator[Sidecar]:
    """The sidecar of that realm."""
    with running_sidecar(distant_realm, issuer=issuer_of(distant_realm)) as running:
        yield running


@pytest.fixture
def discreet(caplog: pytest.LogCaptureFixture, keycloak: Keycloak, sidecar: Sidecar) -> Iterator[None]:
    """Neither log holds what was sent, nor the token."""
    with kept_out_of_logs(caplog, keycloak, SECRET, sidecar.token):
        yield


@pytest.fixture
def _under_the_policy(open_realm: Realm, policy: str | None) -> None:
    """Let the realm have the policy that the test is given for attributes that are not declared."""
    set_policy(open_realm, policy)


@pytest.fixture
def open_jane(open_realm: Realm, open_sidecar: Sidecar) -> User:
    """A user of the open realm with an entry of either kind."""
    jane = open_realm.user()
    open_sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
    open_sidecar.put(jane, "note", "hers")
    return jane


@pytest.fixture(scope="session")
def secured(run_folder: Path) -> Iterator[Secured]:
    """A Keycloak below /auth without the extension: its relative path takes a build of its own."""
    tls = Tls.issue(run_folder / "secured")
    options = ServerOptions(path="/auth", extension=False, options=tls.options)
    with own_keycloak(run_folder / "secured", options) as server:
        yield Secured(Keycloak.of(server), tls.port, tls.authority)
