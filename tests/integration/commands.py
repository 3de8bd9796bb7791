"""Owns the command line as an operator sees it: runs ``user-metadata`` in this process; asserts nothing."""

from dataclasses import dataclass

from typer.testing import CliRunner

from keycloak_user_metadata.cli import app
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm

SUBJECT = slice(5, 26)


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line."""
        return self.out.splitlines()

    def levels(self, subject: str) -> list[str]:
        """How ``check`` judged a subject: ok, note, warn or FAIL, once for each of its lines."""
        return [line[: SUBJECT.start].strip() for line in self.lines if line[SUBJECT].strip() == subject]

    def text(self, subject: str) -> str:
        """What ``check`` said of a subject."""
        return "\n".join(line[SUBJECT.stop :] for line in self.lines if line[SUBJECT].strip() == subject)

    @property
    def failed(self) -> list[str]:
        """The subjects that ``check`` found failing."""
        return [line[SUBJECT].strip() for line in self.lines if line.startswith("FAIL")]


def user_metadata(*arguments: str, **settings: str) -> Outcome:
    """Run a command with these settings in its environment: ``realm`` is USER_METADATA_REALM."""
    environment = {f"USER_METADATA_{name.upper()}": value for name, value in settings.items()}
    result = CliRunner().invoke(app, list(arguments), env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def of(realm: Realm) -> dict[str, str]:
    """Give the settings for a realm, with the administrator of master."""
    return {**at(realm.keycloak), "realm": realm.name}


def at(keycloak: Keycloak) -> dict[str, str]:
    """Give the settings for a Keycloak, with the administrator of master."""
    login = keycloak.login
    return {"keycloak_url": keycloak.url, "admin_username": login.username, "admin_password": login.password}
