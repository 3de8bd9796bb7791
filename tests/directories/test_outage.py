"""The directory is away, or refuses Keycloak's login to it: what is served, and what is there afterwards."""

import pytest

from tests.directories.companies import IMPORTING, MODES, OUTSIDE, Founding, Mode, written
from tests.integration.problems import assert_problem

# What Keycloak says of a name while the directory that may have it is away.
NAMES = ("nobody", "nobody@example.com")


@pytest.mark.parametrize("mode", IMPORTING, ids=str)
def test_imported_users_are_served_while_their_directory_is_away(
    company_of_its_own: Founding, mode: Mode
) -> None:
    """By id, username and e-mail, read and written, cached by Keycloak or not; and all of it stays."""
    company, office = company_of_its_own(mode)
    amara = written(company, office)

    with company.directory.away():
        company.realm.admin.clear_user_cache()
        for number, name in enumerate((amara.id, amara.username, amara.email)):
            assert office.put(name, f"key-{number}", number).status_code == 201
            assert office.entries(name)["theme"] == "Dark"
        for name in NAMES:
            assert_problem(office.read(name), "user_not_found")
            assert_problem(office.put(name, "theme", "Dark"), "user_not_found")
        assert company.refuses(amara)

    expected = {"theme": "Dark", "key-0": 0, "key-1": 1, "key-2": 2}
    assert office.entries(amara) == expected
    company.synchronise()
    assert company.known(amara).id == amara.id
    assert office.entries(amara) == expected
    assert company.realm.login(amara).access["metadata_theme"] == "Dark"


@pytest.mark.parametrize("mode", OUTSIDE, ids=str)
def test_users_outside_are_told_to_be_out_of_reach(company_of_its_own: Founding, mode: Mode) -> None:
    """By id it is said that the directory is away; nothing is stored, and all is there when it is back."""
    company, office = company_of_its_own(mode)
    amara = written(company, office)

    with company.directory.away():
        company.realm.admin.clear_user_cache()
        for answer in (
            office.read(amara),
            office.put(amara, "theme", "Light"),
            office.delete(amara, "theme"),
        ):
            assert_problem(answer, "directory_unavailable")
        # Keycloak itself takes a directory that is away for one that does not have the name.
        for name in (*NAMES, amara.username):
            assert_problem(office.read(name), "user_not_found")
            assert_problem(office.put(name, "theme", "Light"), "user_not_found")
        assert company.refuses(amara)

    assert office.entries(amara) == {"theme": "Dark"}
    assert company.realm.login(amara).access["metadata_theme"] == "Dark"


@pytest.mark.parametrize("mode", [IMPORTING[0], *OUTSIDE], ids=str)
def test_a_directory_that_hangs_is_one_that_is_away(company_of_its_own: Founding, mode: Mode) -> None:
    """With the link's timeouts set, imported users are served, whoever else is asked for is out of reach."""
    company, office = company_of_its_own(mode)
    amara = written(company, office)

    company.configure(connectionTimeout="500", readTimeout="500")

    with company.directory.frozen():
        company.realm.admin.clear_user_cache()
        if mode.imports:
            assert office.entries(amara) == {"theme": "Dark"}
            assert office.put(amara, "theme", "Light").status_code == 200
        else:
            assert_problem(office.read(amara), "directory_unavailable")
            assert_problem(office.put(amara, "theme", "Light"), "directory_unavailable")
        assert_problem(office.read("nobody"), "directory_unavailable")

    company.configure()
    company.realm.admin.clear_user_cache()
    assert office.entries(amara) == {"theme": "Light" if mode.imports else "Dark"}


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_a_link_that_is_switched_off_loses_nothing(company_of_its_own: Founding, mode: Mode) -> None:
    """Meanwhile imported users cannot log in, and are read and written; the others are not there."""
    company, office = company_of_its_own(mode)
    amara = written(company, office)

    company.configure(enabled="false")
    company.realm.admin.clear_user_cache()

    assert company.refuses(amara)
    for name in (amara.id, amara.username):
        if mode.imports:
            assert office.put(name, "theme", "Dim", profile_claim=True).status_code == 200
            assert office.entries(name) == {"theme": "Dim"}
        else:
            assert_problem(office.read(name), "user_not_found")
            assert_problem(office.put(name, "theme", "Dim"), "user_not_found")
    company.configure()
    expected = "Dim" if mode.imports else "Dark"
    assert office.entries(amara) == {"theme": expected}
    assert company.realm.login(amara).access["metadata_theme"] == expected


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_nobody_is_lost_to_a_wrong_bind_password(company_of_its_own: Founding, mode: Mode) -> None:
    """A synchronisation that the directory refuses removes nobody, and nobody comes back as somebody else."""
    company, office = company_of_its_own(mode)
    amara = written(company, office)

    company.configure(bindCredential="wrong")
    company.synchronise()
    company.realm.admin.clear_user_cache()
    if mode.imports:
        assert office.entries(amara) == {"theme": "Dark"}
    else:
        assert_problem(office.read(amara), "directory_unavailable")
    assert_problem(office.read("nobody"), "user_not_found")
    company.configure()
    company.synchronise()

    assert company.known(amara).id == amara.id
    assert office.entries(amara) == {"theme": "Dark"}
    assert company.realm.login(amara).access["metadata_theme"] == "Dark"
