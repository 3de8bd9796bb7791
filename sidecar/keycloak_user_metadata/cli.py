"""Owns the command line: parses, calls, prints; decides nothing about realms."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version as installed
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from .admin_errors import AdminError
from .settings import PREFIX, AdminSettings, Settings, SettingsError

# ruff: noqa: PLC0415 - a command loads only what it needs: serve no python-keycloak, setup no web framework
# ruff: noqa: PLR0913, PLR0917 - the parameters of a command are its options

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)

# Never wrapped: one finding stays one line for grep, whatever the width of the terminal.
_out = Console(soft_wrap=True, highlight=False)
_err = Console(soft_wrap=True, highlight=False, stderr=True)
_NO_NAMESPACE = "a namespace is of letters, digits, - and _, with single dots inside, 100 characters at most"
_STYLES = {"ok": "green", "note": "cyan", "warn": "yellow", "FAIL": "bold red"}


def _option(name: str, text: str) -> Any:  # noqa: ANN401 - Typer has no public type for it
    return typer.Option(f"--{name}", envvar=f"{PREFIX}{name.upper().replace('-', '_')}", help=text)


_KeycloakUrl = Annotated[
    str | None, _option("keycloak-url", "Keycloak's address, with its relative path (/auth).")
]
_Realm = Annotated[str | None, _option("realm", "The realm.")]
_Issuer = Annotated[
    str | None, _option("issuer", "Issuer in the tokens, where it differs from {url}/realms/{realm}.")
]
_CaFile = Annotated[
    str | None, _option("ca-file", "PEM file with the authority behind Keycloak's certificate.")
]
_AdminRealm = Annotated[
    str | None, _option("admin-realm", "Realm to log in at: master (default) or the realm itself.")
]
_AdminUsername = Annotated[
    str | None, _option("admin-username", f"Administrator. Password: {PREFIX}ADMIN_PASSWORD, or asked for.")
]
_AdminClientId = Annotated[
    str | None,
    _option("admin-client-id", f"Client to log in with. Secret: {PREFIX}ADMIN_CLIENT_SECRET."),
]


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - Typer calls it
    if wanted:
        _out.print(installed("keycloak-user-metadata"))
        raise typer.Exit


@app.callback(
    help=f"User metadata for Keycloak. Passwords, secrets and {PREFIX}ADMIN_TOKEN come by environment only."
)
def main(
    *,
    version: Annotated[  # noqa: ARG001 - its callback has answered it
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that belong to no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # names from a realm hold any character, terminals do not


@app.command()
def serve() -> None:
    """Serve the API; settings by environment."""
    from .server import serve as run

    with _telling():
        run(Settings.load())


@app.command()
def setup(
    keycloak_url: _KeycloakUrl = None,
    realm: _Realm = None,
    ca_file: _CaFile = None,
    admin_realm: _AdminRealm = None,
    admin_username: _AdminUsername = None,
    admin_client_id: _AdminClientId = None,
    client: Annotated[list[str] | None, typer.Option(help="Attach the scope to this client, too.")] = None,
    namespace: Annotated[
        list[str] | None,
        typer.Option(help="Create the roles for the keys that begin with this name and a dot, too."),
    ] = None,
    *,
    all_clients: Annotated[
        bool, typer.Option("--all-clients", help="Attach it to all OIDC clients.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    trust_existing_documents: Annotated[
        bool,
        typer.Option(
            "--trust-existing-documents", help="Seal documents that users may have written themselves."
        ),
    ] = False,
) -> None:
    """Prepare a realm; a second run changes nothing."""
    from .admin import RealmAdmin
    from .checks import clients_finding
    from .clients import without_scope
    from .plan import Wishes
    from .preparation import carry_out, prepare
    from .present import Present
    from .realm import is_namespace

    namespaces = list(dict.fromkeys(namespace or []))
    with _telling():
        if wrong := [name for name in namespaces if not is_namespace(name)]:
            raise SettingsError([f"--namespace {name!r}: {_NO_NAMESPACE}" for name in wrong])
        settings = _settings(
            keycloak_url=keycloak_url,
            realm=realm,
            ca_file=ca_file,
            admin_realm=admin_realm,
            admin_username=admin_username,
            admin_client_id=admin_client_id,
        )
        admin = RealmAdmin(settings)
        admin.discover()
        admin.log_in()
        present = Present(admin)
        attach = client or []
        wishes = Wishes(attach, all_clients, namespaces)
        steps = prepare(admin, present, wishes, trust_existing=trust_existing_documents)
        for step in steps if dry_run else carry_out(admin, steps):
            _out.print(Text(step.text))
    changes = f"{len(steps)} change{'' if len(steps) == 1 else 's'}"
    end = f"dry run: {changes}, none made" if dry_run else f"{changes} made"
    _out.print(end if steps else f"nothing to change: the realm {settings.realm} is ready")
    if all_clients:
        _say("note", "clients", "Keycloak's own clients, bearer-only and SAML clients are left out")
    elif left := [name for name in without_scope(present.clients, present.scopes) if name not in attach]:
        finding = clients_finding(left)
        _say(finding.level, finding.subject, finding.text)


@app.command()
def check(
    keycloak_url: _KeycloakUrl = None,
    realm: _Realm = None,
    issuer: _Issuer = None,
    ca_file: _CaFile = None,
    admin_realm: _AdminRealm = None,
    admin_username: _AdminUsername = None,
    admin_client_id: _AdminClientId = None,
) -> None:
    """Check a realm and say how to mend it."""
    from .admin import RealmAdmin
    from .checks import check as look

    failed = False
    with _telling():
        settings = _settings(
            keycloak_url=keycloak_url,
            realm=realm,
            issuer=issuer,
            ca_file=ca_file,
            admin_realm=admin_realm,
            admin_username=admin_username,
            admin_client_id=admin_client_id,
        )
        for finding in look(RealmAdmin(settings)):
            _say(finding.level, finding.subject, finding.text)
            failed = failed or finding.level == "FAIL"
    if failed:
        raise typer.Exit(1)


@app.command()
def realm_fragment() -> None:
    """Print what a realm file for import needs."""
    from .realm import realm_fragment as fragment

    sys.stdout.write(json.dumps(fragment(), indent=2) + "\n")


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what was foreseen into one line on standard error and exit code 1, or 2 for wrong settings."""
    try:
        yield
    except SettingsError as error:
        for mistake in error.mistakes:
            _complain(mistake)
        raise typer.Exit(2) from None
    except AdminError as error:
        _complain(str(error))
        raise typer.Exit(1) from None


def _settings(**given: str | None) -> AdminSettings:
    settings = AdminSettings.load(**given)
    if (
        settings.admin_username
        and not (settings.admin_password or settings.admin_token)
        and sys.stdin.isatty()
    ):
        password = typer.prompt(f"Password of {settings.admin_username}", hide_input=True, err=True)
        return settings.model_copy(update={"admin_password": SecretStr(password)})
    return settings


def _say(level: str, subject: str, text: str) -> None:
    _out.print(Text.assemble((f"{level:<5}", _STYLES[level]), f"{subject:<21}{text}"))


def _complain(text: str) -> None:
    _err.print(Text.assemble(("error ", _STYLES["FAIL"]), text))
