"""Owns what a login gives: the tokens and what they say; verifies nothing."""

import base64
import json
from dataclasses import dataclass
from typing import Any

Claims = dict[str, Any]

PREFIX = "metadata_"


@dataclass(frozen=True)
class Tokens:
    """The tokens of one login; ``id_token`` is empty where the scope openid was not asked for."""

    access_token: str
    refresh_token: str = ""
    id_token: str = ""

    @classmethod
    def of(cls, answer: Claims) -> "Tokens":
        """Take them out of Keycloak's answer."""
        return cls(answer["access_token"], answer.get("refresh_token", ""), answer.get("id_token", ""))

    @property
    def access(self) -> Claims:
        """The claims of the access token."""
        return claims_of(self.access_token)

    @property
    def identity(self) -> Claims:
        """The claims of the ID token."""
        return claims_of(self.id_token)

    @property
    def all_claims(self) -> Claims:
        """What any of the two says."""
        return {**self.access, **(self.identity if self.id_token else {})}


def claims_of(token: str) -> Claims:
    """Decode a token's claims as they were signed."""
    payload = token.split(".")[1]
    claims: Claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def written_in(token: str) -> dict[str, bytes]:
    """Give each claim of a token as it is written in the signed payload, ``"name":value``, by name."""
    payload = token.split(".")[1]
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    read, written, place = json.JSONDecoder().raw_decode, {}, 1
    while place < len(text):
        name, colon = read(text, place)
        _, end = read(text, colon + 1)
        written[name] = text[place:end].encode()
        place = end + 1
    return written


def metadata_in(claims: Claims, prefix: str = PREFIX) -> Claims:
    """Pick the metadata out of a token's claims."""
    return {name: value for name, value in claims.items() if name.startswith(prefix)}
