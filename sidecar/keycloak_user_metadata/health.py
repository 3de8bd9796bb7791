"""Owns the health routes: alive, and ready to serve; does not repair anything."""

import asyncio
import time
from http import HTTPStatus
from typing import cast

from fastapi import APIRouter, Request, Response

from .connection import Connection
from .discovery import require_realm
from .errors import BadGateway, ExtensionMissing, GatewayTimeout, KeycloakUnavailable, MetadataError
from .exact_json import dumps
from .keycloak import MetadataClient
from .openapi import problems
from .settings import Settings

router = APIRouter(default_response_class=Response, tags=["health"], redirect_slashes=False)

# Seconds for which an answer holds, so that whoever asks often costs Keycloak little.
_HOLDS = 1


class Readiness:
    """Whether requests can be served at present. Built within a running event loop."""

    def __init__(self, connection: Connection, client: MetadataClient, settings: Settings) -> None:
        self._connection = connection
        self._client = client
        self._settings = settings
        self._lock = asyncio.Lock()
        self._asked = float("-inf")
        self._failure: MetadataError | None = None

    async def require(self) -> None:
        """Ask Keycloak for everything a request needs.

        Raises:
            KeycloakUnavailable, RealmNotFound, IssuerMismatch, ExtensionMissing, RealmNotSealed: what is missing.
        """
        async with self._lock:
            if time.monotonic() - self._asked > _HOLDS:
                self._failure = await self._ask()
                self._asked = time.monotonic()
        if self._failure is not None:
            raise self._failure.with_traceback(None)  # raised again and again, it would grow with each

    async def _ask(self) -> MetadataError | None:
        try:
            await require_realm(self._connection, self._settings)
            await self._client.require_sealed()
        except MetadataError as error:
            return _not_ready(error)
        return None


@router.get("/health/live")
async def live() -> Response:
    """Tell that the process serves requests."""
    return _answer("live")


@router.get("/health/ready", responses=problems(503))
async def ready(request: Request) -> Response:
    """Tell whether Keycloak answers, the extension is there and the realm is sealed."""
    await cast("Readiness", request.app.state.readiness).require()
    return _answer("ready")


def _answer(status: str) -> Response:
    return Response(
        dumps({"status": status}), headers={"Cache-Control": "no-store"}, media_type="application/json"
    )


def _not_ready(error: MetadataError) -> MetadataError:
    """Make it a 503 that keeps its code: whoever asks for readiness reads any other status as another fault."""
    if isinstance(error, BadGateway | GatewayTimeout):
        return KeycloakUnavailable(error.detail)
    if isinstance(error, ExtensionMissing):
        error.status = HTTPStatus.SERVICE_UNAVAILABLE
    return error
