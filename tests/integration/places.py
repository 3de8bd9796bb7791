"""Owns where applications meet a claim: two tokens, userinfo, introspection; knows no expectation."""

import json

from tests.integration.realms import Realm
from tests.integration.tokens import PREFIX, Claims, Tokens, metadata_in

PLACES = ("access token", "ID token", "userinfo", "introspection")


def claims_everywhere(realm: Realm, tokens: Tokens) -> dict[str, Claims]:
    """Give all claims of a login, by place."""
    found = (tokens.access, tokens.identity, realm.userinfo(tokens), realm.introspect(tokens.access_token))
    return dict(zip(PLACES, found, strict=True))


def metadata_everywhere(realm: Realm, tokens: Tokens, prefix: str = PREFIX) -> dict[str, Claims]:
    """Give the metadata claims of a login, by place."""
    return {place: metadata_in(claims, prefix) for place, claims in claims_everywhere(realm, tokens).items()}


def in_every_place(claims: Claims) -> dict[str, Claims]:
    """Say the same of all places."""
    return dict.fromkeys(PLACES, claims)


def exactly(value: object) -> str:
    """Write a value so that two compare equal only as the same JSON: 1, 1.0 and true are three."""
    return json.dumps(value, sort_keys=True, indent=1)
