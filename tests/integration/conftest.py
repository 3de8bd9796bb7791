"""Owns the fixtures that several modules here share, and that start only when one of them runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.server import ServerOptions
from tests.integration.certificates import Tls
from tests.integration.discretion import SECRET, kept_out_of_logs
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.profiles import set_policy
from tests.integration.realms import Realm, User
from tests.integration.secured import Secured
from tests.integration.sidecars import Sidecar


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
