"""Owns the fixtures: one Keycloak for the run, a prepared realm, its sidecar; integration/ has the pieces."""

import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from dev import FOLDER, extension
from dev.server import KeycloakServer, ServerOptions
from tests.integration.certificates import Tls
from tests.integration.distant import distant, issuer_of
from tests.integration.keycloaks import Keycloak, own_keycloak, running_keycloak
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, running_sidecar
from tests.services.databases import EMBEDDED, VENDORS, Database, running_database

LOG = pytest.StashKey[tuple[Keycloak, int]]()
LOG_CHARACTERS = 8000


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """A folder of this run, beside the Keycloak release so that homes are made of hard links."""
    folder = FOLDER / "tests" / str(os.getpid())
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    shutil.rmtree(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line choose the database."""
    choice = f"what the Keycloaks of the run keep their data in; by default {EMBEDDED}, which is embedded"
    parser.addoption("--database", choices=VENDORS, default=EMBEDDED, help=choice)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a choice that cannot be had."""
    vendor = config.getoption("database")
    if vendor != EMBEDDED and os.environ.get("KEYCLOAK_URL"):
        message = f"KEYCLOAK_URL names a Keycloak that runs already: it cannot be given --database={vendor}."
        raise pytest.UsageError(message)


@pytest.fixture(scope="session")
def database_vendor(pytestconfig: pytest.Config) -> str:
    """The kind of database that the Keycloaks of the run keep their data in."""
    vendor: str = pytestconfig.getoption("database")
    return vendor


@pytest.fixture(scope="session")
def keycloak(run_folder: Path, database_vendor: str) -> Iterator[Keycloak]:
    """The Keycloak of the run: at KEYCLOAK_URL, else in a container, else of the distribution. Never none."""
    with (
        running_database(database_vendor) as database,
        running_keycloak(run_folder / "keycloak", database) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def realm(keycloak: Keycloak) -> Iterator[Realm]:
    """A prepared realm for all tests that only need users of their own."""
    with _prepared(keycloak) as shared:
        yield shared


@pytest.fixture
def fresh_realm(keycloak: Keycloak) -> Iterator[Realm]:
    """A prepared realm of the test's own, to change as it likes."""
    with _prepared(keycloak) as own:
        yield own


@pytest.fixture
def bare_realm(keycloak: Keycloak) -> Iterator[Realm]:
    """A realm as Keycloak makes it, not prepared."""
    with _realm(keycloak) as own:
        yield own


@pytest.fixture(scope="session")
def sidecar(realm: Realm) -> Iterator[Sidecar]:
    """The sidecar of the shared realm, called by an application that may manage metadata."""
    with running_sidecar(realm) as running:
        yield running


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
def sidecar_of() -> Iterator[Callable[..., Sidecar]]:
    """Start a sidecar of another realm, or with other settings; it ends with the test."""
    with ExitStack() as running:

        def start(realm: Realm, **settings: Any) -> Sidecar:  # noqa: ANN401 - as Settings takes them
            return running.enter_context(running_sidecar(realm, **settings))

        yield start


@pytest.fixture
def keycloak_of_its_own(run_folder: Path) -> Iterator[Callable[..., KeycloakServer]]:
    """Start another Keycloak, to be stopped or run in its own way; it ends with the test."""
    with ExitStack() as running:

        def start(options: ServerOptions | None = None) -> KeycloakServer:
            folder = run_folder / f"keycloak-{len(list(run_folder.iterdir()))}"
            return running.enter_context(own_keycloak(folder, options))

        yield start


@pytest.fixture(scope="session")
def _open_sidecar(keycloak: Keycloak) -> Iterator[Sidecar]:
    events = {"adminEventsEnabled": True, "adminEventsDetailsEnabled": True}
    with _realm(keycloak, registrationAllowed=True, **events) as shared:
        shared.prepare(attach_to=["account-console"])
        with running_sidecar(shared) as running:
            yield running


@pytest.fixture
def open_sidecar(_open_sidecar: Sidecar) -> Iterator[Sidecar]:
    """The sidecar of a shared realm whose user profile a test may change: it is put back."""
    admin = _open_sidecar.realm.admin
    profile = admin.get_realm_users_profile()
    yield _open_sidecar
    admin.update_realm_users_profile(profile)


@pytest.fixture
def open_realm(open_sidecar: Sidecar) -> Realm:
    """The realm of that sidecar: it takes registrations and records admin events."""
    return open_sidecar.realm


@pytest.fixture
def jane(realm: Realm) -> User:
    """A user of the shared realm whom no other test knows."""
    return realm.user()


@pytest.fixture
def someone(realm: Realm) -> User:
    """Such a user without a password, which takes time to hash: for tests in which nobody logs in."""
    return realm.user(credentials=[])


@pytest.fixture(autouse=True)
def _remember_log(request: pytest.FixtureRequest) -> None:
    """Note how long Keycloak's log is, for a failing test to show what came after."""
    if "keycloak" in request.fixturenames:
        keycloak: Keycloak = request.getfixturevalue("keycloak")
        request.node.stash[LOG] = (keycloak, len(keycloak.log_text()))


def pytest_sessionstart() -> None:
    """End in order when told to end: what the fixtures started must not stay behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what Keycloak logged during the test."""
    report = yield
    if report.failed and call.when == "call" and (noted := item.stash.get(LOG, None)):
        keycloak, length = noted
        report.sections.append(("Keycloak's log", keycloak.log_text()[length:][-LOG_CHARACTERS:]))
    return report


@contextmanager
def _prepared(keycloak: Keycloak) -> Iterator[Realm]:
    with _realm(keycloak) as realm:
        realm.prepare()
        yield realm


@contextmanager
def _realm(keycloak: Keycloak, **representation: Any) -> Iterator[Realm]:  # noqa: ANN401 - JSON
    realm = Realm(keycloak, **representation)
    yield realm
    realm.delete()
