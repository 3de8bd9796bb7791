"""Owns the look at the header fields of a request, as the server gives them; does not know what they mean.

Starlette's headers turn a name into bytes and back at each look, which is a part of what a request takes.
"""

from starlette.requests import Request


def sent(request: Request, name: bytes) -> list[str]:
    """Read the lines of a field, in order; its name is in lower case."""
    return [value.decode("latin-1") for each, value in request.scope["headers"] if each == name]
