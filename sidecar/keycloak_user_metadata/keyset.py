"""Owns the keys that sign the realm's tokens, by key id; does not verify.

A rotated key works at once, since its first token makes the set be fetched; a flood of invented key ids costs
a few fetches only; and when Keycloak is away, the last good set goes on.
"""

import asyncio
import logging
import time
from collections.abc import Callable

import jwt
from aiolimiter import AsyncLimiter

from .connection import Connection
from .discovery import require_realm, unavailable_or_nonsense
from .errors import BadGateway, GatewayTimeout, KeycloakUnavailable, MetadataError
from .settings import Settings

_log = logging.getLogger(__name__)

# Fetches at once, and seconds until as many are allowed again.
_BURST, _PERIOD = 5, 10


class RealmKeys:
    """The realm's keys. Built within a running event loop."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._keys: dict[str, jwt.PyJWK] | None = None
        self._lock = asyncio.Lock()
        self._limiter = AsyncLimiter(_BURST, _PERIOD)
        self._begun = self._ended = float("-inf")
        self._failure: MetadataError | None = None

    def holds(self, key_id: str) -> bool:
        """Tell whether this key is one of the realm's, as far as is known."""
        return self._keys is not None and key_id in self._keys

    async def ready(self) -> None:
        """Have a set of keys, so that the settings were compared with the realm once.

        Raises:
            MetadataError: there is none and none can be fetched, see ``find``.
        """
        await self._refresh(lambda: self._keys is not None)

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """Find a key, fetching the set anew where it is not known; None when the realm has no such key.

        Raises:
            KeycloakUnavailable, RealmNotFound, IssuerMismatch, BadGateway: it is unknown and not to be had.
        """
        await self._refresh(lambda: self.holds(key_id))
        return (self._keys or {}).get(key_id)

    async def _refresh(self, satisfied: Callable[[], bool]) -> None:
        if satisfied():
            return
        asked = time.monotonic()
        async with self._lock:
            if satisfied():
                return
            # Whoever waited here for a fetch that began after it asked, or that failed, has its answer.
            answered = self._begun >= asked or (self._failure is not None and self._ended >= asked)
            if not answered and self._limiter.has_capacity():
                await self._fetch()
            if self._failure is not None:
                raise self._failure.with_traceback(None)  # raised again and again, it would grow with each

    async def _fetch(self) -> None:
        self._begun = time.monotonic()
        try:
            self._keys = await self._download()
            self._failure = None
        except MetadataError as error:
            self._failure = error
        finally:
            self._ended = time.monotonic()
        # An attempt that did not reach Keycloak cost it nothing, and one must find it as soon as it is back.
        if not isinstance(self._failure, KeycloakUnavailable | GatewayTimeout):
            await self._limiter.acquire()

    async def _download(self) -> dict[str, jwt.PyJWK]:
        # Before any key is trusted: keys of another issuer would let its tokens in.
        await require_realm(self._connection, self._settings)
        url = f"{self._settings.realm_url}/protocol/openid-connect/certs"
        answer = await self._connection.call("GET", url)
        keys = answer.member("keys")
        if answer.status != 200 or not isinstance(keys, list):  # noqa: PLR2004 - OK
            raise unavailable_or_nonsense(answer, f"[GET {url}: {answer.status}]")
        found = dict(filter(None, map(_signing_key, keys)))
        if not found:
            detail = "Keycloak publishes no key of the realm that signs with an asymmetric algorithm."
            raise BadGateway(detail)
        return found


def _signing_key(key: object) -> tuple[str, jwt.PyJWK] | None:
    """Read one key of the set; None for one that encrypts, or that is of a kind unknown here."""
    if not isinstance(key, dict) or key.get("use", "sig") != "sig" or not isinstance(key.get("kid"), str):
        return None
    try:
        return key["kid"], jwt.PyJWK(key)
    except jwt.PyJWTError:
        _log.debug("The realm has a key of a kind unknown here: %s", key.get("kty"))
        return None
