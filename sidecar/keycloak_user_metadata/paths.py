"""Owns the path of a request: one percent-encoded segment is one name; does not know the routes.

A server that decodes the path before it is split makes ``a%2Fb`` two segments. So the path is routed as it
was sent, and each segment is decoded by itself afterwards.
"""

import re
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import MalformedPath

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class RawPath:
    """Routes by the path as it was sent, below ``root_path`` or without it.

    A proxy that takes the prefix off usually decodes the path on the way; one that leaves it on does not.
    Both are served. The scope is changed in place: it must be a copy of the server's own.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its undecoded path; HEAD is a GET whose body the server leaves out."""
        if scope["type"] == "http":
            path = scope["raw_path"].decode("latin-1")
            if path.startswith(f"{self._root_path}/"):
                path = path.removeprefix(self._root_path)
            scope["method"] = "GET" if scope["method"] == "HEAD" else scope["method"]
            # The prefix comes first in both cases, as the router expects it.
            scope["root_path"], scope["path"] = self._root_path, self._root_path + path
        await self._app(scope, receive, send)


def decode_segment(segment: str) -> str:
    """Decode one segment of a raw path; ``+`` is a plus.

    Raises:
        MalformedPath: an escape is broken, or the bytes are not UTF-8.
    """
    if "%" not in segment and segment.isascii():
        return segment
    if _BAD_ESCAPE.search(segment):
        detail = "A % in the path is not followed by two hexadecimal digits; a literal one is written %25."
        raise MalformedPath(detail)
    try:
        return unquote_to_bytes(segment.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        detail = "The path is not percent-encoded UTF-8."
        raise MalformedPath(detail) from None
