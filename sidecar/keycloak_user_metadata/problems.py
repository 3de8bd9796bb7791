"""Owns how errors reach a caller: as RFC 9457 problems, the framework's own too; does not raise any."""

import logging
from collections.abc import Iterable
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import InternalError, MalformedRequest, MetadataError, MethodNotAllowed, NotFound
from .exact_json import dumps
from .logs import fault
from .request_record import RequestRecord

MEDIA_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)


def problem_json(error: MetadataError, status: HTTPStatus | None = None) -> dict[str, object]:
    """Write the problem an error is to its caller."""
    problem = {
        "type": f"urn:user-metadata:problem:{error.code}",
        "title": error.title,
        "status": int(status or error.status),
        "detail": error.detail,
    }
    return {**problem, **error.members, **problem}  # no member may take the place of one of these


def problem(error: MetadataError, status: HTTPStatus | None = None) -> Response:
    """Answer with an error, under another status than its own where one is given."""
    headers = {"Cache-Control": "no-store", **error.headers}
    return Response(dumps(problem_json(error, status)), status or error.status, headers, MEDIA_TYPE)


def refuse(scope: Scope, error: MetadataError) -> Response:
    """Answer a request with an error, and note which it was."""
    record = RequestRecord.of(scope)
    record.problem = error.code
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("%s", error, extra={"fields": {"requestId": record.request_id}})
    return problem(error)


def answer_with_problems(app: FastAPI, routes: Iterable[BaseRoute]) -> None:
    """Make every error, the framework's own ones too, leave ``app`` as a problem."""
    routes = list(routes)

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, MetadataError)  # noqa: S101 - how it is registered
        return refuse(request.scope, error)

    async def of_the_framework(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
        match status:
            case HTTPStatus.NOT_FOUND:
                return refuse(request.scope, NotFound("There is no such route."))
            case HTTPStatus.METHOD_NOT_ALLOWED:
                allowed = ", ".join(_methods(routes, request.scope))
                detail = f"This route takes {allowed}."
                return refuse(request.scope, MethodNotAllowed(detail, headers={"Allow": allowed}))
            case _:
                return refuse(request.scope, MalformedRequest("The request cannot be read."))

    app.add_exception_handler(MetadataError, ours)
    app.add_exception_handler(HTTPException, of_the_framework)
    app.add_exception_handler(RequestValidationError, of_the_framework)


class LastResort:
    """Answers 500 to whatever went wrong unforeseen, and logs where, but not what: it might be a value."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if scope["type"] != "http":
                raise
            record = RequestRecord.of(scope)
            record.problem = InternalError.code
            fields = {"requestId": record.request_id, **fault(error)}
            _log.error("A fault of the sidecar.", extra={"fields": fields})
            if record.status is None:  # no answer has begun
                await problem(InternalError("A fault of the sidecar; its log has the place."))(
                    scope, receive, send
                )


def _methods(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))
