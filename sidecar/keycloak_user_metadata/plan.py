"""Owns the steps that prepare a realm: only what is missing or differs; does not print.

Each step extends what there is. What is not ours stays as it is, and where all is there, no step is left.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from keycloak import KeycloakAdmin

from . import realm
from .admin_errors import AdminError
from .clients import has_scope, takes_claims, without_scope
from .present import Present
from .realm import CLIENT, MAPPER, MAPPER_TYPE, SCOPE, Json


@dataclass(frozen=True)
class Step:
    """One change: what it does, in words, the role it takes, and the call that does it."""

    text: str
    role: str
    apply: Callable[[KeycloakAdmin], object]


@dataclass(frozen=True)
class Wishes:
    """What the operator wants beside what every realm needs: clients with the scope, roles by namespace."""

    attach_to: Collection[str] = ()
    all_clients: bool = False
    namespaces: Collection[str] = ()


NOTHING_MORE: Final = Wishes()


def plan(present: Present, wishes: Wishes) -> list[Step]:
    """List the changes that make the realm ready.

    Raises:
        AdminError: a client or scope of our name is something else; a client to attach to is unfit.
    """
    return [
        *_profile(present),
        *_client(present, wishes.namespaces),
        *_scope(present),
        *_default_scope(present),
        *_attachments(present, wishes),
    ]


def _profile(present: Present) -> Iterator[Step]:
    sealed = realm.sealed_profile(present.profile)
    if sealed == present.profile:
        return
    text = (
        "seal the declared attribute"
        if realm.declaration(present.profile)
        else "declare the sealed attribute"
    )
    yield Step(
        f"{text} {realm.ATTRIBUTE} in the user profile",
        "manage-realm",
        lambda keycloak: keycloak.update_realm_users_profile(sealed),
    )


def _client(present: Present, namespaces: Collection[str]) -> Iterator[Step]:
    if present.client is None:
        yield _clients_step(
            f"create the client {CLIENT}", lambda keycloak: keycloak.create_client(realm.client())
        )
    elif not present.client.get("bearerOnly") and not present.roles & set(realm.ROLES):
        message = f"the realm has a client {CLIENT} that is something else: rename or remove it first"
        raise AdminError(message)
    for role in realm.roles(namespaces):
        if role["name"] not in present.roles:
            yield _clients_step(f"create the role {role['name']} of {CLIENT}", partial(_create_role, role))


def _create_role(role: Json, keycloak: KeycloakAdmin) -> None:
    keycloak.create_client_role(_uuid(keycloak.get_client_id(CLIENT)), role)


def _scope(present: Present) -> Iterator[Step]:
    scope = present.scope
    if scope is None:
        yield _clients_step(
            f"create the client scope {SCOPE} with its mapper",
            lambda keycloak: keycloak.create_client_scope(realm.scope()),
        )
        return
    mappers: list[Json] = scope.get("protocolMappers", [])
    ours = [mapper for mapper in mappers if mapper["protocolMapper"] == MAPPER_TYPE]
    misnamed = [mapper for mapper in mappers if mapper["name"] == MAPPER and mapper not in ours]
    if scope.get("protocol") != "openid-connect" or (mappers and not ours and not misnamed):
        message = f"the realm has a client scope {SCOPE} that is something else: rename or remove it first"
        raise AdminError(message)
    wanted = realm.scope()["attributes"]
    attributes = {**wanted, **{name: text for name, text in scope.get("attributes", {}).items() if text}}
    if attributes != scope.get("attributes"):
        changed = {**scope, "attributes": attributes}
        yield _clients_step(
            f"complete the client scope {SCOPE} (consent text)",
            lambda keycloak: keycloak.update_client_scope(scope["id"], changed),
        )
    if ours:
        return
    if misnamed:
        yield _clients_step(
            f"remove the mapper {MAPPER} of another type from the client scope {SCOPE}",
            lambda keycloak: keycloak.delete_mapper_from_client_scope(scope["id"], misnamed[0]["id"]),
        )
    yield _clients_step(
        f"add the mapper {MAPPER} to the client scope {SCOPE}",
        lambda keycloak: keycloak.add_mapper_to_client_scope(scope["id"], realm.mapper()),
    )


def _default_scope(present: Present) -> Iterator[Step]:
    if SCOPE in present.default_scopes:
        return
    if SCOPE in present.optional_scopes:
        yield _clients_step(
            f"take {SCOPE} off the optional scopes of new clients",
            lambda keycloak: keycloak.delete_default_optional_client_scope(_scope_id(keycloak)),
        )
    yield _clients_step(
        f"make {SCOPE} a default scope of new clients",
        lambda keycloak: keycloak.add_default_default_client_scope(_scope_id(keycloak)),
    )


def _attachments(present: Present, wishes: Wishes) -> Iterator[Step]:
    attach_to = wishes.attach_to
    known = {client["clientId"]: client for client in present.clients}
    if unknown := [client for client in attach_to if client not in known]:
        message = f"the realm has no client {', '.join(unknown)}"
        raise AdminError(message)
    if unfit := [client for client in attach_to if not takes_claims(known[client])]:
        message = f"{', '.join(unfit)}: bearer-only or SAML, so no OIDC token of it could carry claims"
        raise AdminError(message)
    every = without_scope(present.clients, present.scopes) if wishes.all_clients else []
    for name, client in sorted(known.items()):
        if name in every or (name in attach_to and not has_scope(client)):
            yield _clients_step(f"attach {SCOPE} to the client {name}", partial(_attach, client))


def _attach(client: Json, keycloak: KeycloakAdmin) -> None:
    scope = _scope_id(keycloak)
    if SCOPE in client.get("optionalClientScopes", ()):
        # Keycloak ignores the request for a default scope while the client has it as an optional one.
        keycloak.delete_client_optional_client_scope(client["id"], scope)
    keycloak.add_client_default_client_scope(client["id"], scope, {})


def _clients_step(text: str, apply: Callable[[KeycloakAdmin], object]) -> Step:
    return Step(text, "manage-clients", apply)


def _scope_id(keycloak: KeycloakAdmin) -> str:
    scope = keycloak.get_client_scope_by_name(SCOPE) or {}
    return _uuid(scope.get("id"))


def _uuid(found: str | None) -> str:
    if found is None:  # created a moment ago, and gone
        message = "somebody else changes the realm at the same time: run setup again"
        raise AdminError(message)
    return found
