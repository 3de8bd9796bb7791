"""The least that a sidecar of Starlette and aiohttp can do: relay a read as it is, and look at nothing.

It is the comparison *relay*: it checks no token, gives no entity tag, logs nothing and survives no abuse.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

EXTENSION = os.environ["EXTENSION"]


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Keep one pool of connections."""
    async with aiohttp.ClientSession() as app.state.session:
        yield


async def read(request: Request) -> Response:
    """Read all entries of a user."""
    url = f"{EXTENSION}/document?user={request.path_params['user']}"
    headers = {"Authorization": request.headers["Authorization"]}
    async with request.app.state.session.get(url, headers=headers) as answer:
        return Response(await answer.read(), answer.status, media_type="application/json")


async def up(_: Request) -> Response:
    """Say that it serves."""
    return Response()


app = Starlette(routes=[Route("/api/user/{user}/metadata", read), Route("/up", up)], lifespan=lifespan)
