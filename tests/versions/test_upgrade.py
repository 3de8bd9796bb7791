"""Keycloak is upgraded on its database, from the oldest supported release on: the metadata is what it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev.ports import free_port
from dev.releases import NEWEST, OLDEST, RELEASES
from dev.server import ServerOptions
from tests.integration.commands import Outcome, of, user_metadata
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.places import in_every_place
from tests.integration.sidecars import running_sidecar
from tests.services.databases import running_database
from tests.versions.belongings import CLAIMS, ENTRIES, SHOP_CLAIMS, Belongings, Sight

pytestmark = pytest.mark.timeout(900)  # the first test waits for every release's start and migration


@dataclass(frozen=True)
class Journey:
    """What was seen under the first release, and under each of those that followed on its data."""

    before: Sight
    after: list[Sight]
    tag_written_last: str
    setup: Outcome
    check: Outcome


@pytest.fixture(
    scope="module",
    params=[("postgres", (OLDEST, NEWEST)), ("h2", RELEASES)],
    ids=["PostgreSQL, at once", "H2, release by release"],
)
def journey(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[Journey]:
    """Write under the oldest release, then start the others on the same data, at the same address."""
    vendor, releases = request.param
    folder = run_folder / f"upgrade-{vendor}-{len(releases)}"
    with running_database(vendor) as database:
        environment = database.environment if database else None
        yield travel(
            folder,
            [
                ServerOptions(version=release, environment=environment, http_port=port)
                for port in [free_port()]
                for release in releases
            ],
        )


def travel(folder: Path, stages: Sequence[ServerOptions]) -> Journey:
    """Make one journey; each stage runs on the data that the one before left behind."""
    first, *others = (own_keycloak(folder, options) for options in stages)
    with first:
        belongings = Belongings.of_a_new_realm(Keycloak.of(first))
        before = belongings.see()
    after = []
    for server in others:
        with server:
            after.append(belongings.see())
            realm = belongings.realm
            check, setup = user_metadata("check", **of(realm)), user_metadata("setup", **of(realm))
            with running_sidecar(realm) as sidecar:
                last = sidecar.put(belongings.jane, "theme", "Dark Mode", profile_claim=True)
    realm.http.close()
    return Journey(before, after, last.headers["etag"], setup, check)


def test_all_kinds_of_metadata_are_there_before(journey: Journey) -> None:
    """The oldest release serves every entry that was written, and emits every profile claim."""
    before = journey.before

    assert before.entries == ENTRIES
    assert before.tags[""] == f'"{len(ENTRIES) + 2}"'
    assert [entry["key"] for entry in before.in_the_namespace] == ["billing.plan"]
    assert {f"metadata_{entry['key']}": entry["value"] for entry in before.of_oneself} == CLAIMS
    assert before.claims == before.refreshed_claims == in_every_place(CLAIMS)
    assert before.shop_claims == in_every_place(SHOP_CLAIMS)


def test_everything_is_as_before(journey: Journey) -> None:
    """Entries, entity tags, and the claims of a fresh login and of a session from before the upgrade."""
    assert journey.after == [journey.before] * len(journey.after)


def test_the_upgraded_realm_needs_nothing(journey: Journey) -> None:
    """Check is content, setup has nothing to do, and a write of what is there changes no tag."""
    assert (journey.check.code, journey.check.failed) == (0, [])
    assert "nothing to change" in journey.setup.out
    assert journey.tag_written_last == journey.before.tags["theme"]
