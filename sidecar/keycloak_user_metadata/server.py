"""Owns serving: the check at the start, and uvicorn; does not read the environment."""

import asyncio
import sys

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from .app import create_app
from .connection import Connection
from .discovery import require_realm
from .errors import IssuerMismatch, MetadataError, NoKeycloakHere, RealmNotFound, TlsFailed
from .protocol import StrictProtocol
from .settings import Settings

# A proxy keeps its own idle connections for a minute as a rule; it must be the first to close one.
_KEEP_ALIVE = 75


def serve(settings: Settings) -> None:
    """Serve until a signal ends the process.

    Raises:
        SystemExit: Keycloak answers, and shows that the settings are wrong; says so in one line. Where
            Keycloak is away the sidecar starts, and is not ready until it comes.
    """
    try:
        asyncio.run(_compare(settings))
    except (NoKeycloakHere, TlsFailed, RealmNotFound, IssuerMismatch) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    except MetadataError as error:
        sys.stderr.write(f"{error} Starting nevertheless.\n")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http=StrictProtocol,
        ws="none",
        log_level=settings.log_level,
        log_config={**LOGGING_CONFIG, "loggers": {**LOGGING_CONFIG["loggers"], **_our_logger(settings)}},
        access_log=False,  # it would write query strings, and a token may be in one
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=int(settings.keycloak_timeout) + 5,
    )


def _our_logger(settings: Settings) -> dict[str, object]:
    return {__package__: {"handlers": ["default"], "level": settings.log_level.upper(), "propagate": False}}


async def _compare(settings: Settings) -> None:
    async with Connection.open(settings) as connection:
        await require_realm(connection, settings)
