"""The realm fragment for those who import realms: which ways of import prepare a realm, and which do not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from keycloak import KeycloakOpenID
from keycloak.exceptions import KeycloakGetError, KeycloakPostError

from dev.ports import HOST
from dev.server import ServerOptions
from keycloak_user_metadata.realm import SCOPE
from tests.integration.commands import Outcome, at, of, user_metadata
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm
from tests.integration.served import serving
from tests.integration.sidecars import running_sidecar
from tests.integration.tokens import metadata_in

PROFILES = "org.keycloak.userprofile.UserProfileProvider"
READY = "nothing to change: the realm {} is ready"


def fragment() -> dict[str, Any]:
    """Take the fragment from the command that prints it."""
    printed: dict[str, Any] = json.loads(user_metadata("realm-fragment").out)
    return printed


def check_and_setup(realm: Realm) -> tuple[Outcome, Outcome]:
    """Check a realm, then set it up."""
    return user_metadata("check", **of(realm)), user_metadata("setup", **of(realm))


@pytest.fixture
def imported(keycloak: Keycloak) -> Iterator[Realm]:
    """A realm created from the fragment."""
    realm = Realm(keycloak, **fragment())
    yield realm
    realm.delete()


def test_a_realm_created_from_the_fragment_is_prepared(imported: Realm) -> None:
    """POST /admin/realms: nothing is left for setup, Keycloak's own scopes are there, the main job works."""
    checked, prepared = check_and_setup(imported)

    defaults = {scope["name"] for scope in imported.admin.get_default_default_client_scopes()}
    assert (checked.code, prepared.lines) == (0, [READY.format(imported.name)])
    assert {"basic", "roles", "profile", "email", SCOPE} <= defaults
    with running_sidecar(imported) as sidecar:
        jane = imported.user()
        assert sidecar.put(jane, "theme", "Dark Mode", profile_claim=True).status_code == 201
    assert metadata_in(imported.login(jane).access) == {"metadata_theme": "Dark Mode"}


def test_the_fragment_keeps_keycloaks_own_attributes(imported: Realm, bare_realm: Realm) -> None:
    """Its user profile is the one Keycloak gives a new realm, and the sealed attribute."""
    profile = imported.admin.get_realm_users_profile()

    own = bare_realm.admin.get_realm_users_profile()
    assert {**profile, "attributes": profile["attributes"][:-1]} == own


def test_an_exported_realm_takes_the_fragment_in(keycloak: Keycloak, bare_realm: Realm) -> None:
    """A file that lists Keycloak's own scopes gets all parts but the attribute that asks for them."""
    file = bare_realm.admin.export_realm(export_clients=True, export_groups_and_role=True)
    ours = fragment()
    file["roles"]["client"].update(ours["roles"]["client"])
    file["components"].update(ours["components"])
    for part in ("clients", "clientScopes", "defaultDefaultClientScopes"):
        file[part] += ours[part]
    for part in ("id", "realm", "enabled"):
        del file[part]

    realm = Realm(keycloak, **without_ids(file))
    checked, prepared = check_and_setup(realm)
    realm.delete()

    assert (checked.code, prepared.lines) == (0, [READY.format(realm.name)])


def test_partial_import_brings_a_part_and_check_says_so(bare_realm: Realm) -> None:
    """POST …/partialImport knows clients and roles only: check fails, setup adds the rest."""
    bare_realm.admin.partial_import_realm(bare_realm.name, {**fragment(), "ifResourceExists": "FAIL"})

    checked, prepared = check_and_setup(bare_realm)

    assert checked.failed == ["sealed attribute", "client scope", "default scope"]
    assert (prepared.code, prepared.lines[-1]) == (0, "3 changes made")


def test_a_broken_profile_is_refused(keycloak: Keycloak) -> None:
    """With a brace missing in the profile the import fails; no realm is left that only looks prepared."""
    broken = fragment()
    config = broken["components"][PROFILES][0]["config"]
    config["kc.user.profile.config"] = [config["kc.user.profile.config"][0][:-1]]

    with pytest.raises(KeycloakPostError):
        keycloak.admin.create_realm({"realm": "broken", "enabled": True, **broken})
    with pytest.raises(KeycloakGetError):
        keycloak.admin.get_realm("broken")


@pytest.mark.timeout(900)  # two starts and an import
def test_a_realm_file_is_imported_from_the_shell(run_folder: Path) -> None:
    """``kc.sh import --file`` prepares a realm; without --hostname check warns, and a 401 says why."""
    folder = run_folder / "keycloak-import"
    file = folder / "realm.json"
    server = own_keycloak(folder, ServerOptions(hostname=""))
    with server:
        pass
    file.write_text(json.dumps({"realm": "acme", "enabled": True, **fragment()}))
    server.run("import", "--optimized", "--file", str(file))

    with server:
        settings = {**at(Keycloak.of(server)), "realm": "acme"}
        checked, prepared = user_metadata("check", **settings), user_metadata("setup", **settings)
        elsewhere = server.url.replace(HOST, "localhost")
        token = KeycloakOpenID(elsewhere, "master", "admin-cli").token(
            server.admin.username, server.admin.password
        )["access_token"]
        with serving(keycloak_url=server.url, realm="master") as sidecar:
            bearer = {"Authorization": f"Bearer {token}"}
            refused = httpx.get(f"{sidecar.url}/api/me/metadata", headers=bearer, trust_env=False)

    assert (checked.code, prepared.lines) == (0, [READY.format("acme")])
    assert checked.levels("issuer") == ["warn"]
    assert "--hostname" in checked.text("issuer")
    assert_problem(refused, "invalid_token")
    assert f"issuer is {elsewhere}/realms/master, expected is {server.url}/" in refused.json()["detail"]


def without_ids(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Leave out what would make a copy of a realm clash with the realm."""
    if isinstance(value, dict):
        return {
            name: without_ids(member) for name, member in value.items() if name not in {"id", "containerId"}
        }
    return [without_ids(member) for member in value] if isinstance(value, list) else value
