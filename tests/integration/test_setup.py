"""``user-metadata setup`` on realms of every kind: what it adds, what it mends, what it leaves alone."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from keycloak_user_metadata.admin_errors import AdminError
from keycloak_user_metadata.realm import ATTRIBUTE, CLIENT, DECLARED_LENGTH, MAPPER_TYPE, ROLES, SCOPE
from tests.integration.commands import of, user_metadata
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in

SEALED = {
    "name": ATTRIBUTE,
    "displayName": "User metadata",
    "multivalued": False,
    "validations": {"length": {"max": DECLARED_LENGTH}},
}
PLAN = [
    f"declare the sealed attribute {ATTRIBUTE} in the user profile",
    f"create the client {CLIENT}",
    *(f"create the role {role} of {CLIENT}" for role in ROLES),
    f"create the client scope {SCOPE} with its mapper",
    f"make {SCOPE} a default scope of new clients",
]


def state(realm: Realm) -> dict[str, Any]:
    """Read all that setup could change, without the order that Keycloak makes up anew for each answer."""
    client = realm.admin.get_client_id(CLIENT)
    found = {
        "profile": realm.admin.get_realm_users_profile(),
        "clients": realm.admin.get_clients(),
        "roles": realm.admin.get_client_roles(client) if client else [],
        "scopes": realm.admin.get_client_scopes(),
        "defaults": realm.admin.get_default_default_client_scopes(),
        "optionals": realm.admin.get_default_optional_client_scopes(),
        "realm": realm.admin.get_realm(realm.name),
    }
    return {part: settled(what) for part, what in found.items()}


def settled(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Sort the lists in a JSON value."""
    if isinstance(value, dict):
        return {name: settled(member) for name, member in value.items()}
    if isinstance(value, list):
        return sorted(
            (settled(member) for member in value), key=lambda member: json.dumps(member, sort_keys=True)
        )
    return value


def our_scope(realm: Realm) -> dict[str, Any]:
    """Read the client scope of our name."""
    scope = realm.admin.get_client_scope_by_name(SCOPE)
    assert scope is not None
    return scope


def declare(realm: Realm, **declaration: object) -> None:
    """Put a declaration of our attribute, other than setup's, into the user profile."""
    profile = realm.admin.get_realm_users_profile()
    others = [attribute for attribute in profile["attributes"] if attribute["name"] != ATTRIBUTE]
    mine = {"name": ATTRIBUTE, **declaration}
    realm.admin.update_realm_users_profile({**profile, "attributes": [*others, mine]})


def test_a_bare_realm_gets_all_it_needs(bare_realm: Realm) -> None:
    """Setup says each change, and the realm has it afterwards."""
    outcome = user_metadata("setup", **of(bare_realm))

    assert (outcome.code, outcome.lines, outcome.err) == (0, [*PLAN, "7 changes made"], "")
    assert user_metadata("check", **of(bare_realm)).code == 0
    assert bare_realm.admin.get_realm_users_profile()["attributes"][-1] == SEALED
    (mapper,) = our_scope(bare_realm)["protocolMappers"]
    assert (mapper["protocolMapper"], mapper["config"]["access.token.claim"]) == (MAPPER_TYPE, "true")


def test_a_second_run_changes_nothing(bare_realm: Realm) -> None:
    """A prepared realm is left to the last detail as it is, and setup says so."""
    user_metadata("setup", **of(bare_realm))
    before = state(bare_realm)

    outcome = user_metadata("setup", **of(bare_realm))

    assert (outcome.code, outcome.lines) == (
        0,
        [f"nothing to change: the realm {bare_realm.name} is ready"],
    )
    assert state(bare_realm) == before


def test_a_dry_run_prints_the_plan_and_changes_nothing(bare_realm: Realm) -> None:
    """The plan is the same as that of a real run."""
    before = state(bare_realm)

    outcome = user_metadata("setup", "--dry-run", **of(bare_realm))

    assert (outcome.code, outcome.lines) == (0, [*PLAN, "dry run: 7 changes, none made"])
    assert state(bare_realm) == before


def test_everything_else_of_the_realm_stays(bare_realm: Realm) -> None:
    """The realm's own profile, policy, clients and scopes are what they were."""
    profile = bare_realm.admin.get_realm_users_profile()
    own = {"name": "shoe-size", "permissions": {"view": ["admin"], "edit": ["admin"]}, "multivalued": True}
    profile["attributes"].append({**own, "validations": {"integer": {"min": "1", "max": "60"}}})
    profile["groups"].append({"name": "body", "annotations": {"a": "b"}})
    bare_realm.admin.update_realm_users_profile({**profile, "unmanagedAttributePolicy": "ADMIN_EDIT"})
    bare_realm.client("shop")
    before = state(bare_realm)

    user_metadata("setup", **of(bare_realm))

    after = state(bare_realm)
    after["profile"]["attributes"].remove(SEALED)
    after["clients"] = [client for client in after["clients"] if client["clientId"] != CLIENT]
    after["scopes"] = [scope for scope in after["scopes"] if scope["name"] != SCOPE]
    after["defaults"] = [scope for scope in after["defaults"] if scope["name"] != SCOPE]
    assert after == {**before, "roles": after["roles"]}


def _without_basic(keycloak: Keycloak) -> Realm:
    roles = {
        "name": "client roles",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-client-role-mapper",
        "config": {
            "claim.name": "resource_access.${client_id}.roles",
            "access.token.claim": "true",
            "multivalued": "true",
            "jsonType.label": "String",
        },
    }
    audience = {
        "name": "audience resolve",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-resolve-mapper",
    }
    scope = {"name": "roles", "protocol": "openid-connect", "protocolMappers": [roles, audience]}
    return Realm(keycloak, clientScopes=[scope], defaultDefaultClientScopes=["roles"])


def _with_empty_profile(keycloak: Keycloak) -> Realm:
    component = {"providerId": "declarative-user-profile", "subComponents": {}, "config": {}}
    return Realm(keycloak, components={"org.keycloak.userprofile.UserProfileProvider": [component]})


def _with_open_policy(keycloak: Keycloak) -> Realm:
    realm = Realm(keycloak)
    profile = realm.admin.get_realm_users_profile()
    realm.admin.update_realm_users_profile({**profile, "unmanagedAttributePolicy": "ENABLED"})
    return realm


@pytest.mark.parametrize("make", [_without_basic, _with_empty_profile, _with_open_policy])
def test_the_main_job_works_on_a_realm_of_an_older_keycloak(
    keycloak: Keycloak, sidecar_of: Callable[..., Sidecar], make: Callable[[Keycloak], Realm]
) -> None:
    """No scope ``basic``, an empty profile component, an open policy: setup does, its second run nothing."""
    realm = make(keycloak)
    try:
        known = realm.admin.get_realm_users_profile()
        first, second = (user_metadata("setup", **of(realm)) for _ in range(2))
        jane = realm.user()
        written = sidecar_of(realm).put(jane, "theme", "Dark Mode", profile_claim=True)

        assert (first.code, second.lines) == (0, [f"nothing to change: the realm {realm.name} is ready"])
        assert realm.admin.get_realm_users_profile() == {
            **known,
            "attributes": [*known["attributes"], SEALED],
        }
        assert written.status_code == 201
        assert metadata_in(realm.login(jane).access) == {"metadata_theme": "Dark Mode"}
    finally:
        realm.delete()


def test_a_lost_declaration_comes_back_and_so_do_the_entries(
    fresh_realm: Realm, sidecar_of: Callable[..., Sidecar]
) -> None:
    """A profile written without our attribute hides the metadata; setup brings them back, entity tag too."""
    sidecar, jane = sidecar_of(fresh_realm), fresh_realm.user()
    for key in ("a", "b", "c"):
        sidecar.put(jane, key, key, profile_claim=True)
    before = sidecar.read(jane)
    profile = fresh_realm.admin.get_realm_users_profile()
    profile["attributes"] = [each for each in profile["attributes"] if each["name"] != ATTRIBUTE]
    fresh_realm.admin.update_realm_users_profile(profile)
    meanwhile = fresh_realm.login(jane)
    hidden = sidecar.read(jane)

    outcome = user_metadata("setup", **of(fresh_realm))

    after = sidecar.read(jane)
    assert (hidden.status_code, hidden.json()["type"]) == (503, "urn:user-metadata:problem:realm_not_sealed")
    assert metadata_in(meanwhile.access) == {}
    assert (outcome.code, outcome.lines) == (0, [PLAN[0], "1 change made"])
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])
    assert len(metadata_in(fresh_realm.refresh(meanwhile).access)) == 3


@pytest.mark.parametrize(
    "declaration",
    [
        {"permissions": {"view": ["admin"], "edit": []}},
        {"required": {"roles": ["user"]}},
        {"selector": {"scopes": ["profile"]}},
        {"multivalued": True},
        {"validations": {"length": {"max": 2048}}},
        {"validations": {"length": {"max": DECLARED_LENGTH}, "email": {}}},
        {"validations": {"length": {"max": DECLARED_LENGTH, "min": 1}}},
        {"validations": {"length": {"max": DECLARED_LENGTH}}, "annotations": {"a": "b"}},
    ],
    ids=json.dumps,
)
def test_a_declaration_that_does_not_seal_is_mended(bare_realm: Realm, declaration: dict[str, Any]) -> None:
    """Permissions, requirements, other validators and all else that opens it go; its label stays."""
    declare(bare_realm, displayName="Our metadata", **declaration)

    outcome = user_metadata("setup", **of(bare_realm))

    assert outcome.lines[0] == f"seal the declared attribute {ATTRIBUTE} in the user profile"
    mended = bare_realm.admin.get_realm_users_profile()["attributes"][-1]
    assert mended == {**SEALED, "displayName": "Our metadata"}


def test_what_the_admin_console_writes_counts_as_sealed(fresh_realm: Realm) -> None:
    """Permissions for nobody, no annotations, the length as text: the same declaration in other words."""
    said = {"permissions": {"view": [], "edit": []}, "annotations": {}, "group": "user-metadata"}
    declare(fresh_realm, **said, validations={"length": {"max": str(DECLARED_LENGTH)}}, multivalued=False)

    outcome = user_metadata("setup", **of(fresh_realm))

    assert outcome.lines == [f"nothing to change: the realm {fresh_realm.name} is ready"]


def test_missing_roles_are_added(fresh_realm: Realm) -> None:
    """The client is kept as it is, only the role comes back."""
    client = str(fresh_realm.admin.get_client_id(CLIENT))
    fresh_realm.admin.delete_client_role(client, "view-metadata")

    outcome = user_metadata("setup", **of(fresh_realm))

    assert outcome.lines == [f"create the role view-metadata of {CLIENT}", "1 change made"]
    assert {role["name"] for role in fresh_realm.admin.get_client_roles(client)} == set(ROLES)


def test_a_mapper_of_another_type_is_replaced(fresh_realm: Realm) -> None:
    """Under our mapper's name, in our scope, there is our mapper afterwards."""
    scope = our_scope(fresh_realm)
    (mapper,) = scope["protocolMappers"]
    fresh_realm.admin.delete_mapper_from_client_scope(scope["id"], mapper["id"])
    other = {**mapper, "protocolMapper": "oidc-hardcoded-claim-mapper", "config": {"claim.name": "x"}}
    fresh_realm.admin.add_mapper_to_client_scope(scope["id"], {**other, "id": None})

    outcome = user_metadata("setup", **of(fresh_realm))

    assert (outcome.code, len(outcome.lines)) == (0, 3)
    assert [each["protocolMapper"] for each in our_scope(fresh_realm)["protocolMappers"]] == [MAPPER_TYPE]


def test_a_hand_made_scope_is_completed(bare_realm: Realm) -> None:
    """An empty scope of our name gets the mapper and a consent text; what its maker said of it stays."""
    hand_made = {"name": SCOPE, "protocol": "openid-connect", "attributes": {"gui.order": "7"}}
    bare_realm.admin.create_client_scope(hand_made)
    bare_realm.admin.add_default_optional_client_scope(our_scope(bare_realm)["id"])

    outcome = user_metadata("setup", **of(bare_realm))

    scope = our_scope(bare_realm)
    assert (outcome.code, user_metadata("check", **of(bare_realm)).code) == (0, 0)
    assert scope["attributes"]["gui.order"] == "7"
    assert scope["attributes"]["consent.screen.text"] == "Preferences and other facts kept about you"
    assert SCOPE not in {each["name"] for each in bare_realm.admin.get_default_optional_client_scopes()}


def test_switches_of_the_mapper_are_the_operators(fresh_realm: Realm) -> None:
    """A claim switched off for a token stays off."""
    scope = our_scope(fresh_realm)
    (mapper,) = scope["protocolMappers"]
    mapper["config"]["userinfo.token.claim"] = "false"
    fresh_realm.admin.update_mapper_in_client_scope(scope["id"], mapper["id"], mapper)

    outcome = user_metadata("setup", **of(fresh_realm))

    assert outcome.lines == [f"nothing to change: the realm {fresh_realm.name} is ready"]


def test_two_at_once_leave_one_prepared_realm(bare_realm: Realm) -> None:
    """Who comes second on a step is told so in one line, and nothing is there twice."""
    with ThreadPoolExecutor() as together:
        runs = [together.submit(bare_realm.prepare) for _ in range(3)]
        failures = [run.exception() for run in runs]

    assert user_metadata("check", **of(bare_realm)).code == 0
    assert all(isinstance(failure, AdminError | None) for failure in failures), failures
    assert None in failures
