"""Owns requests that no HTTP library would send: bytes on a connection, and what comes back."""

import socket
from http.client import HTTPResponse

import httpx

from tests.integration.realms import User
from tests.integration.sidecars import Sidecar, metadata_path

PATIENCE = 30


def send_raw(
    sidecar: Sidecar, target: bytes, *fields: bytes, method: bytes = b"GET", body: bytes = b""
) -> httpx.Response:
    """Send one request with this very target and these very header fields, as the sidecar's caller."""
    url = httpx.URL(sidecar.url)
    head = [
        method + b" " + target + b" HTTP/1.1",
        b"Host: " + url.netloc,
        b"Authorization: Bearer " + sidecar.token.encode(),
        b"Connection: close",
        *fields,
    ]
    with socket.create_connection((url.host, url.port or 80), timeout=PATIENCE) as connection:
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
        with HTTPResponse(connection, method=method.decode()) as answer:
            answer.begin()
            return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())


def send_encoded(sidecar: Sidecar, method: str, user: User, key: str, body: object = None) -> httpx.Response:
    """Name a key octet for octet: clients would take dots for steps, and drop them."""
    encoded = "".join(f"%{octet:02X}" for octet in key.encode())
    target = f"{metadata_path(user)}/{encoded}".encode()
    return sidecar.request(method, "/", json=body, extensions={"target": target})
