"""Who may run ``user-metadata setup``: the ways to log in, and what is said to those who may not."""

import pytest

from keycloak_user_metadata.admin import RealmAdmin
from keycloak_user_metadata.preparation import carry_out, prepare
from keycloak_user_metadata.present import Present
from keycloak_user_metadata.realm import ATTRIBUTE
from keycloak_user_metadata.settings import AdminSettings
from tests.integration.commands import at, user_metadata
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import PASSWORD, Client, Realm

SECRET = "s3cr3t-of-the-installer"


def of(realm: Realm, **login: str) -> dict[str, str]:
    """Give the settings for a realm, with this login only."""
    return {"keycloak_url": realm.keycloak.url, "realm": realm.name, **login}


def installer(realm: Realm, *roles: str) -> dict[str, str]:
    """Log in as a service client of the realm itself that has these roles."""
    client = realm.client("installer", secret=SECRET)
    realm.grant(realm.service_account(client), *roles, of="realm-management")
    return of(realm, admin_realm=realm.name, admin_client_id="installer", admin_client_secret=SECRET)


@pytest.fixture
def master_client(keycloak: Keycloak) -> Client:
    """A service client of master, without any role; it goes with the test."""
    admin = keycloak.admin
    client = {"clientId": "installer", "secret": SECRET, "serviceAccountsEnabled": True}
    if present := admin.get_client_id("installer"):
        admin.delete_client(present)
    return Client(admin.create_client(client), "installer", SECRET)


def grant_in_master(keycloak: Keycloak, client: Client, role: str) -> None:
    """Give a service client of master a role of master."""
    account = keycloak.admin.get_client_service_account_user(client.id)["id"]
    keycloak.admin.assign_realm_roles(account, [keycloak.admin.get_realm_role(role)])


def test_a_service_client_of_master(keycloak: Keycloak, bare_realm: Realm, master_client: Client) -> None:
    """It logs in at master and prepares another realm."""
    grant_in_master(keycloak, master_client, "admin")

    login = of(bare_realm, admin_client_id="installer", admin_client_secret=SECRET)

    assert user_metadata("setup", **login).code == 0
    assert user_metadata("check", **login).code == 0


def test_a_service_client_of_the_realm_itself(bare_realm: Realm) -> None:
    """It takes manage-realm and manage-clients, no more, for setup and for check."""
    login = installer(bare_realm, "manage-realm", "manage-clients")

    assert user_metadata("setup", **login).code == 0
    assert user_metadata("check", **login).code == 0


@pytest.mark.parametrize(
    ("roles", "missing"),
    [
        (["manage-clients"], "manage-realm"),
        (["manage-realm"], "manage-clients"),
        (["view-realm", "view-clients"], "manage-realm and manage-clients"),
        ([], "manage-realm and manage-clients"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_missing_role_is_named_before_the_first_change(
    bare_realm: Realm, roles: list[str], missing: str, options: tuple[str, ...]
) -> None:
    """No half-prepared realm: the roles are looked at first."""
    outcome = user_metadata("setup", *options, **installer(bare_realm, *roles))

    where = f"(role of the client realm-management in the realm {bare_realm.name})"
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"error the login lacks {missing} {where}\n")
    declared = [attribute["name"] for attribute in bare_realm.admin.get_realm_users_profile()["attributes"]]
    assert ATTRIBUTE not in declared


def test_an_administrator_of_the_realm_itself(bare_realm: Realm) -> None:
    """A person who administers this realm only."""
    person = bare_realm.user()
    bare_realm.grant(person.id, "realm-admin", of="realm-management")
    login = of(
        bare_realm, admin_realm=bare_realm.name, admin_username=person.username, admin_password=PASSWORD
    )

    assert user_metadata("setup", **login).code == 0


def test_an_existing_token(bare_realm: Realm) -> None:
    """Nobody logs in where a token is given."""
    token = bare_realm.keycloak.admin
    token.get_realms()
    bearer = (token.connection.token or {})["access_token"]

    assert user_metadata("setup", **of(bare_realm, admin_token=bearer)).code == 0


@pytest.mark.parametrize("token", ["no.token.atall", "two\nlines", "tökèn"])
@pytest.mark.parametrize("command", ["setup", "check"])
def test_a_token_that_does_not_count(realm: Realm, token: str, command: str) -> None:
    """It is refused, by Keycloak or as no token at all, in lines that do not repeat it."""
    outcome = user_metadata(command, **of(realm, admin_token=token))

    said = outcome.out + outcome.err
    assert (outcome.code, token in said) == (1, False)
    assert len(said.splitlines()) == (1 if command == "setup" else 3)


def test_a_realm_created_a_moment_ago(keycloak: Keycloak, master_client: Client) -> None:
    """The token with which a realm was created prepares it, although it is older than the realm's roles."""
    grant_in_master(keycloak, master_client, "create-realm")
    login = {"admin_client_id": "installer", "admin_client_secret": SECRET}
    admin = RealmAdmin(AdminSettings.load(keycloak_url=keycloak.url, realm="created-just-now", **login))
    admin.log_in()
    with admin.needing("create-realm") as master:
        master.create_realm({"realm": "created-just-now", "enabled": True})
    try:
        steps = list(carry_out(admin, prepare(admin, Present(admin))))
    finally:
        keycloak.admin.delete_realm("created-just-now")

    assert len(steps) == 7


@pytest.mark.parametrize(
    ("login", "message"),
    [
        ({}, "no login given: --admin-username with USER_METADATA_ADMIN_PASSWORD, or --admin-client-id"),
        ({"admin_username": "admin"}, "password of admin is missing: set USER_METADATA_ADMIN_PASSWORD"),
        ({"admin_client_id": "installer"}, "no login given"),
        (
            {"admin_username": "admin", "admin_password": "wrong-password"},
            "realm master refuses the login of admin: Invalid user credentials",
        ),
        (
            {"admin_client_id": "nobody", "admin_client_secret": "wrong-password"},
            "realm master refuses the login of client nobody: Invalid client or Invalid client credentials",
        ),
        (
            {"admin_realm": "elsewhere", "admin_username": "admin", "admin_password": "wrong-password"},
            "log in at the realm master or at",
        ),
    ],
)
def test_a_login_that_fails_is_told_in_one_line(realm: Realm, login: dict[str, str], message: str) -> None:
    """What is missing or refused, by name, never with a secret."""
    for command in ("setup", "check"):
        outcome = user_metadata(command, **of(realm, **login))

        said = outcome.out + outcome.err
        assert (outcome.code, message in said, "wrong-password" in said) == (1, True, False)
        assert said.splitlines()[-1].startswith(("error", "FAIL login"))


def test_mixed_up_settings_are_told_all_at_once(keycloak: Keycloak) -> None:
    """Wrong settings end a command before it asks anybody, with exit code 2."""
    outcome = user_metadata("setup", **{**at(keycloak), "keycloak_url": "id.example.com", "realm": ""})

    assert outcome.code == 2
    assert [line.split()[1] for line in outcome.err.splitlines()] == [
        "USER_METADATA_KEYCLOAK_URL",
        "USER_METADATA_REALM",
    ]
