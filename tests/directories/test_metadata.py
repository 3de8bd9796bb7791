"""People of a directory have metadata like anybody else, from the first contact on."""

from collections import Counter
from functools import partial

import pytest

from tests.directories.companies import Company
from tests.integration.crowds import at_once, crowd
from tests.integration.events import events_of, keys_in
from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.problems import assert_problem
from tests.integration.rows import stored
from tests.integration.sidecars import Sidecar

CLIENTS = 20
NEWCOMERS = 8  # so many that some look-up meets an import which another overtakes


@pytest.mark.parametrize("named_by", ["username", "email"])
def test_the_first_contact_of_all_is_a_write(company: Company, office: Sidecar, named_by: str) -> None:
    """An entry for somebody Keycloak has never seen is in the tokens of the first login ever."""
    amara = company.person()

    answer = office.put(getattr(amara, named_by), "theme", "Dark", profile_claim=True)
    first = company.realm.login(amara)

    assert answer.status_code == 201, answer.text
    assert metadata_everywhere(company.realm, first) == in_every_place({"metadata_theme": "Dark"})


def test_the_first_contact_of_all_is_twenty_writers(company: Company, office: Sidecar) -> None:
    """Writers at once of somebody Keycloak has never seen, who each make it import them, lose nothing."""
    people = [company.person() for _ in range(NEWCOMERS)]

    with crowd(CLIENTS, office) as clients:
        for amara in people:
            answers = at_once(
                [partial(client.put, amara.username, f"key-{n}", n) for n, client in enumerate(clients)]
            )

            assert Counter(answer.status_code for answer in answers) == {201: CLIENTS}
            assert office.entries(amara.username) == {f"key-{n}": n for n in range(CLIENTS)}
            assert office.read(amara.username).headers["ETag"] == f'"{CLIENTS}"'


def test_writers_of_somebody_known_lose_nothing(company: Company, office: Sidecar) -> None:
    """Rounds of writers at once, by id, each replaces its own entry, in one row."""
    amara = company.known(company.person())

    with crowd(CLIENTS, office) as clients:
        for turn in range(3):
            answers = at_once(
                [partial(client.put, amara, f"key-{n}", [turn, n]) for n, client in enumerate(clients)]
            )
            assert all(answer.is_success for answer in answers)
            assert office.entries(amara) == {f"key-{n}": [turn, n] for n in range(CLIENTS)}

    assert office.read(amara).headers["ETag"] == f'"{3 * CLIENTS}"'
    if company.mode.imports:  # the others have no row in Keycloak's table of users
        assert len(stored(company.realm, amara)[0]) == 1


def test_every_way_to_write_works(company: Company, office: Sidecar) -> None:
    """Create, overwrite, merge, try out, replace and delete, with and without conditions."""
    amara = company.known(company.person())

    created = office.put(amara, "theme", "Light", headers={"If-None-Match": "*"})
    stale = office.put(amara, "theme", "Dim", headers={"If-None-Match": "*"})
    changed = office.put(amara, "theme", "Dark", headers={"If-Match": created.headers["ETag"]})
    merged = office.patch(amara, {"plan": {"value": {"seats": 3}}})
    tried = office.request("PUT", f"/api/user/{amara.id}/metadata?dryRun=true", json={"metadata": []})
    unmoved = office.entries(amara)
    replaced = office.replace(amara, [{"key": "plan", "value": "trial", "profileClaim": True}])
    deleted = office.delete(amara, "plan")

    assert (created.status_code, changed.status_code, merged.status_code) == (201, 200, 200)
    assert_problem(stale, "precondition_failed")
    assert (tried.status_code, tried.json()["dryRun"]) == (200, True)
    assert unmoved == {"theme": "Dark", "plan": {"seats": 3}}
    assert [entry["key"] for entry in replaced.json()["metadata"]] == ["plan"]
    assert deleted.status_code == 204
    assert office.entries(amara) == {}


def test_each_change_is_one_event(company: Company, office: Sidecar) -> None:
    """The audit names the keys, as for anybody else."""
    amara = company.known(company.person())

    office.put(amara, "theme", "Light")
    office.replace(amara, [{"key": "plan", "value": "trial"}])

    assert [keys_in(event) for event in events_of(company.realm, amara)] == [
        {"added": ["theme"]},
        {"added": ["plan"], "removed": ["theme"]},
    ]


def test_id_username_and_email_name_the_same_person(company: Company, office: Sidecar) -> None:
    """However somebody is named, it is one document."""
    amara = company.known(company.person())
    office.put(amara, "theme", "Dark")

    for name in (amara.id, amara.username, amara.email, amara.username.upper()):
        assert office.entries(name) == {"theme": "Dark"}, name
    assert_problem(office.read(f"{amara.username}-nobody"), "user_not_found")
    assert_problem(office.put(f"{amara.username}-nobody", "theme", "Dark"), "user_not_found")
