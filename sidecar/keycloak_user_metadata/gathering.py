"""Owns that an answer leaves in one piece; knows of HTTP only how an interim answer begins.

uvicorn writes the head of an answer, then its body. Each write is a call of the system, and wakes the client.
"""

import asyncio
from typing import Any

_INTERIM = b"HTTP/1.1 1"  # how an answer begins that another one follows; the client waits for it


class GatheringTransport:
    """A transport that keeps what is written to it until it is told that nothing is missing."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._written: list[bytes] = []
        self.is_closing = transport.is_closing  # asked for at each answer: found at once

    def write(self, data: bytes) -> None:
        """Take a part of what is to be sent."""
        self._written.append(data)
        if data.startswith(_INTERIM):
            self.pass_on()

    def pass_on(self) -> None:
        """Send what was taken."""
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.write(b"".join(written))

    def close(self) -> None:
        """Close the connection when everything is sent."""
        self.pass_on()
        self._transport.close()

    def write_eof(self) -> None:
        """Send the rest, and nothing after it."""
        self.pass_on()
        self._transport.write_eof()

    def get_write_buffer_size(self) -> int:
        """Count the bytes that are not sent yet."""
        return self._transport.get_write_buffer_size() + sum(map(len, self._written))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        """Be the transport in everything else."""
        return getattr(self._transport, name)
