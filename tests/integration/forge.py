"""Owns tokens that Keycloak would not issue: signed with the realm's own key, or with what passes for it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.integration.realms import Realm
from tests.integration.tokens import Claims, claims_of

Header = dict[str, Any]


def new_key() -> rsa.RSAPrivateKey:
    """Make a key that no realm has."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Forge:
    """Signs tokens of a realm, into which it has put a key of its own."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.key = new_key()
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        config = {"priority": ["1000"], "algorithm": ["RS256"], "privateKey": [pem]}
        add_key_provider(realm, "rsa", config)

    @cached_property
    def genuine(self) -> str:
        """A token of a caller that may manage metadata, as Keycloak issues it."""
        return self.realm.token("manage-metadata")

    @property
    def key_id(self) -> str:
        """The id under which the realm publishes the key."""
        return str(header_of(self.genuine)["kid"])

    def claims(self, **changes: object) -> Claims:
        """Give the genuine token's claims, with others in their place; None leaves one out."""
        changed = {**claims_of(self.genuine), **changes}
        return {name: value for name, value in changed.items() if value is not None}

    def token(
        self, header: Header | None = None, key: rsa.RSAPrivateKey | None = None, **changes: object
    ) -> str:
        """Sign a token like the genuine one, but for these changes."""
        claimed = {"kid": self.key_id, **(header or {})}
        content = json.dumps(self.claims(**changes)).encode()  # whatever it says: jwt.encode would object
        return jwt.PyJWS().encode(content, key or self.key, "RS256", claimed)

    def hmac_token(self, secret: bytes) -> str:
        """Sign with HS256 and something everybody knows, as its secret."""
        signed = _unsigned({"alg": "HS256", "typ": "JWT", "kid": self.key_id}, self.claims())
        return f"{signed}.{_base64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

    def unsigned_token(self, algorithm: str, signature: bytes = b"") -> str:
        """Claim an algorithm and sign nothing."""
        return f"{_unsigned({'alg': algorithm, 'kid': self.key_id}, self.claims())}.{_base64(signature)}"


def add_key_provider(realm: Realm, provider: str, config: Mapping[str, object]) -> None:
    """Let a realm sign with another key."""
    component = {"name": provider, "providerId": provider, "providerType": "org.keycloak.keys.KeyProvider"}
    realm.admin.create_component({**component, "config": config})


def header_of(token: str) -> Header:
    """Decode what a token says of itself."""
    header: Header = jwt.get_unverified_header(token)
    return header


def with_payload(token: str, claims: Claims) -> str:
    """Put other claims under a token's signature."""
    header, _, signature = token.split(".")
    return f"{header}.{_json(claims)}.{signature}"


def _unsigned(header: Header, claims: Claims) -> str:
    return f"{_json(header)}.{_json(claims)}"


def _json(content: Mapping[str, object]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
