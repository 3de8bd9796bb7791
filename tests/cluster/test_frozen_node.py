"""A node stops in the middle of everything, does not say so, and goes on later."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise

import pytest

from tests.cluster.bursts import Burst, Write
from tests.cluster.faults import IN_FLIGHT, repeated
from tests.cluster.nodes import Cluster
from tests.cluster.stations import Station, at_rest
from tests.cluster.verdicts import LIMIT
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm
from tests.integration.sidecars import Sidecar

pytestmark = pytest.mark.timeout(900)

TIMES = 4
LEAST_GROWTH = 1.02  # from one time to the next, when everything has been loaded


@pytest.mark.usefixtures("back_where_they_were")
def test_a_frozen_node_is_given_up_in_time_and_found_again(
    cluster: Cluster, one: Station, other: Station
) -> None:
    """Writes under way end with 504; when it goes on, so does the sidecar, and holds no more than before."""
    held = []

    def freeze(going: Burst) -> list[Write]:
        with ExitStack() as frozen:
            hit = going.hit(lambda: frozen.enter_context(cluster.one.frozen()))
            time.sleep(LIMIT + 1)
        held.append(one.footprint())
        return [write for write in hit if write.sidecar == one.api.url]

    record = repeated(freeze, [one, other], times=TIMES)

    assert len(record.hit) >= IN_FLIGHT
    assert record.failures(behind=one).keys() == {"gateway_timeout"}
    assert record.failures(behind=other).keys() <= {"gateway_timeout"}
    assert all(later.bytes <= LEAST_GROWTH * earlier.bytes for earlier, later in pairwise(held[1:]))


def test_what_is_written_beside_a_frozen_node_is_there_when_it_goes_on(
    cluster: Cluster, realm: Realm, one: Station, other: Station
) -> None:
    """The other node stores, and waits to tell the frozen one: 504, and no stale answer afterwards."""
    jane = realm.user()
    one.api.put(jane, "theme", "Dark", profile_claim=True)
    tokens = realm.login(jane)
    assert one.api.entries(jane) == {"theme": "Dark"}

    with cluster.one.frozen():
        written = other.api.put(jane, "theme", "Light", profile_claim=True)
        read = other.api.entries(jane)

    assert_problem(written, "gateway_timeout")
    assert read == {"theme": "Light"}
    assert one.api.entries(jane) == {"theme": "Light"}
    assert realm.refresh(tokens).access["metadata_theme"] == "Light"
    at_rest([one, other])


def test_a_write_that_was_given_up_does_not_come_late(
    cluster: Cluster, realm: Realm, one: Station, sidecar_of: Callable[..., Sidecar]
) -> None:
    """It ends with 504 while somebody holds the user's row, and is not made once the row is free."""
    hasty = sidecar_of(realm, issuer=f"{cluster.address}/realms/{realm.name}", keycloak_timeout=1)
    jane = realm.user(credentials=[])
    hasty.put(jane, "theme", "Dark")

    with cluster.database.session() as somebody:
        somebody.execute("SELECT 1 FROM USER_ENTITY WHERE ID = %s FOR UPDATE", [jane.id])
        given_up = hasty.put(jane, "theme", "Light")
        somebody.rollback()
    later = one.api.put(jane, "other", "later")

    assert_problem(given_up, "gateway_timeout")
    assert (later.status_code, later.headers["ETag"]) == (201, '"2"')
    assert one.api.entries(jane) == {"other": "later", "theme": "Dark"}
