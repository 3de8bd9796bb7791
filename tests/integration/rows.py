"""Owns the look at what Keycloak's database holds of our attribute, past our own code; asserts nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.integration.realms import PASSWORD, Realm, User
from tests.services.databases import Database


def plant(realm: Realm, rows: Mapping[str, Sequence[str]]) -> dict[str, User]:
    """Create a user for each name, whose rows of the attribute hold these texts.

    Only an import gets there: the admin API leaves out a sealed attribute, and empty texts always.
    """
    people = [
        {
            "username": name,
            "email": f"{name}@example.com",
            "emailVerified": True,
            "firstName": "Jane",
            "lastName": "Doe",
            "enabled": True,
            "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
            "attributes": {ATTRIBUTE: list(texts)},
        }
        for name, texts in rows.items()
    ]
    answer = realm.admin.partial_import_realm(realm.name, {"ifResourceExists": "FAIL", "users": people})
    ids = {result["resourceName"]: result["id"] for result in answer["results"]}
    return {name: User(ids[name], name, f"{name}@example.com") for name in rows}


def stored(realm: Realm, *users: User) -> list[list[str]]:
    """Read the texts of the attribute's rows of each user, one for each row.

    From the database itself, where it can be asked. Else as Keycloak finds them: the attribute is open to the
    administrator's eyes meanwhile, and sealed again afterwards.
    """
    if realm.keycloak.database:
        return [_rows(realm.keycloak.database, user) for user in users]
    sealed = realm.admin.get_realm_users_profile()
    opened = [
        {**attribute, "permissions": {"view": ["admin"], "edit": []}}
        if attribute["name"] == ATTRIBUTE
        else attribute
        for attribute in sealed["attributes"]
    ]
    realm.admin.update_realm_users_profile({**sealed, "attributes": opened})
    try:
        realm.admin.clear_user_cache()
        return [realm.admin.get_user(user.id).get("attributes", {}).get(ATTRIBUTE, []) for user in users]
    finally:
        realm.admin.update_realm_users_profile(sealed)


def stored_document(realm: Realm, user: User) -> dict[str, Any]:
    """Read the one row of a user.

    Raises:
        ValueError: there is none, or more than one.
    """
    [[text]] = stored(realm, user)
    document: dict[str, Any] = json.loads(text)
    return document


def database_of(realm: Realm) -> Database:
    """Give the database that the realm lies in, where it can be asked.

    Raises:
        LookupError: it is a part of Keycloak.
    """
    if realm.keycloak.database is None:
        message = "This takes a database of the tests' own, such as --database=postgres."
        raise LookupError(message)
    return realm.keycloak.database


def _rows(database: Database, user: User) -> list[str]:
    query = "SELECT VALUE AS brief, LONG_VALUE AS large FROM USER_ATTRIBUTE WHERE USER_ID = %s AND NAME = %s"
    return [row["brief"] or row["large"] for row in database.rows(query, user.id, ATTRIBUTE)]
