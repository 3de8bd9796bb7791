"""What is written of an answer leaves in one piece, in order, and before the connection ends."""

from typing import Any, cast

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


@pytest.fixture
def transport(recorded: _Recorded) -> GatheringTransport:
    """The transport over it."""
    return GatheringTransport(cast("Any", recorded))


def test_a_head_and_its_body_are_one_write(recorded: _Recorded, transport: GatheringTransport) -> None:
    """Nothing leaves while more is being written; what comes later leaves later."""
    transport.write(b"head ")
    transport.write(b"body")
    assert (recorded.told, transport.get_write_buffer_size()) == ([], 1009)
    transport.pass_on()
    assert (recorded.told, transport.get_write_buffer_size()) == ([b"head body"], 1000)
    transport.write(b"next")
    transport.pass_on()
    transport.pass_on()

    assert recorded.told == [b"head body", b"next"]


def test_what_a_client_waits_for_before_it_sends_the_rest_leaves_at_once(
    recorded: _Recorded, transport: GatheringTransport
) -> None:
    """Else both would wait for each other."""
    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    assert recorded.told == [b"HTTP/1.1 100 Continue\r\n\r\n"]


@pytest.mark.parametrize("end", ["close", "eof"])
def test_the_end_comes_after_everything(recorded: _Recorded, transport: GatheringTransport, end: str) -> None:
    """Whatever was written before is passed on first, and once."""
    transport.write(b"all")
    (transport.close if end == "close" else transport.write_eof)()
    transport.pass_on()

    assert recorded.told == [b"all", end]


def test_nothing_is_written_to_a_connection_that_has_ended(
    recorded: _Recorded, transport: GatheringTransport
) -> None:
    """A client that goes away meanwhile gets nothing, and nobody is told of a fault."""
    transport.write(b"late")
    recorded.close()
    transport.pass_on()

    assert recorded.told == ["close"]


def test_it_is_the_transport_in_everything_else(transport: GatheringTransport) -> None:
    """What it does not own it passes on."""
    assert transport.get_extra_info("peername") == "peername"
