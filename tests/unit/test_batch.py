"""Things that come in numbers are done together: all of them, in order, and soon."""

import asyncio

from keycloak_user_metadata.batch import LONGEST_WAIT, MOST, Batch


def test_what_may_wait_is_done_soon_and_in_order() -> None:
    """It waits for others, and no longer than so."""
    done: list[int] = []

    async def main() -> None:
        items = Batch(done.append)
        for item in range(5):
            items.add(item, at_once=False)
        assert done == []
        await asyncio.sleep(2 * LONGEST_WAIT)
        assert done == [0, 1, 2, 3, 4]
        items.add(5, at_once=False)
        assert done == [0, 1, 2, 3, 4]
        await asyncio.sleep(2 * LONGEST_WAIT)

    asyncio.run(main())
    assert done == [0, 1, 2, 3, 4, 5]


def test_what_may_not_wait_is_done_after_what_waits() -> None:
    """And nothing is done twice when its time comes."""
    done: list[int] = []

    async def main() -> None:
        items = Batch(done.append)
        items.add(0, at_once=False)
        items.add(1, at_once=True)
        assert done == [0, 1]
        items.add(2, at_once=True)
        assert done == [0, 1, 2]
        await asyncio.sleep(2 * LONGEST_WAIT)

    asyncio.run(main())
    assert done == [0, 1, 2]


def test_no_more_than_so_many_wait() -> None:
    """Else a flood would fill the memory."""
    done: list[int] = []

    async def main() -> None:
        items = Batch(done.append)
        for item in range(2 * MOST + 1):
            items.add(item, at_once=False)
        assert done == [*range(2 * MOST)]
        items.do_all()

    asyncio.run(main())
    assert done == [*range(2 * MOST + 1)]
