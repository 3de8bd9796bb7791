"""Owns the one pooled session to Keycloak, and turns its failures into errors; does not know what for."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import aiohttp
from yarl import URL

from .errors import BadGateway, GatewayTimeout, KeycloakUnavailable, MetadataError, TlsFailed
from .exact_json import JsonError, loads
from .settings import Settings

# What the extension stores is less deep; what is deeper did not come from it.
_MAX_DEPTH = 256

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

    def __init__(self, session: aiohttp.ClientSession, timeout: float) -> None:
        self._session = session
        self._timeout = timeout

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator["Connection"]:
        """Open the pool, to be closed at the end of the context; connects when it is first used."""
        connector = aiohttp.TCPConnector(limit=settings.keycloak_connections, ssl=settings.tls())
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=settings.keycloak_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json"},
        ) as session:
            yield cls(session, settings.keycloak_timeout)

    async def call(
        self,
        method: Literal["GET", "POST"],
        url: URL | str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send one request and read the whole answer; redirects are answers like any other.

        ``url`` is taken as it is: what has to be percent-encoded must be.

        A GET that meets a connection Keycloak has closed meanwhile is sent once more, by aiohttp. A POST
        never is: nobody can tell whether it was carried out.

        Raises:
            KeycloakUnavailable: there is no connection, or it broke.
            TlsFailed: the certificate is not trusted, or there is no TLS.
            GatewayTimeout: the time is up.
            BadGateway: the answer is no HTTP.
        """
        try:
            async with self._session.request(
                method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
            ) as response:
                text = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise self._failure(error, URL(url, encoded=True), writes=method == "POST") from error
        try:
            parsed = loads(text, max_depth=_MAX_DEPTH)
        except JsonError:
            parsed = None
        headers = response.headers
        return Answer(response.status, parsed, headers.get("Location"), headers.get("User-Metadata-Time"))

    def _failure(self, error: Exception, url: URL, *, writes: bool) -> MetadataError:  # noqa: PLR0911
        # An answer that cannot be parsed is quoted in the exception, and there may be a value in it.
        reason = f": {error}" if isinstance(error, aiohttp.ClientConnectorError) else ""
        note = f"[{url.origin()}: {type(error).__name__}{reason}]"
        doubt = DOUBT if writes else ""
        match error:
            case aiohttp.ConnectionTimeoutError():
                return GatewayTimeout("No connection to Keycloak in time.", note=note)
            case TimeoutError():
                detail = f"Keycloak did not answer within {self._timeout:g} seconds.{doubt}"
                return GatewayTimeout(detail, note=note)
            case aiohttp.ClientConnectorCertificateError():
                reason = getattr(error.certificate_error, "verify_message", "")
                detail = f"Keycloak's certificate is not trusted: {reason or 'see the log'}."
                return TlsFailed(f"{detail} USER_METADATA_CA_FILE names the authorities to trust.", note=note)
            case aiohttp.ClientSSLError():
                return TlsFailed("No TLS connection to Keycloak.", note=note)
            case aiohttp.ClientConnectorError():
                return KeycloakUnavailable("Keycloak cannot be reached.", note=note)
            case aiohttp.ClientResponseError():
                return BadGateway(f"Keycloak's answer is no HTTP.{doubt}", note=note)
            case _:
                return KeycloakUnavailable(f"The connection to Keycloak broke.{doubt}", note=note)
