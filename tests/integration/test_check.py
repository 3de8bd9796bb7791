"""``user-metadata check``: a line for each precondition, how to mend it, and the exit code."""

from typing import Any

import pytest

from keycloak_user_metadata import checks
from keycloak_user_metadata.realm import ATTRIBUTE, CLIENT, MAPPER_TYPE, SCOPE
from tests.integration.commands import at, of, user_metadata
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm

SUBJECTS = [
    "keycloak",
    "issuer",
    "extension",
    "sealed attribute",
    "unmanaged attributes",
    "roles",
    "client scope",
    "default scope",
    "clients",
    "other mappers",
    "limits",
]


def change_profile(realm: Realm, **changes: object) -> None:
    """Change members of the user profile."""
    realm.admin.update_realm_users_profile({**realm.admin.get_realm_users_profile(), **changes})


def scope_of(realm: Realm) -> dict[str, Any]:
    """Read the client scope of our name."""
    return realm.admin.get_client_scope_by_name(SCOPE) or {}


def test_a_prepared_realm_is_fine(fresh_realm: Realm) -> None:
    """One line for each precondition, all ok, exit code 0."""
    outcome = user_metadata("check", **of(fresh_realm))

    assert (outcome.code, outcome.err) == (0, "")
    assert [(line[:5].strip(), line[5:26].strip()) for line in outcome.lines] == [
        ("ok", subject) for subject in SUBJECTS
    ]


def test_a_bare_realm_fails_line_by_line(bare_realm: Realm) -> None:
    """Everything is looked at; each failing line says how to mend it."""
    outcome = user_metadata("check", **of(bare_realm))

    assert (outcome.code, outcome.failed) == (
        1,
        ["sealed attribute", "roles", "client scope", "default scope"],
    )
    assert outcome.out.count("run user-metadata setup") == 4


def test_check_changes_nothing(bare_realm: Realm) -> None:
    """It needs no right to change anything either: viewing the realm and its clients is enough."""
    client = bare_realm.client("viewer", secret="s")
    bare_realm.grant(bare_realm.service_account(client), "view-realm", "view-clients", of="realm-management")
    login = {"admin_realm": bare_realm.name, "admin_client_id": "viewer", "admin_client_secret": "s"}
    where = {"keycloak_url": bare_realm.keycloak.url, "realm": bare_realm.name}
    user_metadata("setup", **of(bare_realm))

    assert user_metadata("check", **where, **login).code == 0


@pytest.mark.parametrize(
    ("role", "failed", "missing"),
    [
        ("view-clients", ["extension", "sealed attribute", "unmanaged attributes", "limits"], "view-realm"),
        (
            "view-realm",
            ["roles", "client scope", "default scope", "clients", "other mappers"],
            "view-clients",
        ),
    ],
)
def test_what_the_login_may_not_see_fails_and_names_the_role(
    fresh_realm: Realm, role: str, failed: list[str], missing: str
) -> None:
    """A line that cannot be checked is not passed over."""
    client = fresh_realm.client("viewer", secret="s")
    fresh_realm.grant(fresh_realm.service_account(client), role, of="realm-management")
    login = {"admin_realm": fresh_realm.name, "admin_client_id": "viewer", "admin_client_secret": "s"}
    where = {"keycloak_url": fresh_realm.keycloak.url, "realm": fresh_realm.name}

    outcome = user_metadata("check", **where, **login)

    assert (outcome.code, outcome.failed) == (1, failed)
    assert all(f"the login lacks {missing}" in outcome.text(subject) for subject in failed)


def test_an_issuer_that_differs_is_shown_with_its_fix(fresh_realm: Realm) -> None:
    """Both issuers and both ways out; a closing slash makes a difference, too."""
    actual = f"{fresh_realm.keycloak.url}/realms/{fresh_realm.name}"

    for expected in (f"{actual}/", "https://id.example.test/realms/demo"):
        outcome = user_metadata("check", "--issuer", expected, **of(fresh_realm))

        text = outcome.text("issuer")
        assert (outcome.code, outcome.failed) == (1, ["issuer"])
        assert (actual in text, expected in text, "USER_METADATA_ISSUER" in text, "--hostname" in text) == (
            True,
            True,
            True,
            True,
        )


def test_a_realm_that_is_not_there(keycloak: Keycloak) -> None:
    """It is called not found; nothing is said of seals or extensions."""
    outcome = user_metadata("check", **at(keycloak), realm="demoo")

    assert outcome.code == 1
    assert outcome.lines == [f"FAIL keycloak             realm demoo not found at {keycloak.url}"]


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        ({"permissions": {"view": ["admin"], "edit": []}}, "lets somebody view or edit it"),
        ({"required": {"roles": ["user"]}}, "makes it required"),
        ({"selector": {"scopes": ["email"]}}, "depend on a scope"),
        ({"validations": {"length": {"max": 2048}}}, "smaller than a document may be"),
    ],
)
def test_why_the_attribute_is_not_sealed(
    fresh_realm: Realm, declaration: dict[str, Any], reason: str
) -> None:
    """The reason stands in the line."""
    attributes = fresh_realm.admin.get_realm_users_profile()["attributes"][:-1]
    change_profile(fresh_realm, attributes=[*attributes, {"name": ATTRIBUTE, **declaration}])

    outcome = user_metadata("check", **of(fresh_realm))

    assert (outcome.code, outcome.failed) == (1, ["sealed attribute"])
    assert reason in outcome.text("sealed attribute")


def test_an_open_policy_does_not_matter_to_a_sealed_realm(fresh_realm: Realm, bare_realm: Realm) -> None:
    """ENABLED is mentioned with the reason why it is harmless; in a realm not sealed it is a warning."""
    for realm in (fresh_realm, bare_realm):
        change_profile(realm, unmanagedAttributePolicy="ENABLED")

    sealed, unsealed = (user_metadata("check", **of(realm)) for realm in (fresh_realm, bare_realm))

    assert (sealed.code, sealed.levels("unmanaged attributes")) == (0, ["note"])
    assert f"{ATTRIBUTE} is, and open to nobody" in sealed.text("unmanaged attributes")
    assert unsealed.levels("unmanaged attributes") == ["warn"]


def test_missing_parts_are_named(fresh_realm: Realm) -> None:
    """A role, the mapper, the place among the default scopes: each is told apart."""
    admin, scope = fresh_realm.admin, scope_of(fresh_realm)
    admin.delete_client_role(str(admin.get_client_id(CLIENT)), "manage-metadata")
    admin.delete_mapper_from_client_scope(scope["id"], scope["protocolMappers"][0]["id"])
    admin.delete_default_default_client_scope(scope["id"])

    outcome = user_metadata("check", **of(fresh_realm))

    assert (outcome.code, outcome.failed) == (1, ["roles", "client scope", "default scope"])
    assert "lacks manage-metadata" in outcome.text("roles")
    assert f"no mapper {MAPPER_TYPE}" in outcome.text("client scope")


def test_the_tokens_that_carry_the_claims_are_named(fresh_realm: Realm) -> None:
    """As the mapper's switches say; with all of them off, it is a warning."""
    scope = scope_of(fresh_realm)
    (mapper,) = scope["protocolMappers"]

    for switched_on, level, text in (
        (["id.token.claim", "lightweight.claim"], "ok", "claims in ID token, lightweight access token"),
        ([], "warn", "switched off for every token"),
    ):
        mapper["config"] = {
            switch: str(switch in switched_on).lower() for switch in (*mapper["config"], "lightweight.claim")
        }
        fresh_realm.admin.update_mapper_in_client_scope(scope["id"], mapper["id"], mapper)
        outcome = user_metadata("check", **of(fresh_realm))

        assert (outcome.code, outcome.levels("client scope")) == (0, [level])
        assert text in outcome.text("client scope")


def test_mappers_that_write_our_claims_are_named(fresh_realm: Realm) -> None:
    """Those of a client and those of a scope, and one that lays the stored document open."""
    theme = {
        "name": "old theme",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {"user.attribute": "theme", "claim.name": "metadata_theme"},
    }
    leak = {**theme, "name": "leak", "config": {"user.attribute": ATTRIBUTE, "claim.name": "doc"}}
    harmless = {**theme, "name": "fine", "config": {"user.attribute": "x", "claim.name": "metadata"}}
    fresh_realm.client("shop", protocolMappers=[theme, harmless])
    legacy = {"name": "legacy", "protocol": "openid-connect", "protocolMappers": [leak]}
    fresh_realm.admin.create_client_scope(legacy)

    outcome = user_metadata("check", **of(fresh_realm))

    assert (outcome.code, outcome.levels("other mappers")) == (0, ["warn", "warn"])
    assert outcome.text("other mappers").splitlines() == [
        "mapper 'old theme' of client shop writes metadata_theme: remove it",
        "mapper 'leak' of client scope legacy puts the whole stored document into tokens: remove it",
    ]


def test_the_limits_in_force_are_printed(fresh_realm: Realm) -> None:
    """Those the realm lowered, those it set to what is no limit, and the defaults when both are gone."""
    settings = {"user-metadata.max-entries": "10", "user-metadata.max-value-bytes": "16k"}
    fresh_realm.admin.update_realm(fresh_realm.name, {"attributes": settings})

    lowered = user_metadata("check", **of(fresh_realm))
    fresh_realm.admin.update_realm(fresh_realm.name, {"attributes": {"frontendUrl": ""}})
    back = user_metadata("check", **of(fresh_realm))

    assert (lowered.code, lowered.levels("limits")) == (0, ["ok", "warn"])
    assert ("max-entries 10," in lowered.text("limits"), "max-entries 256," in back.text("limits")) == (
        True,
        True,
    )
    assert lowered.text("limits").endswith("user-metadata.max-value-bytes")


def test_another_version_of_the_extension_is_a_warning(
    fresh_realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both versions and the order of the steps: copy, build, start."""
    monkeypatch.setattr(checks, "version", lambda _: "9.9.9")

    outcome = user_metadata("check", **of(fresh_realm))

    assert (outcome.code, outcome.levels("extension")) == (0, ["warn"])
    assert "9.9.9" in outcome.text("extension")
    assert "run kc.sh build, restart Keycloak" in outcome.text("extension")
