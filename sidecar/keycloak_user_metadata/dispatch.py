"""Owns the way from a request to its route; the routes themselves are FastAPI's, which also describes them.

FastAPI's own way parses parameters, opens two exit stacks and asks at each request how a dependency is to be
called: more work than all of the rest, for routes that take everything from the request themselves.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, TypeAlias

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import MetadataError
from .problems import refuse


class DirectRoutes:
    """Serves some routes itself, leaves to ``app`` whatever is none of them. Stands behind ``RawPath``."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        """Take the routes over.

        Raises:
            TypeError: one has a parameter that FastAPI would have to parse, or that is no coroutine.
        """
        self._app = app
        self._routes: list[tuple[set[str], APIRoute, _Step]] = []
        for route in routes:
            if not isinstance(route, APIRoute) or not _is_plain(route.dependant):
                message = f"{route} cannot be called without FastAPI"
                raise TypeError(message)
            self._routes.append((route.methods or set(), route, _Step.of(route.dependant)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["path_params"], step = found
        try:
            response = await step.take(Request(scope, receive))
        except MetadataError as error:
            response = refuse(scope, error)
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[APIRoute, dict[str, str], "_Step"] | None:
        method, path = scope["method"], scope["path"][len(scope["root_path"]) :]
        for methods, route, step in self._routes:
            if method in methods and (match := route.path_regex.match(path)):
                return route, match.groupdict(), step
        return None


_Taking: TypeAlias = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Step:
    """A route or a dependency, and what is called before it, from left to right."""

    call: Callable[..., Awaitable[Any]]
    request_name: str | None
    before: tuple[tuple[str, _Taking], ...]

    @classmethod
    def of(cls, dependant: Dependant) -> "_Step":
        assert dependant.call  # noqa: S101 - see _is_plain
        before = ((str(part.name), cls._taking(part)) for part in dependant.dependencies)
        return cls(dependant.call, dependant.request_param_name, tuple(before))

    @classmethod
    def _taking(cls, dependant: Dependant) -> _Taking:
        """Spare the step where all that it depends on is the request."""
        if dependant.call and dependant.request_param_name and not dependant.dependencies:
            return dependant.call
        return cls.of(dependant).take

    async def take(self, request: Request) -> Any:  # noqa: ANN401 - whatever is given
        """Call it with what it depends on."""
        given = {}
        for name, take in self.before:
            given[name] = await take(request)
        if self.request_name:
            given[self.request_name] = request
        return await self.call(**given)


def _is_plain(dependant: Dependant) -> bool:
    parsed = (
        dependant.query_params,
        dependant.header_params,
        dependant.cookie_params,
        dependant.path_params,
        dependant.body_params,
    )
    is_async = iscoroutinefunction(dependant.call) or iscoroutinefunction(type(dependant.call).__call__)
    return is_async and not any(parsed) and all(map(_is_plain, dependant.dependencies))
