"""Owns which clients' tokens carry the claims, and what else writes such claims; does not ask Keycloak."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from .realm import ATTRIBUTE, CLAIM_PREFIX, CLIENT, MAPPER_TYPE, SCOPE, Json

# Keycloak's own, in every realm: their tokens serve its consoles.
BUILT_IN: Final = frozenset(
    {
        "account",
        "account-console",
        "admin-cli",
        "admin-permissions",
        "broker",
        "realm-management",
        "security-admin-console",
        CLIENT,
    }
)


def takes_claims(client: Mapping[str, Any]) -> bool:
    """Tell whether the client obtains OIDC tokens at all: not SAML, not bearer-only."""
    return client.get("protocol", "openid-connect") == "openid-connect" and not client.get("bearerOnly")


def _is_ours_to_attach(client: Mapping[str, Any]) -> bool:
    """Tell whether ``--all-clients`` means this client, too."""
    return takes_claims(client) and client["clientId"] not in BUILT_IN


def has_scope(client: Mapping[str, Any]) -> bool:
    """Tell whether every token of the client carries the claims."""
    return SCOPE in client.get("defaultClientScopes", ())


def without_scope(clients: Iterable[Mapping[str, Any]], scopes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the clients whose tokens will not carry the claims, though they could.

    One with a mapper of ours of its own, or in another of its scopes, is not among them: what it gets has
    been chosen for it.
    """
    others = {scope["name"] for scope in scopes if _has_mapper(scope)}
    return sorted(
        each["clientId"]
        for each in clients
        if _is_ours_to_attach(each)
        and not has_scope(each)
        and not _has_mapper(each)
        and not others.intersection(each.get("defaultClientScopes", ()))
    )


def _has_mapper(holder: Mapping[str, Any]) -> bool:
    return any(mapper["protocolMapper"] == MAPPER_TYPE for mapper in holder.get("protocolMappers", ()))


def clashes(clients: Iterable[Mapping[str, Any]], scopes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Find the mappers that write ``metadata_…`` claims, or that put the whole stored document somewhere."""
    for kind, name, holders in (("client", "clientId", clients), ("client scope", "name", scopes)):
        for holder in holders:
            for mapper in holder.get("protocolMappers", ()):
                if effect := _effect(mapper):
                    yield f"{mapper['name']!r} of {kind} {holder[name]} {effect}"


def _effect(mapper: Json) -> str | None:
    if mapper["protocolMapper"] == MAPPER_TYPE:
        return None
    config = mapper.get("config", {})
    if config.get("user.attribute") == ATTRIBUTE:
        return "puts the whole stored document into tokens"
    claim = config.get("claim.name") or ""
    return f"writes {claim}" if claim.startswith(CLAIM_PREFIX) else None
