"""Owns serving: the check at the start, and uvicorn; does not read the environment."""

import asyncio
import contextlib
import gc
import logging
import logging.config
import resource
import socket
import sys

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from .app import create_app
from .connection import Connection
from .discovery import require_realm
from .errors import IssuerMismatch, MetadataError, NoKeycloakHere, RealmNotFound, TlsFailed
from .logs import logging_config
from .protocol import strict_protocol
from .settings import Settings

_log = logging.getLogger(__name__)

# A proxy keeps its own idle connections for a minute as a rule; it must be the first to close one.
_KEEP_ALIVE = 75


# Its own, and those of connections that are refused or have yet to end.
_OTHER_FILES = 100


def serve(settings: Settings) -> None:
    """Serve until a signal ends the process.

    Raises:
        SystemExit: the port is taken, or Keycloak answers, and shows that the settings are wrong; says so in
            one line. Where Keycloak is away the sidecar starts, and is not ready until it comes.
    """
    logging.config.dictConfig(logging_config(settings))
    # No line shows these, and to find them out takes time at each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    try:
        asyncio.run(_compare(settings))
    except (NoKeycloakHere, TlsFailed, RealmNotFound, IssuerMismatch) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    except MetadataError as error:
        _log.warning("%s Starting nevertheless.", error)
    settings = _within_file_limit(settings)
    listener = _listen(settings)
    config = uvicorn.Config(
        _without_detour(create_app(settings)),
        http=strict_protocol(settings),
        ws="none",
        log_config=None,  # it is done
        access_log=False,  # it would write paths and query strings; the application has its own
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=int(settings.keycloak_timeout) + 5,
    )
    _log.info("Listening on %s, port %d", *listener.getsockname()[:2])
    server = uvicorn.Server(config)
    gc.freeze()  # what has been loaded stays: no collection need look at it again
    with contextlib.suppress(KeyboardInterrupt):  # raised again after the shutdown that it asked for
        server.run(sockets=[listener])
    if not server.started:
        raise SystemExit(1)


def _without_detour(app: FastAPI) -> ASGIApp:
    """Serve by an application's layers alone: before them, FastAPI looks into the environment each time."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or app.middleware_stack is None:
            await app(scope, receive, send)
            return
        scope["app"] = app
        await app.middleware_stack(scope, receive, send)

    return served


def _within_file_limit(settings: Settings) -> Settings:
    """Let the process have as many files as connections, or as many connections as it may have files."""
    needed = settings.max_connections + settings.keycloak_connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return settings
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed == needed:
        return settings
    most = max(1, allowed - settings.keycloak_connections - _OTHER_FILES)
    _log.warning("The process may open %d files: it takes %d connections of callers at most.", allowed, most)
    return settings.model_copy(update={"max_connections": most})


def _listen(settings: Settings) -> socket.socket:
    """Take the port; uvicorn would tell of a busy one among other lines, after everything else was opened."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        sys.stderr.write(f"Cannot listen: {error.strerror}. See USER_METADATA_HOST and USER_METADATA_PORT.\n")
        raise SystemExit(1) from None


async def _compare(settings: Settings) -> None:
    async with Connection.open(settings) as connection:
        await require_realm(connection, settings)
