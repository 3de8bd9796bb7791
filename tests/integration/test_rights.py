"""What a caller may do: by the roles it has at present, whatever its token said when it was issued."""

from collections.abc import Callable

import pytest

from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.refusals import assert_same_for_nobody, assert_unauthorized
from tests.integration.routes import READS, ROUTES, WRITES
from tests.integration.sidecars import Sidecar

REFUSED_BY_KEYCLOAK = "Keycloak refuses the token"


def test_a_viewer_reads(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """view-metadata reads all and one."""
    sidecar.put(someone, "theme", "Dark")
    viewer = sidecar.as_caller(realm.token("view-metadata"))

    for route in READS:
        assert route.call(viewer, someone).json() == route.call(sidecar, someone).json()


def test_a_viewer_does_not_write(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """view-metadata is refused on every write, by the role that is missing, and nothing is stored."""
    before = sidecar.put(someone, "theme", "Light")
    viewer = sidecar.as_caller(realm.token("view-metadata"))

    for route in WRITES:
        assert_problem(route.call(viewer, someone), "forbidden", required="manage-metadata")

    after = sidecar.read(someone, "theme")
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])


def test_a_manager_reads_and_writes(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """manage-metadata needs no other role to read."""
    manager = sidecar.as_caller(realm.token("manage-metadata"))
    sidecar.put(someone, "theme", "Light")

    assert [route.call(manager, someone).status_code for route in ROUTES] == [200, 200, 200, 200, 200, 204]


@pytest.mark.parametrize("role", ["view-own-metadata", "view-metadata"])
def test_who_is_refused_cannot_tell_who_exists(
    realm: Realm, sidecar: Sidecar, someone: User, role: str
) -> None:
    """A refusal is the same for known and unknown users, header for header and byte for byte."""
    sidecar.put(someone, "theme", "Dark")
    caller = sidecar.as_caller(realm.token(role))

    assert_same_for_nobody(caller, someone, "forbidden", writes_only=role == "view-metadata")


def test_a_user_is_no_manager_of_oneself(realm: Realm, sidecar: Sidecar) -> None:
    """view-own-metadata opens none of the routes that name a user, though it be the caller's own name."""
    user = realm.user()
    realm.grant(user.id, "view-own-metadata")
    caller = sidecar.as_caller(realm.login(user).access_token)

    assert_problem(caller.read(user), "forbidden", required="view-metadata")
    assert_problem(caller.put(user, "theme", "Dark"), "forbidden", required="manage-metadata")


def test_a_role_given_counts_at_once(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """The very next request with the same token may do what its caller may do by now."""
    client = realm.client()
    account = realm.service_account(client)
    realm.grant(account, "view-metadata")
    caller = sidecar.as_caller(realm.client_token(client))
    assert_problem(caller.put(someone, "theme", "Dark"), "forbidden")

    realm.grant(account, "manage-metadata")

    assert caller.put(someone, "theme", "Dark").status_code == 201


def test_a_role_taken_away_counts_at_once(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """The very next request with the same token is refused, though the sidecar has verified it before."""
    client = realm.client()
    account = realm.service_account(client)
    realm.grant(account, "manage-metadata", "view-metadata")
    caller = sidecar.as_caller(realm.client_token(client))
    assert caller.put(someone, "theme", "Dark").status_code == 201

    realm.revoke(account, "manage-metadata")
    assert_problem(caller.put(someone, "theme", "Light"), "forbidden", required="manage-metadata")
    assert caller.read(someone).status_code == 200

    realm.revoke(account, "view-metadata")
    assert_problem(caller.read(someone), "forbidden", required="view-metadata")
    assert sidecar.entries(someone) == {"theme": "Dark"}


def test_a_role_held_through_a_group_counts(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A role may come by a group, and goes with it."""
    owner = str(realm.admin.get_client_id("user-metadata"))
    group = str(realm.admin.create_group({"name": "managers"}))
    realm.admin.assign_group_client_roles(
        group, owner, [realm.admin.get_client_role(owner, "manage-metadata")]
    )
    manager = realm.user()
    realm.admin.group_user_add(manager.id, group)
    caller = sidecar.as_caller(realm.login(manager).access_token)
    assert caller.put(someone, "theme", "Dark").status_code == 201

    realm.admin.group_user_remove(manager.id, group)

    assert_problem(caller.put(someone, "theme", "Light"), "forbidden")


ENDS: dict[str, Callable[[Realm, User], object]] = {
    "user disabled": lambda realm, user: realm.admin.disable_user(user.id),
    "user deleted": lambda realm, user: realm.admin.delete_user(user.id),
    "session logged out": lambda realm, user: realm.admin.user_logout(user.id),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_who_is_out_is_out_at_once(
    realm: Realm, sidecar: Sidecar, someone: User, end: Callable[[Realm, User], object]
) -> None:
    """A user disabled, deleted or logged out: 401 on the very next request with the same token."""
    manager = realm.user()
    realm.grant(manager.id, "manage-metadata")
    caller = sidecar.as_caller(realm.login(manager).access_token)
    assert caller.put(someone, "theme", "Dark").status_code == 201

    end(realm, manager)

    assert_unauthorized(sidecar, caller.put(someone, "theme", "Light"), REFUSED_BY_KEYCLOAK)
    assert_unauthorized(sidecar, caller.read(someone), REFUSED_BY_KEYCLOAK)
    assert sidecar.entries(someone) == {"theme": "Dark"}


def test_a_client_disabled_is_out_at_once(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A client disabled: 401 on the very next request with its token, and 200 once it is enabled again."""
    client = realm.client()
    realm.grant(realm.service_account(client), "manage-metadata")
    caller = sidecar.as_caller(realm.client_token(client))
    assert caller.put(someone, "theme", "Dark").status_code == 201

    realm.admin.update_client(client.id, {"enabled": False})
    assert_unauthorized(sidecar, caller.put(someone, "theme", "Light"), REFUSED_BY_KEYCLOAK)

    realm.admin.update_client(client.id, {"enabled": True})
    assert caller.read(someone, "theme").json()["value"] == "Dark"


def test_a_token_revoked_is_out_at_once(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A token that its own client revoked is 401 on the very next request."""
    client = realm.client()
    realm.grant(realm.service_account(client), "manage-metadata")
    token = realm.client_token(client)
    caller = sidecar.as_caller(token)
    assert caller.read(someone).status_code == 200

    realm.http.post("revoke", data={"token": token, **client.login})

    assert_unauthorized(sidecar, caller.read(someone), REFUSED_BY_KEYCLOAK)
