"""Owns the words for what a call of python-keycloak can fail with; does not call anything."""

import json
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from keycloak.exceptions import KeycloakConnectionError, KeycloakError
from requests.exceptions import Timeout


def explain(error: KeycloakConnectionError, url: str) -> str:
    """Say in one line why ``url`` could not be reached."""
    host = urlsplit(url).netloc
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                hint = (
                    ""
                    if "ostname" in cause.verify_message or "IP address" in cause.verify_message
                    else _CA_HINT
                )
                return f"the certificate of {host} is not trusted: {cause.verify_message}{hint}"
            case ssl.SSLError():
                hint = "; does it speak plain http?" if cause.reason == "WRONG_VERSION_NUMBER" else ""
                return f"no TLS connection to {host}: {cause.reason or cause}{hint}"
            case ConnectionRefusedError():
                return f"{host} refuses the connection: is Keycloak running there?"
            case socket.gaierror():
                return f"the host of {url} is not known"
            case Timeout():
                return f"{host} does not answer in time"
            case _:
                continue
    reasons = [cause.strerror for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror]
    # No other text: what it quotes may be a header, and a header may hold the token.
    return f"{host} cannot be reached: {reasons[0] if reasons else 'the connection broke'}"


_CA_HINT = "; give its authority by --ca-file or USER_METADATA_CA_FILE"


def said(error: KeycloakError) -> str:
    """Return Keycloak's own words."""
    try:
        answer = json.loads(error.response_body or b"")
    except ValueError:
        return "no reason given"
    for member in ("error_description", "errorMessage", "message", "error"):
        if isinstance(answer, dict) and isinstance(answer.get(member), str):
            return str(answer[member])
    return "no reason given"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk down an exception: requests and urllib3 hide what happened in causes, reasons and arguments."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            pending += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
