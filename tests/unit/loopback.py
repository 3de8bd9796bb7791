"""Serves applications on loopback for tests of what happens on the wire."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from aiohttp import web
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp, **config: Any) -> Iterator[int]:  # noqa: ANN401 - uvicorn's own options
    """Serve an ASGI application by uvicorn in a thread; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", **config))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def exchange(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the bytes of a request as they are; returns the status, the header fields and the body."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = bytearray()
        while chunk := connection.recv(65_536):
            answer += chunk
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    return (
        int(status.split()[1]),
        {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)},
        body,
    )


def request(method: str, target: str, *fields: str, body: bytes = b"") -> bytes:
    """Write a request that ends its connection, the target just as it is given."""
    lines = [f"{method} {target} HTTP/1.1", "Host: sidecar.test", "Connection: close", *fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Stub:
    """Answers what it is told to, and counts what it is asked; stands for a peer on the network."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.fields: list[Mapping[str, str]] = []
        self.delay = 0.0
        self.url = ""

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.fields.append(request.headers)
        await asyncio.sleep(self.delay)
        answer = self.answers.get(request.path)
        if isinstance(answer, web.Response):
            return answer
        return web.json_response(answer or {"error": "Realm does not exist"}, status=200 if answer else 404)

    @asynccontextmanager
    async def up(self, port: int = 0) -> AsyncIterator[int]:
        """Listen; yields the port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield port
        finally:
            await runner.cleanup()
