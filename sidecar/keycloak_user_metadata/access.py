"""Owns who gets in: every check a caller's token must pass before it is relayed; does not know rights.

What a caller may do is Keycloak's to decide, on every request and by the caller's present roles. Here junk is
kept away from it, and tokens meant for somebody else.
"""

import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NoReturn

import jwt
from cachetools import LRUCache

from .bearer import CredentialsError, TokenFacts, VerifiedToken, bearer_token, challenge
from .errors import InvalidToken
from .keyset import RealmKeys
from .realm import CLIENT
from .settings import Settings

AUDIENCE = CLIENT  # Keycloak's audience-resolve mapper names the clients that a caller has roles of

# Asymmetric ones only: with a symmetric one, whoever can verify can also sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

# Seconds by which our clock may differ from Keycloak's. Keycloak decides itself whether a relayed token has
# expired; here a clock that runs fast must not refuse what Keycloak would take.
_LEEWAY = 10

_USUAL = "Bearer "  # how nearly all credentials begin


class TokenVerifier:
    """Verifies bearer tokens, and remembers those it has verified by their digests, which open nothing."""

    def __init__(self, keys: RealmKeys, settings: Settings) -> None:
        self._keys = keys
        self._realm = settings.realm
        self._issuer = settings.issuer
        self._verified: LRUCache[bytes, TokenFacts] = LRUCache(settings.token_cache_size)

    async def verify(self, fields: Sequence[str]) -> VerifiedToken:
        """Verify the token of a request, given its Authorization fields.

        Raises:
            InvalidToken: there is none, or it fails a check; the detail says which and what would mend it.
            KeycloakUnavailable, RealmNotFound, IssuerMismatch, BadGateway: the keys cannot be had.
        """
        if len(fields) == 1 and fields[0].startswith(_USUAL):
            text = fields[0].removeprefix(_USUAL)  # to the letter what was verified, or it is not found
            if facts := self._known(text):
                return VerifiedToken(text, facts)
        try:
            text = bearer_token(fields)
        except CredentialsError as error:
            refusal = error.detail if error.sent else None
            raise InvalidToken(error.detail, headers=challenge(self._realm, refusal)) from None
        facts = self._known(text)
        if facts is None:
            facts = self._verified[_digest(text)] = await self._check(text)
        return VerifiedToken(text, facts)

    def _known(self, text: str) -> TokenFacts | None:
        facts = self._verified.get(_digest(text))
        valid = facts and time.time() < facts.expires + _LEEWAY and self._keys.holds(facts.key_id)
        return facts if valid else None

    async def _check(self, text: str) -> TokenFacts:
        key_id = await self._expected_key(text)
        key = await self._keys.find(key_id)
        if key is None:
            self._refuse("The token is signed with a key that the realm does not have.")
        try:
            claims: dict[str, Any] = jwt.decode(
                text,
                key,
                algorithms=ALGORITHMS,
                audience=AUDIENCE,
                issuer=self._issuer,
                leeway=_LEEWAY,
                options={
                    "require": ["exp", "iss", "aud"],  # not sub: lightweight tokens have none
                    "verify_signature": True,
                    "verify_exp": True,
                    "verify_nbf": True,
                    "verify_iat": False,  # when it was issued decides nothing, and clocks differ
                    "verify_aud": True,
                    "verify_iss": True,
                    "verify_sub": True,
                    "verify_jti": True,
                    "strict_aud": False,  # Keycloak's tokens may have several audiences
                },
            )
        except jwt.PyJWTError as error:
            self._refuse(_explain(error))
        self._require_bearer(claims)
        client, subject = claims.get("azp"), claims.get("sub")
        return TokenFacts(key_id, float(claims["exp"]), _text(client), _text(subject))

    async def _expected_key(self, text: str) -> str:
        """Look at what the token says of itself, to refuse early, and with a reason, what cannot pass."""
        try:
            claimed = jwt.decode_complete(text, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, RecursionError):
            self._refuse("The token is no signed JWT.")
        algorithm, key_id = claimed["header"].get("alg"), claimed["header"].get("kid")
        if algorithm not in ALGORITHMS:
            self._refuse(
                f"The token is signed with {_shown(algorithm)}; accepted are {', '.join(ALGORITHMS)}. "
                "In Keycloak it is a setting of the client that asks for the token."
            )
        await self._keys.ready()  # so that a wrong setting of ours is not held against the token
        issuer = claimed["payload"].get("iss")
        if issuer != self._issuer:
            self._refuse(
                f"The token's issuer is {_shown(issuer)}, expected is {self._issuer}. The token must be of "
                "this realm, and asked for at the address that Keycloak's --hostname names."
            )
        if not isinstance(key_id, str):
            self._refuse("The token does not name the key it is signed with.")
        self._require_bearer(claimed["payload"])
        return key_id

    def _require_bearer(self, claims: dict[str, Any]) -> None:
        if "cnf" in claims:
            self._refuse("The token is bound to its sender (DPoP or mutual TLS) and cannot be relayed.")
        if claims.get("typ") != "Bearer":
            self._refuse("The token is no access token: its claim typ is not Bearer.")

    def _refuse(self, detail: str) -> NoReturn:
        raise InvalidToken(detail, headers=challenge(self._realm, detail))


def _digest(text: str) -> bytes:
    return sha256(text.encode("latin-1")).digest()  # as header fields are decoded


def _text(claim: object) -> str | None:
    return claim if isinstance(claim, str) else None


def _shown(claim: object) -> str:
    return claim[:200] if isinstance(claim, str) and claim.isprintable() else "none that can be read"


def _explain(error: jwt.PyJWTError) -> str:  # noqa: PLR0911 - one for each check
    missing = getattr(error, "claim", None) if isinstance(error, jwt.MissingRequiredClaimError) else None
    match error:
        case jwt.ExpiredSignatureError():
            return "The token has expired."
        case jwt.ImmatureSignatureError():
            return "The token is not valid yet."
        case jwt.InvalidSignatureError():
            return "The token's signature is not the realm's."
        case jwt.InvalidAlgorithmError():
            return "The token's algorithm is not that of the key it names."
        case _ if missing == "aud" or isinstance(error, jwt.InvalidAudienceError):
            return (
                f"The token's audience lacks {AUDIENCE}. It is there when the caller has a role of the "
                f"client {AUDIENCE}. A lightweight token lacks it unless the client has an audience mapper "
                "for such tokens; one of a client without full scope, unless its scope has that role."
            )
        case _ if missing:
            return f"The token lacks the claim {missing}."
        case _:
            return "The token is not as Keycloak issues them."
