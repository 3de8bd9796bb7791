"""Owns that what is written to a client in one go leaves in one piece; does not know HTTP.

uvicorn writes the head of an answer, then its body. Each write is a call of the system, and wakes the client.
"""

import asyncio
from typing import Any


class GatheringTransport:
    """A transport that passes on what was written to it when nothing else is left to do at once."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []
        self.is_closing = transport.is_closing  # asked for at each answer: found at once

    def write(self, data: bytes) -> None:
        """Take a part of what is to be sent."""
        if not self._written:
            self._loop.call_soon(self._pass_on)
        self._written.append(data)

    def close(self) -> None:
        """Close the connection when everything is sent."""
        self._pass_on()
        self._transport.close()

    def write_eof(self) -> None:
        """Send the rest, and nothing after it."""
        self._pass_on()
        self._transport.write_eof()

    def get_write_buffer_size(self) -> int:
        """Count the bytes that are not sent yet."""
        return self._transport.get_write_buffer_size() + sum(map(len, self._written))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        """Be the transport in everything else."""
        return getattr(self._transport, name)

    def _pass_on(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.write(b"".join(written))
