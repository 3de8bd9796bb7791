"""Owns the health routes: alive, and ready to serve; does not repair anything."""

import asyncio
import logging
import time
from http import HTTPStatus
from typing import cast

from fastapi import APIRouter, Request, Response

from .connection import Connection
from .discovery import require_realm
from .errors import BadGateway, GatewayTimeout, KeycloakUnavailable, MetadataError
from .exact_json import dumps
from .keycloak import MetadataClient
from .openapi import problems
from .problems import problem
from .settings import Settings

router = APIRouter(default_response_class=Response, tags=["health"], redirect_slashes=False)

_log = logging.getLogger(__name__)

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

    async def failure(self) -> MetadataError | None:
        """Ask Keycloak for everything a request needs; None when all of it is there."""
        async with self._lock:
            if time.monotonic() - self._asked > _HOLDS:
                before, self._failure = self._failure, await self._ask()
                self._asked = time.monotonic()
                if str(before) != str(self._failure):
                    _log.warning("Readiness: %s", self._failure or "ready")
        return self._failure

    async def _ask(self) -> MetadataError | None:
        try:
            await require_realm(self._connection, self._settings)
            await self._client.require_sealed()
        except (BadGateway, GatewayTimeout) as error:
            return KeycloakUnavailable(error.detail, note=str(error))
        except MetadataError as error:
            return error
        return None


@router.get("/health/live")
async def live() -> Response:
    """Tell that the process serves requests."""
    return _answer("live")


@router.get("/health/ready", responses=problems(503))
async def ready(request: Request) -> Response:
    """Tell whether Keycloak answers, the extension is there and the realm is sealed."""
    failure = await cast("Readiness", request.scope["state"]["readiness"]).failure()
    # The code says what is amiss; any other status would say that asking went wrong.
    return _answer("ready") if failure is None else problem(failure, HTTPStatus.SERVICE_UNAVAILABLE)


def _answer(status: str) -> Response:
    return Response(
        dumps({"status": status}), headers={"Cache-Control": "no-store"}, media_type="application/json"
    )
