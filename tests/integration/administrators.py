"""Owns what Keycloak's own tools do to users, by its admin API, beside our writes; asserts nothing."""

import httpx

from tests.integration.realms import Realm, User
from tests.integration.sidecars import PATIENCE


def keycloaks_own(realm: Realm) -> httpx.Client:
    """Open a client of the admin API for the users of a realm."""
    login = realm.keycloak.admin.connection
    login.get_token()
    token = (login.token or {})["access_token"]
    return httpx.Client(
        base_url=f"{realm.keycloak.url}/admin/realms/{realm.name}/users/",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=PATIENCE,
    )


def update(realm: Realm, user: User, *last_names: str) -> list[int]:
    """Update a user as Keycloak's console does, the whole of it, once for each name; give the answers.

    Where the realm takes attributes that are not declared, one of them changes too.
    """
    with keycloaks_own(realm) as http:
        return [
            http.put(
                user.id,
                json={**http.get(user.id).json(), "lastName": name, "attributes": {"nick": [name]}},
            ).status_code
            for name in last_names
        ]
