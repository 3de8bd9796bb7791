"""The address of Keycloak: its relative path, its certificate, one without the extension, none at all."""

import pytest

from dev.ports import HOST, free_port
from tests.integration.commands import Outcome, at, user_metadata
from tests.integration.keycloaks import Keycloak
from tests.integration.secured import Secured

COMMANDS = pytest.mark.parametrize("command", ["setup", "check"])
NO_EXTENSION = (
    "the extension is not installed: copy keycloak-user-metadata.jar into Keycloak's providers/ folder"
)


def assert_one_line(outcome: Outcome, *parts: str) -> None:
    """The command failed, with one line that says all this."""
    said = outcome.out + outcome.err
    assert outcome.code == 1
    assert len(said.splitlines()) == 1, said
    assert [part for part in parts if part not in said] == [], said


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_without_the_extension_setup_changes_nothing(secured: Secured, options: tuple[str, ...]) -> None:
    """It says that the extension is missing and where it goes, and leaves the realm as it is."""
    admin = secured.keycloak.admin
    before = admin.get_realm_users_profile(), admin.get_client_scopes(), len(admin.get_clients())

    outcome = user_metadata("setup", *options, **secured.settings)

    assert_one_line(outcome, NO_EXTENSION, "run kc.sh build, restart Keycloak")
    assert (
        admin.get_realm_users_profile(),
        admin.get_client_scopes(),
        len(admin.get_clients()),
    ) == before


def test_without_the_extension_check_says_so_once(secured: Secured) -> None:
    """What only the extension can tell fails as well, and does not repeat the remedy."""
    outcome = user_metadata("check", **secured.settings)

    assert outcome.code == 1
    assert outcome.out.count(NO_EXTENSION) == 1
    assert outcome.text("sealed attribute") == "unknown without the extension"


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_relative_path_belongs_to_the_address(secured: Secured, slash: str) -> None:
    """With or without a closing slash, every command gets as far as the missing extension."""
    settings = {**secured.settings, "keycloak_url": secured.keycloak.url + slash}

    assert NO_EXTENSION in user_metadata("setup", **settings).err
    assert user_metadata("check", **settings).levels("keycloak") == ["ok"]


@COMMANDS
def test_a_missing_relative_path_is_hinted_at(secured: Secured, command: str) -> None:
    """The address tried and the one it may be."""
    bare = secured.keycloak.url.removesuffix("/auth")

    outcome = user_metadata(command, **{**secured.settings, "keycloak_url": bare})

    assert_one_line(outcome, f"no Keycloak at {bare} ", f"Perhaps it is {bare}/auth")


@COMMANDS
def test_a_surplus_relative_path_is_hinted_at(keycloak: Keycloak, command: str) -> None:
    """The address tried and the one it may be, the other way round."""
    settings = {**at(keycloak), "realm": "master", "keycloak_url": f"{keycloak.url}/auth"}

    outcome = user_metadata(command, **settings)

    assert_one_line(outcome, f"no Keycloak at {keycloak.url}/auth ", f"Perhaps it is {keycloak.url}\n")


def test_one_setting_makes_a_private_authority_known(secured: Secured) -> None:
    """It serves every call: discovery, login, the admin API."""
    settings = {**secured.by_https(), "ca_file": str(secured.authority)}

    assert NO_EXTENSION in user_metadata("setup", **settings).err
    assert user_metadata("check", **settings).levels("keycloak") == ["ok"]


@COMMANDS
def test_an_unknown_authority_is_told_in_one_line(secured: Secured, command: str) -> None:
    """Host, reason, remedy; no way to turn the check off."""
    outcome = user_metadata(command, **secured.by_https())

    host = f"{HOST}:{secured.https_port}"
    reason = f"the certificate of {host} is not trusted: unable to get local issuer certificate"
    assert_one_line(outcome, reason, "USER_METADATA_CA_FILE")


@COMMANDS
def test_a_certificate_for_another_host_is_told_in_one_line(secured: Secured, command: str) -> None:
    """The authority is known, the name is not: no hint at the authority."""
    settings = {**secured.by_https("localhost"), "ca_file": str(secured.authority)}

    outcome = user_metadata(command, **settings)

    assert_one_line(outcome, f"localhost:{secured.https_port}", "ostname mismatch")
    assert "USER_METADATA_CA_FILE" not in outcome.out + outcome.err


@COMMANDS
def test_tls_where_there_is_none(secured: Secured, command: str) -> None:
    """TLS at the plain port, and plain http at the port of TLS."""
    plain = secured.keycloak.url.replace("http:", "https:")
    secure = secured.by_https()["keycloak_url"].replace("https:", "http:")

    assert_one_line(
        user_metadata(command, **{**secured.settings, "keycloak_url": plain}), "does it speak plain http?"
    )
    assert user_metadata(command, **{**secured.settings, "keycloak_url": secure}).code == 1


@COMMANDS
def test_nobody_listens(command: str) -> None:
    """One line with the address, whether the port or the host is wrong."""
    login = {"realm": "demo", "admin_username": "admin", "admin_password": "admin"}
    port = free_port()

    refused = user_metadata(command, keycloak_url=f"http://{HOST}:{port}", **login)
    unknown = user_metadata(command, keycloak_url="http://keycloak.invalid", **login)

    assert_one_line(refused, f"{HOST}:{port} refuses the connection")
    assert_one_line(unknown, "keycloak.invalid is not known")
