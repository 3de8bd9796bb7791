"""Owns the checks of a realm: what each finds, and how to mend it; changes nothing and does not print."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, Literal

from .admin import RealmAdmin
from .admin_errors import AdminError, ExtensionAbsent, LoginRefused
from .clients import clashes, without_scope
from .present import Present
from .realm import ATTRIBUTE, CLAIM_PREFIX, CLIENT, MAPPER_TYPE, ROLES, SCOPE, TOKEN_SWITCHES, namespaces

Level = Literal["ok", "note", "warn", "FAIL"]
Lines = Iterator[tuple[Level, str]]

_SETUP: Final = "run user-metadata setup"
_UNSEALED: Final = {
    "not_declared": "the user profile does not declare it",
    "permissions_declared": "its declaration lets somebody view or edit it",
    "required_declared": "its declaration makes it required",
    "selector_declared": "its declaration makes it depend on a scope",
    "length_too_small": "the length it declares is smaller than a document may be",
}
_NAMED_AT_MOST: Final = 10


@dataclass(frozen=True)
class Finding:
    """How it stands with one precondition, in one line."""

    level: Level
    subject: str
    text: str


def check(admin: RealmAdmin) -> Iterator[Finding]:
    """Look at every precondition in turn; ends at the first failure that leaves nothing to look at."""
    try:
        issuer = admin.discover()["issuer"]
    except AdminError as error:
        yield Finding("FAIL", "keycloak", str(error))
        return
    yield Finding("ok", "keycloak", f"realm {admin.settings.realm} at {admin.settings.keycloak_url}")
    yield _issuer(admin, issuer)
    try:
        admin.log_in()
    except AdminError as error:
        yield Finding("FAIL", "login", str(error))
        return
    present = Present(admin)
    for subject, look in _LOOKS.items():
        try:
            yield from (Finding(level, subject, text) for level, text in look(present))
        except ExtensionAbsent as error:
            yield Finding(
                "FAIL", subject, str(error) if look is _extension else "unknown without the extension"
            )
        except LoginRefused as error:
            yield Finding("FAIL", "login", str(error))
            return
        except AdminError as error:
            yield Finding("FAIL", subject, str(error))


def clients_finding(names: Sequence[str]) -> Finding:
    """Name the clients whose tokens will not carry the claims, and the command that mends it."""
    if not names:
        return Finding("ok", "clients", f"none lacks {SCOPE}")
    options = " ".join(f"--client {shlex.quote(name)}" for name in names[:_NAMED_AT_MOST])
    rest = " …" if len(names) > _NAMED_AT_MOST else ""
    text = (
        f"tokens of {', '.join(names[:_NAMED_AT_MOST])}{rest} ({len(names)}) will not carry the claims: "
        f"user-metadata setup {options}{rest}, or --all-clients"
    )
    return Finding("warn", "clients", text)


def _issuer(admin: RealmAdmin, issuer: str) -> Finding:
    expected = admin.settings.issuer
    if issuer != expected:
        text = (
            f"tokens carry {issuer}, the settings expect {expected}: set USER_METADATA_ISSUER to the first, "
            "or start Keycloak with --hostname set to the address in the second"
        )
        return Finding("FAIL", "issuer", text)
    try:
        follows = admin.discover(host="user-metadata-check.invalid")["issuer"] != issuer
    except AdminError:  # a proxy that knows its names
        follows = False
    if follows:
        text = (
            f"{issuer}, but only for who asks at this address: Keycloak follows the host name of each "
            "request and refuses tokens asked for at another; start it with --hostname"
        )
        return Finding("warn", "issuer", text)
    return Finding("ok", "issuer", issuer)


def _extension(present: Present) -> Lines:
    ours, theirs = version("keycloak-user-metadata"), present.info["version"]
    if ours == theirs:
        yield "ok", f"version {theirs}"
    else:
        text = f"version {theirs}, but this is {ours}: put the JAR of {ours}, and no other, into providers/"
        yield "warn", f"{text}, run kc.sh build, restart Keycloak"


def _sealed(present: Present) -> Lines:
    sealed, reason = present.info["sealed"], present.info["unsealedReason"]
    if sealed:
        yield "ok", ATTRIBUTE
    else:
        yield "FAIL", f"{ATTRIBUTE} is not sealed, {_UNSEALED.get(reason, reason)}: {_SETUP}"


def _policy(present: Present) -> Lines:
    policy = present.profile.get("unmanagedAttributePolicy")
    if policy != "ENABLED":
        yield "ok", f"policy {policy or 'absent'}"
    elif present.info["sealed"]:
        yield (
            "note",
            f"policy ENABLED: users may write what is not declared, but {ATTRIBUTE} is, and open to nobody",
        )
    else:
        yield "warn", f"policy ENABLED: users can write {ATTRIBUTE} themselves until it is sealed; {_SETUP}"


def _roles(present: Present) -> Lines:
    missing = [role for role in ROLES if role not in present.roles]
    if present.client is None:
        yield "FAIL", f"there is no client {CLIENT}: {_SETUP}"
    elif missing:
        yield "FAIL", f"the client {CLIENT} lacks {', '.join(missing)}: {_SETUP}"
    else:
        yield "ok", f"{', '.join(ROLES)} of the client {CLIENT}"
    if found := namespaces(present.roles):
        yield "ok", f"namespaces: {', '.join(found)}"
    for namespace, lacking in found.items():
        for name in lacking:
            text = f"namespace {namespace} has no role {name}:{namespace}"
            yield "note", f"{text}: user-metadata setup --namespace {shlex.quote(namespace)}"


def _scope(present: Present) -> Lines:
    if present.scope is None:
        yield "FAIL", f"there is no client scope {SCOPE}: {_SETUP}"
        return
    mappers = [
        each for each in present.scope.get("protocolMappers", ()) if each["protocolMapper"] == MAPPER_TYPE
    ]
    if not mappers:
        yield "FAIL", f"the client scope {SCOPE} has no mapper {MAPPER_TYPE}: {_SETUP}"
        return
    config: dict[str, Any] = mappers[0].get("config", {})
    tokens = [token for switch, token in TOKEN_SWITCHES.items() if config.get(switch) == "true"]
    if tokens:
        yield "ok", f"{SCOPE}, claims in {', '.join(tokens)}"
    else:
        yield (
            "warn",
            f"the mapper of {SCOPE} is switched off for every token: switch it on in the admin console",
        )


def _default_scope(present: Present) -> Lines:
    if SCOPE in present.default_scopes:
        yield "ok", f"new clients get {SCOPE}"
    else:
        yield "FAIL", f"new clients will not get {SCOPE}: {_SETUP}"


def _clients(present: Present) -> Lines:
    finding = clients_finding(without_scope(present.clients, present.scopes))
    yield finding.level, finding.text


def _other_mappers(present: Present) -> Lines:
    found = list(clashes(present.clients, present.scopes))
    for clash in found:
        yield "warn", f"mapper {clash}: remove it"
    if not found:
        yield "ok", f"none writes {CLAIM_PREFIX}… claims"


def _limits(present: Present) -> Lines:
    yield "ok", ", ".join(f"{name} {limit}" for name, limit in present.info["limits"].items())
    if ignored := present.info["ignoredSettings"]:
        yield "warn", f"realm attributes without effect, no number in range: {', '.join(ignored)}"


_LOOKS: Final[dict[str, Callable[[Present], Lines]]] = {
    "extension": _extension,
    "sealed attribute": _sealed,
    "unmanaged attributes": _policy,
    "roles": _roles,
    "client scope": _scope,
    "default scope": _default_scope,
    "clients": _clients,
    "other mappers": _other_mappers,
    "limits": _limits,
}
