"""A node stops in the middle of everything, does not say so, and goes on later."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise

import pytest

from tests.cluster.bursts import Burst, Write
from tests.cluster.faults import IN_FLIGHT, repeated
from tests.cluster.nodes import Cluster
from tests.cluster.stations import Station
from tests.cluster.verdicts import LIMIT
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm
from tests.integration.rows import stored_document
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in

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
    assert record.failures(behind=one).keys() <= {"gateway_timeout", "contention"}
    assert record.failures(behind=other).keys() <= {"gateway_timeout", "contention"}
    assert all(later.bytes <= LEAST_GROWTH * earlier.bytes for earlier, later in pairwise(held[1:]))


def test_both_nodes_tell_the_same_after_one_was_frozen(
    cluster: Cluster, realm: Realm, one: Station, other: Station
) -> None:
    """A write through the other node waits for the frozen one: 504, and no stale answer afterwards."""
    jane = realm.user()
    one.api.put(jane, "theme", "Dark", profile_claim=True)
    tokens = realm.login(jane)
    assert one.api.entries(jane) == {"theme": "Dark"}

    with cluster.one.frozen():
        written = other.api.put(jane, "theme", "Light", profile_claim=True)
    acknowledged = other.api.put(jane, "font", "serif", profile_claim=True)

    entries = {key: entry["value"] for key, entry in stored_document(realm, jane)["entries"].items()}
    assert_problem(written, "gateway_timeout")
    assert acknowledged.is_success
    assert entries in ({"theme": "Light", "font": "serif"}, {"theme": "Dark", "font": "serif"})
    assert one.api.entries(jane) == other.api.entries(jane) == entries
    assert metadata_in(realm.refresh(tokens).access) == {f"metadata_{key}": entries[key] for key in entries}


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
