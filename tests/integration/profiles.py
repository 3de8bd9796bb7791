"""Owns what tests do to a realm's user profile, and how a user's metadata stands; asserts nothing."""

import json
from dataclasses import dataclass
from typing import Any

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import Claims, metadata_in

POLICIES = (None, "ADMIN_EDIT", "ENABLED")

# A document as perfect as ours, for those who try to slip one in.
FORGED = '{"format":1,"revision":99,"entries":{"role":{"value":"admin","profileClaim":true,"revision":99}}}'


@dataclass(frozen=True)
class Standing:
    """A user's metadata as everybody sees it."""

    etag: str
    entries: Any
    claims: Claims


def standing(sidecar: Sidecar, user: User) -> Standing:
    """Ask for it, and log the user in."""
    answer = sidecar.read(user)
    assert answer.is_success, answer.text
    return Standing(answer.headers["ETag"], answer.json(), metadata_in(sidecar.realm.login(user).access))


def set_policy(realm: Realm, policy: str | None) -> None:
    """Say who may write attributes that are not declared; None as Keycloak has it at first."""
    profile = realm.admin.get_realm_users_profile()
    profile.pop("unmanagedAttributePolicy", None)
    named = {"unmanagedAttributePolicy": policy} if policy else {}
    realm.admin.update_realm_users_profile({**profile, **named})


def declare(realm: Realm, name: str, declaration: dict[str, Any] | None) -> None:
    """Declare an attribute in place of its present declaration; None takes it out."""
    profile = realm.admin.get_realm_users_profile()
    others = [attribute for attribute in profile["attributes"] if attribute["name"] != name]
    mine = [] if declaration is None else [{"name": name, **declaration}]
    realm.admin.update_realm_users_profile({**profile, "attributes": [*others, *mine]})


def unseal(realm: Realm) -> None:
    """Take our attribute out of the user profile, as a tool does that knows only its own."""
    declare(realm, ATTRIBUTE, None)


def admin_put(realm: Realm, user: User, **changes: object) -> int:
    """Write a user as administrators' tools do: what the admin API shows, changed. Give the status."""
    body = {**realm.admin.get_user(user.id), **changes}
    path = f"admin/realms/{realm.name}/users/{user.id}"
    return int(realm.admin.connection.raw_put(path, json.dumps(body)).status_code)
