"""Things that come in numbers are done together: all of them, in order, and soon."""

import asyncio
from types import SimpleNamespace

import pytest

from keycloak_user_metadata import batch
from keycloak_user_metadata.batch import LONGEST_WAIT, MOST, Batch


class Clock(SimpleNamespace):
    """A clock that stands still until it is set."""

    now = 1000.0

    def monotonic(self) -> float:
        """Tell the time, in seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that batches go by."""
    clock = Clock()
    monkeypatch.setattr(batch, "time", clock)
    return clock


@pytest.mark.usefixtures("clock")
def test_one_alone_is_done_at_once_and_those_after_it_together() -> None:
    """They wait for others, and for nothing else."""
    done: list[int] = []

    async def main() -> None:
        items = Batch(done.append)
        for item in range(5):
            items.add(item)
        assert done == [0]
        while len(done) < 5:
            assert done == [0]
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(main(), 10))
    assert done == [0, 1, 2, 3, 4]


def test_who_comes_after_a_pause_does_not_wait(clock: Clock) -> None:
    """Only what comes faster than one every ``LONGEST_WAIT`` is put together."""
    done: list[int] = []

    async def main() -> None:
        items = Batch(done.append)
        for item in range(5):
            items.add(item)
            clock.now += 2 * LONGEST_WAIT
            assert done == [*range(item + 1)]

    asyncio.run(main())


@pytest.mark.usefixtures("clock")
def test_no_more_than_so_many_wait() -> None:
    """And none is done twice when its time comes."""
    done: list[int] = []

    async def main() -> None:
        items = Batch(done.append)
        for item in range(2 * MOST + 2):
            items.add(item)
        assert done == [*range(2 * MOST + 1)]
        await asyncio.sleep(2 * LONGEST_WAIT)

    asyncio.run(asyncio.wait_for(main(), 10))
    assert done == [*range(2 * MOST + 2)]


@pytest.mark.usefixtures("clock")
def test_at_the_end_nothing_is_left_and_nothing_waits() -> None:
    """The loop may end before a timer does."""
    done: list[int] = []

    async def main() -> None:
        items = Batch(done.append)
        for item in range(3):
            items.add(item)
        items.close()
        assert done == [0, 1, 2]
        items.add(3)
        assert done == [0, 1, 2, 3]

    asyncio.run(main())
    assert done == [0, 1, 2, 3]
