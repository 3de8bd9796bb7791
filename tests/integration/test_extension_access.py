"""The extension called directly: our roles with our audience, Keycloak's administrators, nobody else."""

from typing import Any

import httpx
import pytest

from tests.integration.extensions import Extension
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm, User

UNKNOWN = "nobody@example.com"
ADMINISTRATION = "realm-management"
INFO_MEMBERS = {"version", "sealed", "unsealedReason", "requiredLength", "limits", "ignoredSettings"}


def administrator(realm: Realm, *roles: str) -> Extension:
    """Call as a service account with these roles of Keycloak's own."""
    client = realm.client()
    realm.grant(realm.service_account(client), *roles, of=ADMINISTRATION)
    return Extension(realm, realm.client_token(client))


def role_holder(realm: Realm, *roles: str) -> Extension:
    """Call as a service account with these roles of ours."""
    return Extension(realm, realm.token(*roles))


def assert_error(answer: httpx.Response, status: int, code: str, **members: object) -> None:
    """Assert the extension's own form of an error."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["error"]) == (status, code)
    assert body["message"].endswith(".")
    assert {name: body.get(name) for name in members} == members
    assert answer.headers["cache-control"] == "no-store"


def assert_forbidden_alike(caller: Extension, user: User | str) -> None:
    """Assert that a known and an unknown user are refused in the same words, to read and to write."""
    for name in (user, UNKNOWN):
        assert_error(caller.document(name), 403, "forbidden", required="view-metadata")
        assert_error(caller.put(name, "theme", "x"), 403, "forbidden", required="manage-metadata")
    assert caller.document(user).content == caller.document(UNKNOWN).content
    assert caller.put(user, "theme", "x").content == caller.put(UNKNOWN, "theme", "x").content


def test_our_roles_count_with_our_audience(realm: Realm, someone: User) -> None:
    """manage-metadata writes and reads, view-metadata reads; unknown users are 404 to both."""
    manager, viewer = role_holder(realm, "manage-metadata"), role_holder(realm, "view-metadata")

    written = manager.put(someone, "theme", "Dark").json()

    assert written == {
        "userId": someone.id,
        "revision": 1,
        "entries": {"theme": {"value": "Dark", "profileClaim": False, "revision": 1}},
        "added": ["theme"],
        "changed": [],
        "removed": [],
        "dryRun": False,
    }
    assert viewer.document(someone.email).json() == {
        name: written[name] for name in ("userId", "revision", "entries")
    }
    assert_error(viewer.put(someone, "theme", "x"), 403, "forbidden", required="manage-metadata")
    assert_error(viewer.document(UNKNOWN), 404, "user_not_found")
    assert_error(manager.put(UNKNOWN, "theme", "x"), 404, "user_not_found")


def test_a_token_made_for_somebody_else_is_refused(realm: Realm, someone: User) -> None:
    """A role holder's token without our audience is 403; Keycloak itself would ask for no audience."""
    client = realm.client(attributes={"client.use.lightweight.access.token.enabled": "true"})
    realm.grant(realm.service_account(client), "manage-metadata")

    assert_forbidden_alike(Extension(realm, realm.client_token(client)), someone)


def test_an_end_user_is_refused(realm: Realm, jane: User, someone: User) -> None:
    """An ordinary user's token is 403 for every user, oneself included, and for what the realm's state is."""
    caller = Extension(realm, realm.login(jane).access_token)

    assert_forbidden_alike(caller, someone)
    assert_forbidden_alike(caller, jane)
    assert_error(caller.get("info"), 403, "forbidden")
    assert_error(caller.get("census"), 403, "forbidden")


def test_view_own_metadata_opens_nothing(realm: Realm, someone: User) -> None:
    """The role that is kept for later gives no right now."""
    assert_forbidden_alike(role_holder(realm, "view-own-metadata"), someone)


def test_what_is_no_access_token_is_unauthorized(realm: Realm, someone: User) -> None:
    """No token, an ID token, a refresh token, garbage: Keycloak's own 401."""
    manager = realm.user()
    realm.grant(manager.id, "manage-metadata")
    tokens = realm.login(manager)

    for token in ("", tokens.id_token, tokens.refresh_token, "garbage", "a.b.c"):
        caller = Extension(realm, token)
        answers = [
            caller.document(someone),
            caller.put(someone, "a", 1),
            caller.get("info"),
            caller.get("census"),
        ]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 401]


def test_a_manager_of_another_realm_is_nobody_here(realm: Realm, fresh_realm: Realm, someone: User) -> None:
    """Our role in one realm opens no other one: Keycloak's own 403, whoever is asked about."""
    caller = Extension(realm, fresh_realm.token("manage-metadata"))
    answers = [call(name) for call in (caller.document, caller.change) for name in (someone, UNKNOWN)]

    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1


def test_the_id_of_a_user_of_another_realm_is_nobodys(realm: Realm, fresh_realm: Realm) -> None:
    """Who may write everybody's metadata in one realm neither reads nor writes that of another one's user."""
    stranger = fresh_realm.user(credentials=[])
    caller = Extension(realm, realm.token("manage-metadata"))

    for answer in (caller.document(stranger), caller.put(stranger, "a", 1), caller.put(stranger, "a", 2)):
        assert answer.status_code == 404
        assert answer.json()["error"] == "user_not_found"
    own = Extension(fresh_realm, fresh_realm.token("manage-metadata"))
    assert own.document(stranger).json()["entries"] == {}


def test_who_views_users_reads(realm: Realm, someone: User) -> None:
    """An administrator with view-users reads, knows who exists, and does not write."""
    role_holder(realm, "manage-metadata").put(someone, "theme", "Dark")
    caller = administrator(realm, "view-users")

    assert caller.document(someone).json()["entries"]["theme"]["value"] == "Dark"
    assert_error(caller.document(UNKNOWN), 404, "user_not_found")
    assert_error(caller.put(someone, "theme", "x"), 403, "forbidden", required="manage-metadata")
    assert caller.document(someone).json()["revision"] == 1


def test_who_manages_users_reads_and_writes(realm: Realm, someone: User) -> None:
    """An administrator with manage-users alone does both."""
    caller = administrator(realm, "manage-users")

    assert caller.put(someone, "theme", "Dark").status_code == 200
    assert caller.document(someone).json()["entries"]["theme"]["value"] == "Dark"
    assert_error(caller.put(UNKNOWN, "theme", "x"), 404, "user_not_found")


@pytest.mark.parametrize(
    "role", ["query-users", "manage-clients", "view-realm", "manage-realm", "impersonation"]
)
def test_other_administrators_are_refused(realm: Realm, someone: User, role: str) -> None:
    """Who may not view users is 403 for known and unknown ones, whatever else that administrator may do."""
    assert_forbidden_alike(administrator(realm, role), someone)


def test_a_name_of_two_users_is_not_told_to_who_sees_none(fresh_realm: Realm) -> None:
    """Who may see nobody is 403 for a name that is ambiguous, too; an administrator who may is told."""
    fresh_realm.admin.update_realm(fresh_realm.name, {"loginWithEmailAllowed": False})
    fresh_realm.user("victim", email="victim@example.com", credentials=[])
    fresh_realm.user("victim@example.com", email="squatter@example.com", credentials=[])

    told = administrator(fresh_realm, "view-users").document("victim@example.com")

    assert_error(told, 409, "ambiguous_user")
    assert_forbidden_alike(administrator(fresh_realm, "query-users"), "victim@example.com")


def test_the_administrator_of_master_may_do_all(keycloak: Keycloak, realm: Realm, someone: User) -> None:
    """The administrator of the server has the rights of every realm's."""
    login = {"username": keycloak.login.username, "password": keycloak.login.password}
    form = {"grant_type": "password", "client_id": "admin-cli", **login}
    url = f"{keycloak.url}/realms/master/protocol/openid-connect/token"
    caller = Extension(realm, realm.http.post(url, data=form).json()["access_token"])

    assert caller.put(someone, "theme", "Dark").status_code == 200
    assert caller.document(someone).json()["revision"] == 1
    assert caller.get("info").json()["sealed"] is True
    assert caller.get("census").json()["foreign"] == 0


@pytest.mark.parametrize("role", ["view-users", "manage-users", "view-realm", "manage-realm"])
def test_the_state_of_the_realm_is_for_administrators(realm: Realm, role: str) -> None:
    """The info is for those who see users or the realm's settings."""
    answer = administrator(realm, role).get("info")

    assert answer.status_code == 200
    assert answer.json().keys() == INFO_MEMBERS


@pytest.mark.parametrize("role", ["view-metadata", "manage-metadata"])
def test_the_state_of_the_realm_is_for_our_roles(realm: Realm, role: str) -> None:
    """The info is for the holders of our roles as well, who may wonder about limits; the census is not."""
    caller = role_holder(realm, role)

    assert caller.get("info").json()["limits"]["max-entries"] == 256
    assert_error(caller.get("census"), 403, "forbidden", required="manage-realm")


@pytest.mark.parametrize(
    ("role", "status"),
    [("manage-realm", 200), ("manage-users", 200), ("view-users", 403), ("view-realm", 403)],
)
def test_the_census_is_for_those_who_change_things(realm: Realm, role: str, status: int) -> None:
    """The census reads every user, so it takes manage-realm or manage-users."""
    assert administrator(realm, role).get("census").status_code == status


@pytest.mark.parametrize("role", ["query-users", "manage-clients"])
def test_the_state_of_the_realm_is_not_for_others(realm: Realm, role: str) -> None:
    """Neither is for those who only list users or manage clients."""
    caller = administrator(realm, role)

    assert_error(caller.get("info"), 403, "forbidden", required="view-metadata")
    assert_error(caller.get("census"), 403, "forbidden", required="manage-realm")
