"""Owns the question whether Keycloak, realm and issuer are those of the settings; does not keep the answer.

Two addresses are never mixed up: the one at which Keycloak is reached, and the issuer it writes into tokens.
"""

from .connection import Answer, Connection
from .errors import BadGateway, IssuerMismatch, KeycloakUnavailable, NoKeycloakHere, RealmNotFound
from .settings import Settings


async def require_realm(connection: Connection, settings: Settings) -> None:
    """Compare the settings with the realm's discovery document.

    Raises:
        RealmNotFound: Keycloak has no such realm.
        NoKeycloakHere: something else answers at that address.
        IssuerMismatch: tokens of this realm carry another issuer.
        KeycloakUnavailable: nothing answers, or only a proxy that does not reach Keycloak either.
    """
    url = f"{settings.realm_url}/.well-known/openid-configuration"
    answer = await connection.call("GET", url)
    issuer = answer.member("issuer")
    if answer.status != 200 or not isinstance(issuer, str):  # noqa: PLR2004 - OK
        raise _failure(answer, settings, f"[GET {url}: {answer.status}]")
    if issuer != settings.issuer:
        detail = (
            f"Tokens of the realm carry the issuer {issuer}, but this sidecar expects {settings.issuer}. "
            "Set USER_METADATA_ISSUER to the first, or start Keycloak with --hostname as in the second."
        )
        raise IssuerMismatch(detail)


def unavailable_or_nonsense(answer: Answer, note: str, doubt: str = "") -> KeycloakUnavailable | BadGateway:
    """Make an error of an answer that no version of Keycloak gives to what was asked."""
    # What a proxy says when Keycloak is away, and Keycloak when it is too busy.
    if answer.status in (502, 503, 504):
        detail = f"Keycloak is not available: {answer.status} was the answer.{doubt}"
        return KeycloakUnavailable(detail, note=note)
    if answer.status == 500:  # noqa: PLR2004 - what Keycloak says when its database is away
        detail = f"Keycloak failed; its log has the reason, as a rule that its database is away.{doubt}"
        return KeycloakUnavailable(detail, note=note)
    if 300 <= answer.status < 400:  # noqa: PLR2004 - redirects
        detail = (
            "Keycloak redirects to another address: USER_METADATA_KEYCLOAK_URL must be its final address."
        )
        return BadGateway(detail, note=f"{note} to {answer.location}")
    return BadGateway(f"Keycloak answered {answer.status} to something it should know.", note=note)


def _failure(answer: Answer, settings: Settings, note: str) -> Exception:
    if answer.status == 404 and answer.member("error") == "Realm does not exist":  # noqa: PLR2004
        detail = f"Keycloak has no realm {settings.realm}: see USER_METADATA_REALM."
        return RealmNotFound(detail, note=note)
    if answer.status in (200, 404) or 300 <= answer.status < 400:  # noqa: PLR2004
        detail = (
            "What answers at USER_METADATA_KEYCLOAK_URL is not Keycloak, or not its address: a relative path "
            "such as /auth belongs to it, and only where Keycloak has one."
        )
        return NoKeycloakHere(detail, note=f"{note} {answer.location or ''}".rstrip())
    reason = answer.member("error_description")
    return unavailable_or_nonsense(answer, f"{note} {reason}" if isinstance(reason, str) else note)
