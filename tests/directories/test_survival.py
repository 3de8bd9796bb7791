"""What befalls people in their directory, and what becomes of their metadata."""

import pytest

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.directories.companies import IMPORTING, MODES, OUTSIDE, Company, Founding, Mode, written
from tests.integration.problems import assert_problem
from tests.integration.realms import User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in


def assert_kept(company: Company, office: Sidecar, amara: User) -> None:
    """Assert that the entry is there, and in the tokens of a new login."""
    answer = office.read(amara)
    assert answer.json()["metadata"] == [{"key": "theme", "value": "Dark", "profileClaim": True}]
    assert answer.headers["ETag"] == '"1"'
    assert metadata_in(company.realm.login(amara).access) == {"metadata_theme": "Dark"}


@pytest.mark.parametrize("changed_only", [False, True], ids=["all", "changed"])
def test_metadata_outlives_synchronisation(company: Company, office: Sidecar, *, changed_only: bool) -> None:
    """Keycloak reads the directory again, and somebody has changed there."""
    amara = written(company, office)
    company.synchronise(changed_only=changed_only)
    company.directory.change(company.unit, amara.username, givenName="Ama", sn="Roe")

    company.synchronise(changed_only=changed_only)

    company.realm.admin.clear_user_cache()
    assert company.realm.admin.get_user(amara.id)["lastName"] == "Roe"
    assert_kept(company, office, amara)


def test_keycloaks_own_administration_neither_shows_nor_loses_it(company: Company, office: Sidecar) -> None:
    """What an administrator's tool reads of somebody, and writes back, is without it."""
    amara = written(company, office)

    shown = company.realm.admin.get_user(amara.id)
    company.realm.admin.update_user(amara.id, shown)

    assert ATTRIBUTE not in shown.get("attributes", {})
    assert_kept(company, office, amara)


def test_metadata_outlives_a_new_password_and_login(company: Company, office: Sidecar) -> None:
    """Somebody logs in, changes the password in the directory, and logs in again."""
    amara = written(company, office)
    company.realm.login(amara)
    company.directory.change(company.unit, amara.username, userPassword="another one")

    assert_kept(company, office, User(amara.id, amara.username, amara.email, "another one"))


@pytest.mark.parametrize("mode", IMPORTING, ids=str, indirect=True)
@pytest.mark.parametrize("meets_first", ["login", "write", "synchronisation"])
def test_metadata_outlives_a_rename_where_users_are_imported(
    company: Company, office: Sidecar, meets_first: str
) -> None:
    """Under the new name it is the same person, whoever meets it first."""
    amara = written(company, office)

    renamed = company.rename(amara)

    match meets_first:
        case "login":
            company.realm.login(renamed)
        case "write":
            assert office.put(renamed.username, "theme", "Dark", profile_claim=True).status_code == 200
        case _:
            company.synchronise()
    assert_kept(company, office, renamed)
    assert_problem(office.read(amara.username), "user_not_found")


@pytest.mark.parametrize("mode", OUTSIDE, ids=str, indirect=True)
def test_without_import_a_name_is_the_person(company: Company, office: Sidecar) -> None:
    """Renamed, somebody starts anew; whoever gets the old name gets the old metadata: so the README says."""
    amara = written(company, office)

    renamed = company.rename(amara)
    heir = company.person(amara.username)

    assert office.entries(renamed.username) == {}
    assert office.entries(heir.username) == {"theme": "Dark"}


@pytest.mark.parametrize("mode", IMPORTING, ids=str)
def test_metadata_outlives_the_end_of_the_link(company_of_its_own: Founding, mode: Mode) -> None:
    """Unlinked, people are Keycloak's own, with all they had."""
    company, office = company_of_its_own(mode)
    amara = written(company, office)

    company.of_the_link("unlink-users")

    assert office.entries(amara) == {"theme": "Dark"}
    assert office.put(amara, "theme", "Light").status_code == 200


@pytest.mark.parametrize("mode", IMPORTING, ids=str)
def test_removing_imported_users_removes_their_metadata(company_of_its_own: Founding, mode: Mode) -> None:
    """Imported anew, somebody has a new id and no entries."""
    company, office = company_of_its_own(mode)
    amara = written(company, office)

    company.of_the_link("remove-imported-users")

    assert office.entries(amara.username) == {}
    assert company.known(amara).id != amara.id


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_deleting_the_link_removes_people_and_metadata(company_of_its_own: Founding, mode: Mode) -> None:
    """Without the link nobody is there; linked anew, they start without entries."""
    company, office = company_of_its_own(mode)
    amara = written(company, office)

    company.realm.admin.delete_component(company.link)

    assert_problem(office.read(amara), "user_not_found")
    assert_problem(office.read(amara.username), "user_not_found")
    Company.__init__(company, company.realm, company.directory, mode)
    again = company.person()
    assert office.entries(again.username) == {}


@pytest.mark.parametrize("mode", IMPORTING, ids=str)
@pytest.mark.parametrize("removes", [True, False], ids=["removing", "not removing"])
def test_an_entry_that_vanishes_for_a_moment(
    company_of_its_own: Founding, mode: Mode, *, removes: bool
) -> None:
    """Keycloak deletes its copy, and the metadata with it, unless the link has that switched off."""
    company, office = company_of_its_own(mode)
    company.configure(removeInvalidUsersEnabled=str(removes).lower())
    amara = written(company, office)

    company.directory.remove(company.unit, amara.username)
    company.realm.admin.clear_user_cache()
    office.read(amara)

    company.person(amara.username)
    company.realm.admin.clear_user_cache()
    assert office.entries(amara.username) == ({} if removes else {"theme": "Dark"})
