"""A realm is exported and imported into an empty Keycloak, restarted there, and its user deleted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev import extension
from dev.ports import free_port
from dev.server import ServerOptions
from keycloak_user_metadata.realm import ATTRIBUTE
from tests.integration.commands import Outcome, of, user_metadata
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.problems import assert_problem
from tests.integration.profiles import Standing, standing
from tests.integration.sidecars import running_sidecar
from tests.services.postgres import running_postgres
from tests.versions.belongings import Belongings, Sight

pytestmark = pytest.mark.timeout(900)  # the first test waits for four starts, an export and an import


@dataclass(frozen=True)
class Move:
    """What was seen before the move, after it, and after a restart there."""

    before: Sight
    after: Sight
    check: Outcome
    restarted: Sight


@dataclass(frozen=True)
class Moved:
    """A realm in its new Keycloak, which runs."""

    belongings: Belongings
    move: Move


@pytest.fixture(scope="module")
def moved(run_folder: Path) -> Iterator[Moved]:
    """Export from one Keycloak, import into another of an empty database, which takes over the address."""
    extension.build()
    files, port = run_folder / "exported", free_port()
    with running_postgres() as old_database, running_postgres() as new_database:
        old, new = (
            own_keycloak(run_folder / name, ServerOptions(environment=database.environment, http_port=port))
            for name, database in (("old", old_database), ("new", new_database))
        )
        with old:
            belongings = Belongings.of_a_new_realm(Keycloak.of(old, old_database))
            before, realm = belongings.see(), belongings.realm
        old.run("export", "--optimized", "--realm", realm.name, "--users", "realm_file", "--dir", str(files))

        realm.keycloak = Keycloak.of(new, new_database)
        new.run("import", "--optimized", "--dir", str(files))
        with new:
            belongings.session = realm.login(belongings.jane)  # sessions stay behind
            after, check = belongings.see(), user_metadata("check", **of(realm))
        with new:
            restarted = belongings.see()
            yield Moved(belongings, Move(before, after, check, restarted))
        realm.http.close()


def test_metadata_moves_with_its_realm(moved: Moved) -> None:
    """Entries, entity tags and claims are what they were, and nothing has to be set up anew."""
    assert moved.move.after == moved.move.before
    assert (moved.move.check.code, moved.move.check.failed) == (0, [])


def test_metadata_outlasts_a_restart(moved: Moved) -> None:
    """The same after a restart, in a session from before it."""
    assert moved.move.restarted == moved.move.before


def test_a_deleted_user_leaves_nothing_behind(moved: Moved) -> None:
    """Not a row is left, and who is given the name again begins with nothing."""
    realm, jane = moved.belongings.realm, moved.belongings.jane
    database = realm.keycloak.database
    assert database is not None
    count = "SELECT count(*) AS rows FROM USER_ATTRIBUTE WHERE NAME = %s"
    before = database.rows(count, ATTRIBUTE)

    with running_sidecar(realm) as sidecar:
        del realm.admin  # the login of the old Keycloak's administrator
        realm.admin.delete_user(jane.id)
        after = database.rows(count, ATTRIBUTE)
        namesake = realm.user("jane")

        assert (before, after) == ([{"rows": 1}], [{"rows": 0}])
        assert_problem(sidecar.read(jane.id), "user_not_found")
        assert standing(sidecar, namesake) == Standing('"0"', {"metadata": []}, {})
