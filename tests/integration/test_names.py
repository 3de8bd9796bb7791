"""The user in the path: by id, username or e-mail, whatever characters those hold, and never a guess."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.integration.keycloaks import Keycloak
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.routes import ROUTES
from tests.integration.sidecars import Sidecar, metadata_path, running_sidecar

pytestmark = pytest.mark.databases

# Keycloak's own validators refuse most of these, but a realm may have others.
ODD_NAMES = [
    "ops+test@example.org",
    "frau meier",
    "m#7",
    "50%off",
    "%2e%2e",
    "a&b=c",
    "ölaf",
    "corp/jdoe",
    "o'neil",
    "x;y?z",
    "back\\slash",
    'say "hi"',
    "a:b,c",
    "~tilde",
    "ключ",
]


@pytest.fixture(scope="module")
def tolerant(keycloak: Keycloak) -> Iterator[Sidecar]:
    """The sidecar of a realm that takes any username, and one e-mail address for several users."""
    realm = Realm(keycloak, duplicateEmailsAllowed=True, loginWithEmailAllowed=False)
    realm.prepare()
    profile = realm.admin.get_realm_users_profile()
    for attribute in profile["attributes"]:
        if attribute["name"] == "username":
            attribute["validations"] = {"length": {"min": 1, "max": 255}}
    realm.admin.update_realm_users_profile(profile)
    with running_sidecar(realm) as sidecar:
        yield sidecar
    realm.delete()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_is_itself(tolerant: Sidecar, name: str) -> None:
    """A username with blanks, slashes, signs or letters of any script names its user, percent-encoded."""
    user = tolerant.realm.user(name, email="", credentials=[])

    assert tolerant.put(name, "own", name).status_code == 201
    assert tolerant.entries(user.id) == {"own": name}


@pytest.mark.parametrize(
    "name", ["ops+raw@example.org", "m'raw", "a&raw=c", "x;raw", "a:raw,c", "~raw", "(raw)!$*"]
)
def test_what_a_path_may_hold_need_not_be_encoded(tolerant: Sidecar, name: str) -> None:
    """Characters that are legal in a segment may stand there as they are; a plus is a plus."""
    tolerant.realm.user(name, email="", credentials=[])
    target = f"/api/user/{name}/metadata/own".encode()

    answer = tolerant.request("PUT", "/", json={"value": 1}, extensions={"target": target})

    assert answer.status_code == 201
    assert tolerant.entries(name) == {"own": 1}


def test_a_plus_is_no_blank(tolerant: Sidecar) -> None:
    """Names that differ in plus and blank are two users, and the one that is not there is not found."""
    tolerant.realm.user("plus+blank", email="", credentials=[])
    tolerant.put("plus+blank", "own", 1)

    assert_problem(tolerant.read("plus blank"), "user_not_found")
    tolerant.realm.user("plus blank", email="", credentials=[])
    assert tolerant.entries("plus blank") == {}
    assert tolerant.entries("plus+blank") == {"own": 1}


@pytest.mark.parametrize(
    "name", ["f:", "f:x", "f:x:y", "*", "%", "_", "a" * 255, "\N{GRINNING FACE}", "null"]
)
def test_a_name_that_means_something_elsewhere_is_just_unknown(sidecar: Sidecar, name: str) -> None:
    """Patterns of a query and prefixes of a directory's ids find nobody, and break nothing."""
    assert_problem(sidecar.read(name), "user_not_found")


def test_case_makes_no_difference(realm: Realm, sidecar: Sidecar) -> None:
    """Username and e-mail in any case are one user, with one document."""
    user = realm.user("jane-case", email="jane.case@example.com", credentials=[])

    sidecar.put("Jane.Case@Example.COM", "a", 1)
    sidecar.put("JANE-CASE", "b", 2)
    sidecar.put("jane.case@example.com", "c", 3)

    assert sidecar.entries(user) == {"a": 1, "b": 2, "c": 3}


def test_an_id_is_as_keycloak_writes_it(sidecar: Sidecar, someone: User) -> None:
    """An id in upper case is no id, nor is one with a blank behind it."""
    for name in (someone.id.upper(), f"{someone.id} "):
        assert_problem(sidecar.read(name), "user_not_found")


def test_a_name_that_a_database_takes_for_another_is_not_found(tolerant: Sidecar) -> None:
    """An accent or a blank more is another name, on any database: nothing is written about somebody else."""
    user = tolerant.realm.user("rene-strasse", email="rene.strasse@example.com", credentials=[])

    for name in ("rené-strasse", "rene-straße", "rene-strasse ", "rené.strasse@example.com"):
        for route in ROUTES:
            assert_problem(route.call(tolerant, name), "user_not_found")

    assert tolerant.entries(user.id) == {}


def test_one_name_for_two_users_is_refused(fresh_realm: Realm, sidecar_of: Callable[..., Sidecar]) -> None:
    """A username that is another user's e-mail is 409 on every route; each of the two is there by id."""
    fresh_realm.admin.update_realm(fresh_realm.name, {"loginWithEmailAllowed": False})
    victim = fresh_realm.user("victim", email="victim@example.com", credentials=[])
    squatter = fresh_realm.user("victim@example.com", email="squatter@example.com", credentials=[])
    sidecar = sidecar_of(fresh_realm)

    for route in ROUTES:
        assert_problem(route.call(sidecar, "Victim@example.com"), "ambiguous_user")
    sidecar.put(victim, "whose", "victim")
    sidecar.put(squatter, "whose", "squatter")

    assert sidecar.entries("victim") == {"whose": "victim"}
    assert sidecar.entries("squatter@example.com") == {"whose": "squatter"}


def test_a_username_that_is_ones_own_e_mail_is_one_user(realm: Realm, sidecar: Sidecar) -> None:
    """Where e-mail is username, both are the same user, and nothing is ambiguous."""
    user = realm.user("own@example.com", email="own@example.com", credentials=[])

    assert sidecar.put("own@example.com", "a", 1).status_code == 201
    assert sidecar.entries(user) == {"a": 1}


def test_two_users_of_one_address_are_refused(tolerant: Sidecar) -> None:
    """In a realm that allows an e-mail twice, it names nobody once two users have it."""
    first = tolerant.realm.user("twin-1", email="twins@example.com", credentials=[])
    tolerant.put("twins@example.com", "whose", 1)
    tolerant.realm.user("twin-2", email="twins@example.com", credentials=[])

    for route in ROUTES:
        assert_problem(route.call(tolerant, "twins@example.com"), "ambiguous_user")
    assert tolerant.entries(first) == {"whose": 1}
    assert tolerant.entries("twin-2") == {}


def test_an_id_settles_it(tolerant: Sidecar) -> None:
    """Whoever takes another's id as username gets nothing of that user's."""
    victim = tolerant.realm.user("id-victim", email="", credentials=[])
    squatter = tolerant.realm.user(victim.id, email="", credentials=[])

    tolerant.put(victim.id, "whose", "victim")

    assert tolerant.entries("id-victim") == {"whose": "victim"}
    assert tolerant.entries(squatter.id) == {}


def test_a_username_may_look_like_an_id(realm: Realm, sidecar: Sidecar) -> None:
    """Who is called by what could be an id, and is nobody's, is found by it on every write."""
    name = str(uuid.uuid4())
    user = realm.user(name, credentials=[])

    assert [sidecar.put(name, "a", number).status_code for number in range(3)] == [201, 200, 200]
    assert sidecar.entries(user) == {"a": 2}


def test_a_service_account_is_a_user_too(realm: Realm, sidecar: Sidecar) -> None:
    """What acts for a client can be named like anybody else."""
    client = realm.client("nightly-job")

    assert sidecar.put("service-account-nightly-job", "tenant", "t-7").status_code == 201
    assert sidecar.entries(realm.service_account(client)) == {"tenant": "t-7"}


@pytest.mark.parametrize("root_path", ["", "/meta", "/meta/v1"])
def test_a_slash_stays_inside_its_segment(
    tolerant: Sidecar, sidecar_of: Callable[..., Sidecar], root_path: str
) -> None:
    """User corp/…, key ui/theme: one segment each, also behind a proxy that keeps or cuts a prefix."""
    sidecar = sidecar_of(tolerant.realm, root_path=root_path)
    user = tolerant.realm.user(f"corp/{len(root_path)}", email="", credentials=[])

    for prefix in {"", root_path}:
        path = prefix + metadata_path(user.username, "ui/theme")
        decoded = f"{prefix}/api/user/{user.username}/metadata/ui/theme".encode()
        assert sidecar.request("PUT", path, json={"value": prefix or "/"}).is_success
        assert sidecar.request("GET", path).json()["value"] == (prefix or "/")
        assert_problem(sidecar.request("GET", "/", extensions={"target": decoded}), "not_found")
    assert_problem(sidecar.request("GET", "/other" + metadata_path(user.username)), "not_found")
    assert list(sidecar.entries(user.id)) == ["ui/theme"]
