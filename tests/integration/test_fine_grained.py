"""Keycloak's fine-grained permissions: who may see one user sees that one, and nothing of the others."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.integration.extensions import Extension
from tests.integration.keycloaks import Keycloak
from tests.integration.problems import assert_problem
from tests.integration.realms import Client, Realm, User
from tests.integration.sidecars import Sidecar

UNKNOWN = "nobody@example.com"


@pytest.fixture(scope="module")
def guarded(keycloak: Keycloak) -> Iterator[Realm]:
    """A realm with fine-grained permissions switched on, in which users may share an e-mail address."""
    realm = Realm(
        keycloak, adminPermissionsEnabled=True, duplicateEmailsAllowed=True, loginWithEmailAllowed=False
    )
    realm.prepare()
    yield realm
    realm.delete()


@pytest.fixture
def chosen(guarded: Realm) -> User:
    """The user on whom a permission is given."""
    return guarded.user(credentials=[])


@pytest.fixture
def other(guarded: Realm) -> User:
    """A user on whom none is given."""
    return guarded.user(credentials=[])


def permit(realm: Realm, account: str, user: User, scopes: Sequence[str]) -> None:
    """Permit an account these things with one user."""
    admin = realm.admin
    server = (
        f"admin/realms/{realm.name}/clients/{admin.get_client_id('admin-permissions')}/authz/resource-server"
    )
    name = f"{account} {user.id} {' '.join(scopes)}"
    policy = _created(
        admin.connection.raw_post(f"{server}/policy/user", _json({"name": name, "users": [account]}))
    )
    permission = {"name": f"{name} permission", "resourceType": "Users", "resources": [user.id]}
    content = {**permission, "scopes": scopes, "policies": [policy]}
    _created(admin.connection.raw_post(f"{server}/permission/scope", _json(content)))


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content)


def _created(answer: Any) -> str:  # noqa: ANN401 - the type of another library
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def caller_with(realm: Realm, user: User, *scopes: str) -> Client:
    """Make a client that may query users, and these things with one user."""
    client = realm.client()
    account = realm.service_account(client)
    realm.grant(account, "query-users", of="realm-management")
    permit(realm, account, user, scopes)
    return client


def statuses(caller: Extension, user: User | str) -> tuple[int, int]:
    """Read and write."""
    return caller.document(user).status_code, caller.put(user, "theme", "Dark").status_code


def test_who_may_view_one_user_reads_that_one(guarded: Realm, chosen: User, other: User) -> None:
    """With view on one user: 200 to read it, 403 to write it, and 403 for others and for nobody alike."""
    caller = Extension(guarded, guarded.client_token(caller_with(guarded, chosen, "view")))

    assert statuses(caller, chosen) == (200, 403)
    assert statuses(caller, other) == (403, 403)
    assert statuses(caller, UNKNOWN) == (403, 403)
    assert caller.document(other).content == caller.document(UNKNOWN).content
    assert caller.put(other, "a", 1).content == caller.put(UNKNOWN, "a", 1).content


def test_who_may_manage_one_user_writes_that_one(guarded: Realm, chosen: User, other: User) -> None:
    """With view and manage on one user: 200 for both, and 403 for others and for nobody."""
    caller = Extension(guarded, guarded.client_token(caller_with(guarded, chosen, "view", "manage")))

    assert statuses(caller, chosen) == (200, 200)
    assert statuses(caller, other) == (403, 403)
    assert statuses(caller, UNKNOWN) == (403, 403)


def test_who_may_manage_but_not_view_does_neither(guarded: Realm, chosen: User) -> None:
    """A write answers with what is stored, so manage alone is not enough for it."""
    caller = Extension(guarded, guarded.client_token(caller_with(guarded, chosen, "manage")))

    assert statuses(caller, chosen) == (403, 403)


def test_a_name_of_two_users_is_not_told_to_who_sees_neither(guarded: Realm, chosen: User) -> None:
    """A name that two users answer to is 403 like any other, to a caller who may see neither of them."""
    for name in ("twin-1", "twin-2"):
        guarded.user(name, email="twins@example.com", credentials=[])
    guarded.user("squatter", email="squatted@example.com", credentials=[])
    guarded.user("squatted@example.com", email="other@example.com", credentials=[])
    caller = Extension(guarded, guarded.client_token(caller_with(guarded, chosen, "view", "manage")))

    manager = Extension(guarded, guarded.token("manage-metadata"))
    for name in ("twins@example.com", "squatted@example.com"):
        assert statuses(manager, name) == (409, 409)
        assert statuses(caller, name) == (403, 403)
        assert caller.document(name).content == caller.document(UNKNOWN).content


def test_the_sidecar_needs_the_audience_too(
    guarded: Realm, chosen: User, other: User, sidecar_of: Callable[..., Sidecar]
) -> None:
    """Through the sidecar such a caller needs one of our roles, for the audience; its rights stay those."""
    client = caller_with(guarded, chosen, "view")
    sidecar = sidecar_of(guarded)
    assert_problem(sidecar.as_caller(guarded.client_token(client)).read(chosen), "invalid_token")

    guarded.grant(guarded.service_account(client), "view-own-metadata")
    caller = sidecar.as_caller(guarded.client_token(client))

    assert caller.read(chosen).status_code == 200
    assert_problem(caller.read(other), "forbidden")
    assert_problem(caller.read(UNKNOWN), "forbidden")
