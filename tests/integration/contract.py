"""Owns the check that the API answers nothing that /openapi.json does not announce."""

import re
from typing import Any

import httpx


class Announced:
    """Looks up every answer in the API's own description; for httpx to call with each."""

    def __init__(self, description: dict[str, Any], root_path: str = "") -> None:
        self._prefix = root_path
        self._routes = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", template)), operations)
            for template, operations in description["paths"].items()
        ]

    def __call__(self, answer: httpx.Response) -> None:
        """Assert that the route is described with this status, if it is one of the API's."""
        request = answer.request
        target: bytes = request.extensions.get("target", request.url.raw_path)
        path = target.partition(b"?")[0].decode("latin-1").removeprefix(self._prefix)
        method = {"HEAD": "get"}.get(request.method, request.method.lower())
        for route, operations in self._routes:
            if route.fullmatch(path) and method in operations:
                announced = operations[method]["responses"]
                assert str(answer.status_code) in announced, f"{method} {path}: {answer.status_code}"
