"""Owns the wiring: the only place that puts the parts together; does not serve."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from . import api, health
from .access import TokenVerifier
from .calls import Services
from .connection import Connection
from .dispatch import DirectRoutes
from .keycloak import MetadataClient
from .keyset import RealmKeys
from .openapi import describe
from .paths import RawPath
from .problems import LastResort, answer_with_problems
from .request_log import RequestLog
from .settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Build the sidecar's application; its lifespan opens and closes the connections to Keycloak."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, object]]:
        async with Connection.open(settings) as connection:
            client = MetadataClient(connection, settings)
            verifier = TokenVerifier(RealmKeys(connection, settings), settings)
            yield {
                "services": Services(verifier, client, settings.max_body_bytes),
                "readiness": health.Readiness(connection, client, settings),
            }

    app = FastAPI(
        title="Keycloak User Metadata",
        version=version("keycloak-user-metadata"),
        description="Small facts about the users of a Keycloak realm, by key; some of them become claims.",
        root_path_in_servers=False,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,  # both pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.include_router(api.router)
    app.include_router(health.router)
    answer_with_problems(app, [*app.routes, *api.router.routes, *health.router.routes])
    describe(app, settings.root_path)
    # What a request passes, from the inside out; FastAPI's own layers only if it is of none of these routes.
    routes = DirectRoutes(app.build_middleware_stack(), api.router.routes)
    app.middleware_stack = RequestLog(LastResort(RawPath(routes, settings.root_path)))
    return app
