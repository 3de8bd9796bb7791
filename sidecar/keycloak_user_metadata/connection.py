"""Owns the calls to Keycloak as JSON, and turns their failures into errors; does not know what for."""

import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from .errors import BadGateway, GatewayTimeout, KeycloakUnavailable, MetadataError, TlsFailed
from .exact_json import JsonError, loads
from .pool import ConnectError, Pool
from .settings import Settings
from .wire import ProtocolError

# What the extension stores is less deep; what is deeper did not come from it.
_MAX_DEPTH = 256

_FIELDS = (("Accept", "application/json"), ("User-Agent", "keycloak-user-metadata"))

# Said of a write that broke off: nobody can tell from here how far it got.
DOUBT = " The change may have been made nevertheless: read before you send it again."


@dataclass(frozen=True, slots=True)
class Answer:
    """What Keycloak answered; ``body`` is None where it was no JSON, ``time`` is the extension's to tell."""

    status: int
    body: object
    location: str | None
    time: str | None = None

    def member(self, name: str) -> object:
        """Read one member of the body, None where there is no such member."""
        return self.body.get(name) if isinstance(self.body, dict) else None


class Connection:
    """Calls Keycloak over pooled connections; safe for any number of tasks at once."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool = pool
        url = urlsplit(settings.keycloak_url)
        self._origin = f"{url.scheme}://{url.netloc}"
        self._timeout = settings.keycloak_timeout

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator["Connection"]:
        """Open the pool, to be closed at the end of the context; connects when it is first used."""
        pool = Pool(
            settings.keycloak_url,
            most=settings.keycloak_connections,
            timeout=settings.keycloak_timeout,
            tls=settings.tls(),
        )
        try:
            yield cls(pool, settings)
        finally:
            pool.close()

    async def call(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Answer:
        """Send one request and read the whole answer; redirects are answers like any other.

        ``url`` is one of Keycloak's, and is taken as it is: what has to be percent-encoded must be.

        A GET that meets a connection Keycloak has closed meanwhile is sent once more. A POST never is: nobody
        can tell whether it was carried out.

        Raises:
            KeycloakUnavailable: there is no connection, or it broke.
            TlsFailed: the certificate is not trusted, or there is no TLS.
            GatewayTimeout: the time is up.
            BadGateway: the answer is no HTTP.
        """
        target = url.removeprefix(self._origin) or "/"
        try:
            response = await self._pool.request(method, target, (*_FIELDS, *fields), body)
        except ConnectError as error:
            raise self._not_connected(error.reason) from error
        except (TimeoutError, OSError, ProtocolError) as error:
            raise self._failure(error, DOUBT if method == "POST" else "") from error
        try:
            parsed = loads(response.body, max_depth=_MAX_DEPTH, trusted=True)
        except JsonError:
            parsed = None
        return Answer(
            response.status, parsed, response.field(b"location"), response.field(b"user-metadata-time")
        )

    def _not_connected(self, reason: OSError) -> MetadataError:
        note = f"[{self._origin}: {type(reason).__name__}: {reason}]"
        match reason:
            case ssl.SSLCertVerificationError():
                detail = f"Keycloak's certificate is not trusted: {reason.verify_message or 'see the log'}."
                return TlsFailed(f"{detail} USER_METADATA_CA_FILE names the authorities to trust.", note=note)
            case ssl.SSLError():
                return TlsFailed("No TLS connection to Keycloak.", note=note)
            case TimeoutError():
                return GatewayTimeout("No connection to Keycloak in time.", note=note)
            case _:
                return KeycloakUnavailable("Keycloak cannot be reached.", note=note)

    def _failure(self, error: Exception, doubt: str) -> MetadataError:
        # Not what the exception says: it might quote an answer that cannot be parsed, with a value in it.
        note = f"[{self._origin}: {type(error).__name__}]"
        match error:
            case TimeoutError():
                detail = f"Keycloak did not answer within {self._timeout:g} seconds.{doubt}"
                return GatewayTimeout(detail, note=note)
            case ProtocolError():
                return BadGateway(f"Keycloak's answer is no HTTP.{doubt}", note=note)
            case _:
                return KeycloakUnavailable(f"The connection to Keycloak broke.{doubt}", note=note)
