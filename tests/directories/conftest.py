"""Owns the fixtures of the directory tests: one directory for the run, a company for each mode."""

from collections.abc import Callable, Iterator

import pytest

from tests.directories.companies import MODES, Company, Founding, Mode
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm
from tests.integration.sidecars import Sidecar, running_sidecar
from tests.services.slapd import Directory, running_slapd


@pytest.fixture(scope="session")
def directory() -> Iterator[Directory]:
    """The directory of the run."""
    with running_slapd() as running:
        yield running


@pytest.fixture(scope="session", params=MODES, ids=str)
def mode(request: pytest.FixtureRequest) -> Mode:
    """Each way to link a directory in turn."""
    chosen: Mode = request.param
    return chosen


@pytest.fixture(scope="session")
def company(keycloak: Keycloak, directory: Directory, mode: Mode) -> Iterator[Company]:
    """A company whose directory is linked so, and whose realm is prepared."""
    realm = Realm(keycloak, adminEventsEnabled=True, adminEventsDetailsEnabled=True)
    realm.prepare()
    yield Company(realm, directory, mode)
    realm.delete()


@pytest.fixture(scope="session")
def office(company: Company) -> Iterator[Sidecar]:
    """The sidecar of that company."""
    with running_sidecar(company.realm) as running:
        yield running


@pytest.fixture
def company_of_its_own(
    fresh_realm: Realm, directory: Directory, sidecar_of: Callable[[Realm], Sidecar]
) -> Founding:
    """Found a company whose link to the directory a test may break."""

    def found(mode: Mode) -> tuple[Company, Sidecar]:
        return Company(fresh_realm, directory, mode), sidecar_of(fresh_realm)

    return found
