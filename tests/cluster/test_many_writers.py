"""Many clients write through both nodes at once, and nothing is lost."""

from collections import Counter
from functools import partial

from tests.cluster.stations import Station
from tests.cluster.verdicts import audited
from tests.integration.crowds import at_once, crowd
from tests.integration.realms import Realm
from tests.integration.rows import stored_document

WRITERS, ROUNDS = 50, 4


def test_fifty_writers_over_both_nodes_lose_nothing(realm: Realm, one: Station, other: Station) -> None:
    """Of fifty writes at once through both, each is acknowledged, stored and counted, round by round."""
    user = realm.user(credentials=[])

    with crowd(WRITERS, one.api, other.api) as clients:
        for number in range(ROUNDS):
            answers = at_once(
                [
                    partial(client.put, user, f"key-{place}", f"{number}: {place}")
                    for place, client in enumerate(clients)
                ]
            )
            document = stored_document(realm, user)
            assert Counter(answer.is_success for answer in answers) == {True: WRITERS}
            assert {key: entry["value"] for key, entry in document["entries"].items()} == {
                f"key-{place}": f"{number}: {place}" for place in range(WRITERS)
            }
            assert document["revision"] == WRITERS * (number + 1)

    assert audited(realm, user) == list(range(1, WRITERS * ROUNDS + 1))
    assert one.api.read(user).json() == other.api.read(user).json()
