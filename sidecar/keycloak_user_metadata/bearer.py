"""Owns the Authorization field and the type of a token that was verified; does not verify."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_CREDENTIALS = re.compile(r"(?P<scheme>[!#$%&'*+.^_`|~0-9A-Za-z-]+) +(?P<token>[A-Za-z0-9._~+/-]+=*)")

# Keycloak reads no more than 64 KiB of header fields.
_LONGEST_TOKEN = 60_000


def challenge(realm: str, refusal: str | None = None) -> dict[str, str]:
    """Write the header field of a 401 (RFC 6750), with the reason where a token was refused."""
    text = f'Bearer realm="{_quotable(realm)}"'
    if refusal is not None:
        text += f', error="invalid_token", error_description="{_quotable(refusal)}"'
    return {"WWW-Authenticate": text}


def _quotable(text: str) -> str:
    """Leave the characters that may stand between the quotes."""
    return re.sub(r"[^ !#-\[\]-~]", "?", text.replace('"', "'"))


class CredentialsError(Exception):
    """No bearer token can be read from the request; ``sent`` tells whether something else was there."""

    def __init__(self, detail: str, *, sent: bool = True) -> None:
        super().__init__(detail)
        self.detail = detail
        self.sent = sent


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is known of a token that passed every check: its key, when it expires, whose it is."""

    key_id: str
    expires: float
    client: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """An access token that passed every check: a type of its own, so that no other text is ever relayed."""

    text: str = field(repr=False)
    facts: TokenFacts


def bearer_token(fields: Sequence[str]) -> str:
    """Read the token of a request from its Authorization fields.

    Raises:
        CredentialsError: there is none.
    """
    if not fields:
        detail = "Send an access token of the realm: Authorization: Bearer <token>."
        raise CredentialsError(detail, sent=False)
    if len(fields) > 1:
        detail = "The request has more than one Authorization field."
        raise CredentialsError(detail)
    credentials = _CREDENTIALS.fullmatch(fields[0].strip(" \t"))
    scheme = credentials["scheme"].lower() if credentials else fields[0].partition(" ")[0].lower()
    if scheme == "dpop":
        detail = "DPoP-bound tokens are not accepted: a token that is relayed must be a plain bearer token."
        raise CredentialsError(detail)
    if not credentials or scheme != "bearer":
        detail = "The Authorization field is not of the form: Bearer <token>."
        raise CredentialsError(detail)
    if len(credentials["token"]) > _LONGEST_TOKEN:
        detail = "The token is longer than Keycloak accepts in a request."
        raise CredentialsError(detail)
    return credentials["token"]
