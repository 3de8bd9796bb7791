"""Members of organisations: what Keycloak makes read-only or deletes, and what becomes of their entries."""

from collections.abc import Callable

import pytest

from tests.integration.applications import CALLBACK, Application
from tests.integration.browsers import new_browser
from tests.integration.profiles import admin_put
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in

DOMAIN = "acme.example.test"
BROKER = "their-own-login"


def connect(realm: Realm, directory: Realm) -> None:
    """Let users of a directory, which is another realm here, log in to a realm."""
    address = f"{directory.url}/protocol/openid-connect"
    client = directory.client(
        standardFlowEnabled=True, redirectUris=[f"{realm.url}/broker/{BROKER}/endpoint"]
    )
    config = {
        "clientId": client.client_id,
        "clientSecret": client.secret,
        "authorizationUrl": f"{address}/auth",
        "tokenUrl": f"{address}/token",
        "jwksUrl": f"{address}/certs",
        "useJwksUrl": "true",
        "validateSignature": "true",
        "issuer": directory.url,
        "defaultScope": "openid profile email",
    }
    realm.admin.create_idp(
        {"alias": BROKER, "providerId": "oidc", "enabled": True, "trustEmail": True, "config": config}
    )


def log_in_by_the_broker(realm: Realm, user: User) -> str:
    """Log a user of the directory in; give the id in the realm."""
    with Application.new(realm) as shop, new_browser(CALLBACK) as browser:
        page = browser.open(f"{shop.login_url}&kc_idp_hint={BROKER}")
        return str(shop.tokens(browser.log_in(page, user)).access["sub"])


@pytest.fixture
def acme(fresh_realm: Realm) -> str:
    """An organisation whose people may log in by the directory."""
    fresh_realm.admin.update_realm(fresh_realm.name, {"organizationsEnabled": True})
    return str(fresh_realm.admin.create_organization({"name": "acme", "domains": [{"name": DOMAIN}]}))


def test_members_of_a_disabled_and_of_a_deleted_organization(
    fresh_realm: Realm, sidecar_of: Callable[..., Sidecar], realm: Realm, acme: str
) -> None:
    """While it is disabled its members' entries can be written; only who is deleted with it loses them."""
    sidecar, admin = sidecar_of(fresh_realm), fresh_realm.admin
    connect(fresh_realm, realm)
    admin.organization_idp_add(acme, BROKER)
    theirs = realm.user(email=f"managed@{DOMAIN}")
    managed = User(log_in_by_the_broker(fresh_realm, theirs), theirs.username, theirs.email)
    unmanaged = fresh_realm.user()
    admin.organization_user_add(unmanaged.id, acme)
    kinds = {each["id"]: each["membershipType"] for each in admin.get_organization_members(acme)}
    assert kinds == {managed.id: "MANAGED", unmanaged.id: "UNMANAGED"}
    sidecar.put(managed, "theme", "Light", profile_claim=True)
    sidecar.put(unmanaged, "theme", "Light", profile_claim=True)

    admin.update_organization(acme, {**admin.get_organization(acme), "enabled": False})
    assert (
        admin_put(fresh_realm, managed, firstName="Joan") == 400
    )  # for Keycloak the managed one is read-only

    assert sidecar.put(managed, "theme", "Dark Mode", profile_claim=True).status_code == 200
    assert sidecar.put(unmanaged, "theme", "Dark Mode", profile_claim=True).status_code == 200
    assert sidecar.entries(managed) == {"theme": "Dark Mode"}

    admin.delete_organization(acme)
    successor = fresh_realm.user(managed.username, email=managed.email)

    assert sidecar.read(managed).status_code == 404
    assert sidecar.entries(successor) == {}
    assert metadata_in(fresh_realm.login(successor).access) == {}
    assert sidecar.entries(unmanaged) == {"theme": "Dark Mode"}
    assert metadata_in(fresh_realm.login(unmanaged).access) == {"metadata_theme": "Dark Mode"}
