"""Owns the question whether the head of a request can be read in one way only; does not parse it.

Where a proxy and the sidecar could disagree about where a request ends, one caller's request could carry
another one inside. The parser refuses most such heads by itself; these it lets pass.
"""

from collections.abc import Sequence

# As much as Keycloak itself accepts.
LONGEST_HEAD = 65_536

TOO_LONG = "The request line and the header fields are too long."
_VERSIONS = ("1.1", "1.0")


def fault(method: bytes, version: str, target: bytes, fields: Sequence[tuple[bytes, bytes]]) -> str | None:
    """Say what is wrong with a head, None when nothing is; the names of the fields are in lower case."""
    if version not in _VERSIONS or method == b"CONNECT":
        return "This is a server of HTTP/1.1, and no proxy."
    if b"#" in target:  # uvicorn cuts a target there: a request to delete a#b would delete a
        return "The target of the request holds a #."
    length, hosts, codings = len(target), 0, []
    for name, value in fields:
        length += len(name) + len(value) + 4
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding":
            codings.append(value.lower())
    if length > LONGEST_HEAD:
        return TOO_LONG
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        return "The request must have one Host field."
    if codings and (codings != [b"chunked"] or version == "1.0"):
        return "The only Transfer-Encoding is chunked, in HTTP/1.1."
    return None
