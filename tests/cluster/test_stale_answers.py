"""What was written through one node is what the other one reads and puts into tokens, at once."""

from functools import partial

from tests.cluster.stations import Station
from tests.integration.crowds import at_once
from tests.integration.sidecars import Sidecar

LANES = 4


def test_a_write_through_one_node_is_read_and_minted_by_the_other(
    one: Station, other: Station, rounds: int
) -> None:
    """A thousand times there is no stale answer and no stale token, whichever node is written to."""
    stale = at_once([partial(_stale, one.api, other.api, -(-rounds // LANES)) for _ in range(LANES)])

    assert stale == [[]] * LANES


def _stale(one: Sidecar, other: Sidecar, rounds: int) -> list[str]:
    """Write through the one and look at the other, turn by turn, as one user; tell what was out of date."""
    user = one.realm.user()
    tokens, app = one.realm.login(user), one.realm.app
    stale = []
    for number in range(rounds):
        written, looked_at = (one, other) if number % 2 else (other, one)
        answer = written.put(user, "turn", number, profile_claim=True)
        assert answer.is_success, answer.text
        name = (user, user.username, user.email)[number % 3]
        read = looked_at.read(name, "turn").json()["value"]
        minted = looked_at.realm.refresh(tokens, app).access.get("metadata_turn")
        if (read, minted) != (number, number):
            stale.append(f"turn {number}: {read} was read, {minted} minted")
    return stale
