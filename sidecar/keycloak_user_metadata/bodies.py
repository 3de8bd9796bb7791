"""Owns the body of a request until it is JSON: its media type, its size; does not know what it should say."""

from starlette.requests import Request

from .errors import (
    BodyTooLarge,
    InvalidEntry,
    LimitExceeded,
    MalformedJson,
    MalformedRequest,
    UnsupportedMediaType,
)
from .exact_json import DepthError, JsonError, NumberError, loads
from .fields import sent

# No realm allows values deeper than 64, and the list of entries puts three levels around a value. The bound
# only keeps the parser safe; the realm's own limit is the extension's to enforce.
_MAX_DEPTH = 64 + 3

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


async def read_json(request: Request, max_bytes: int, media_type: str = JSON) -> object:
    """Read the body as JSON.

    Raises:
        UnsupportedMediaType: it is not declared as ``media_type`` in UTF-8.
        BodyTooLarge: it is larger than ``max_bytes``.
        MalformedJson: it is no JSON.
        InvalidEntry, LimitExceeded: it is, but with a number or a depth nothing here can hold.
    """
    _require(media_type, request)
    body = await _read(request, max_bytes)
    try:
        return loads(body, max_depth=_MAX_DEPTH)
    except DepthError as error:
        detail = f"The body nests arrays and objects {error.actual} deep; {_MAX_DEPTH} is the most."
        members = {"name": "max-body-depth", "limit": _MAX_DEPTH, "actual": error.actual}
        raise LimitExceeded(detail, members) from None
    except NumberError as error:
        detail = f"The body cannot be taken: {error}."
        raise InvalidEntry(detail, {"reason": str(error)}) from None
    except JsonError as error:
        detail = f"The body is no JSON: {error}."
        raise MalformedJson(detail) from None


def _require(media_type: str, request: Request) -> None:
    types, encodings = sent(request, b"content-type"), sent(request, b"content-encoding")
    if types == [media_type] and not encodings:
        return
    declared, *parameters = ", ".join(types).split(";")
    if declared.strip().lower() != media_type:
        detail = f"The body must be sent with Content-Type: {media_type}."
        raise UnsupportedMediaType(detail)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            detail = "JSON is read as UTF-8 only."
            raise UnsupportedMediaType(detail)
    if encodings and ", ".join(encodings).strip().lower() != "identity":
        detail = "The body must be sent without a Content-Encoding."
        raise UnsupportedMediaType(detail)


async def skip_body(request: Request, max_bytes: int) -> None:
    """Read a body that says nothing here; what has none as a rule is not carried out before it has ended.

    Raises:
        MalformedRequest: it does not end as HTTP says, so the request was none.
        BodyTooLarge: it is larger than ``max_bytes``.
    """
    await _read(request, max_bytes)


async def _read(request: Request, max_bytes: int) -> bytes:
    for announced in map(int, sent(request, b"content-length")):  # the server has checked that it is a number
        if announced > max_bytes:
            raise _too_large(max_bytes, {"actual": announced})
    # By hand: Starlette's stream is a generator of pieces, and nearly all bodies are one.
    body, more = bytearray(), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            detail = "The connection was closed before the body had arrived."  # though nobody can read it
            raise MalformedRequest(detail)
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise _too_large(max_bytes, {})
        more = message.get("more_body", False)
    return bytes(body)


def _too_large(limit: int, actual: dict[str, int]) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {limit} bytes.", {"limit": limit, **actual})
