"""The way to the routes: those taken over are called directly, everything else is FastAPI's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from keycloak_user_metadata import api
from keycloak_user_metadata.dispatch import DirectRoutes
from keycloak_user_metadata.errors import UserNotFound
from keycloak_user_metadata.problems import answer_with_problems
from tests.unit.loopback import serving


async def _name(request: Request) -> str:
    return str(request.path_params["name"])


Name = Annotated[str, Depends(_name)]


@contextmanager
def _served(router: APIRouter) -> Iterator[httpx.Client]:
    """Serve routes that FastAPI knows too, as in our application."""
    app = FastAPI(redirect_slashes=False)
    app.include_router(router)
    answer_with_problems(app, router.routes)
    app.add_middleware(DirectRoutes, routes=router.routes)
    with serving(app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client


def test_what_a_route_depends_on_is_called_first_and_from_left_to_right() -> None:
    """Who calls is settled before anything else of a request is looked at."""
    router, called = APIRouter(), []

    async def token() -> str:
        called.append("token")
        return "token"

    async def caller(request: Request, token: Annotated[str, Depends(token)]) -> str:
        called.append("caller")
        assert not any(name.startswith("fastapi") and name.endswith("astack") for name in request.scope)
        return f"{request.method} with a {token}"

    async def name(request: Request) -> str:
        called.append("name")
        return await _name(request)

    @router.get("/of/{name}")
    async def show(call: Annotated[str, Depends(caller)], name: Annotated[str, Depends(name)]) -> Response:
        called.append("route")
        return Response(f"{call} for {name}")

    with _served(router) as client:
        assert client.get("/of/jane").text == "GET with a token for jane"
    assert called == ["token", "caller", "name", "route"]


def test_methods_of_one_path_are_routes_of_their_own() -> None:
    """Several methods share a path; a method that none of them takes is 405 with all that are."""
    router = APIRouter()

    @router.get("/of/{name}")
    async def show(name: Name) -> Response:
        return Response(f"shown {name}")

    @router.put("/of/{name}")
    async def put(name: Name) -> Response:
        return Response(f"put {name}")

    with _served(router) as client:
        assert client.get("/of/jane").text == "shown jane"
        assert client.put("/of/jane").text == "put jane"
        refused = client.post("/of/jane")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, PUT")
        assert client.get("/of/jane/more").status_code == 404


def test_an_error_is_answered_as_a_problem() -> None:
    """What a route raises is what its caller gets, as from any other route."""
    router = APIRouter()

    @router.get("/of/{name}")
    async def show(name: Name) -> Response:
        raise UserNotFound(name)

    with _served(router) as client:
        answer = client.get("/of/jane")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "jane"


def test_a_parameter_that_fastapi_would_parse_is_refused_at_the_start() -> None:
    """Called directly such a route would fail at its first request, or take what was not checked."""
    parsed, waiting = APIRouter(), APIRouter()

    @parsed.get("/of/{name}")
    async def show(name: str, most: Annotated[int, Query()]) -> Response:
        return Response(f"{name} {most}")

    @waiting.get("/blocking")
    def block() -> Response:
        return Response()

    for router in (parsed, waiting):
        with pytest.raises(TypeError, match="cannot be called without FastAPI"):
            DirectRoutes(FastAPI(), router.routes)


def test_every_route_of_the_api_is_called_directly() -> None:
    """None of them has such a parameter."""
    DirectRoutes(FastAPI(), api.router.routes)
