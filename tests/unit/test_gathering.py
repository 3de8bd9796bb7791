"""What is written in one go leaves in one piece, in order, and before the connection ends."""

import asyncio
from typing import cast

import pytest

from keycloak_user_metadata.gathering import GatheringTransport


class _Recorded:
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def write_eof(self) -> None:
        self.told.append("eof")

    def close(self) -> None:
        self.told.append("close")

    def is_closing(self) -> bool:
        return "close" in self.told

    def get_write_buffer_size(self) -> int:
        return 1000

    def get_extra_info(self, name: str) -> str:
        return name


@pytest.fixture
def recorded() -> _Recorded:
    """What is below."""
    return _Recorded()


def _over(recorded: _Recorded) -> GatheringTransport:
    return GatheringTransport(cast("asyncio.Transport", recorded), asyncio.get_running_loop())


def test_a_head_and_its_body_are_one_write(recorded: _Recorded) -> None:
    """Nothing leaves while more is being written; what comes later leaves later."""

    async def answer() -> None:
        transport = _over(recorded)
        transport.write(b"head ")
        transport.write(b"body")
        assert (recorded.told, transport.get_write_buffer_size()) == ([], 1009)
        await asyncio.sleep(0)
        assert (recorded.told, transport.get_write_buffer_size()) == ([b"head body"], 1000)
        transport.write(b"next")
        await asyncio.sleep(0)

    asyncio.run(answer())

    assert recorded.told == [b"head body", b"next"]


@pytest.mark.parametrize("end", ["close", "eof"])
def test_the_end_comes_after_everything(recorded: _Recorded, end: str) -> None:
    """Whatever was written before is passed on first, and once."""

    async def answer() -> None:
        transport = _over(recorded)
        transport.write(b"all")
        (transport.close if end == "close" else transport.write_eof)()
        await asyncio.sleep(0)

    asyncio.run(answer())

    assert recorded.told == [b"all", end]


def test_nothing_is_written_to_a_connection_that_has_ended(recorded: _Recorded) -> None:
    """A client that goes away meanwhile gets nothing, and nobody is told of a fault."""

    async def answer() -> None:
        transport = _over(recorded)
        transport.write(b"late")
        recorded.close()
        await asyncio.sleep(0)

    asyncio.run(answer())

    assert recorded.told == ["close"]


def test_it_is_the_transport_in_everything_else(recorded: _Recorded) -> None:
    """What it does not own it passes on."""

    async def ask() -> str:
        return str(_over(recorded).get_extra_info("peername"))

    assert asyncio.run(ask()) == "peername"
