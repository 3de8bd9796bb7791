"""A dry run of a write stores nothing, and tells to the byte what the write then does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.integration.events import events_of
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.routes import MERGE_PATCH
from tests.integration.rows import stored
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.tokens import metadata_in, written_in

LIMIT = 4096
STORED: list[dict[str, Any]] = [
    {"key": "crm", "value": {"segment": 7, "naïve": "Zoë \N{GRINNING FACE}"}, "profileClaim": True},
    {"key": "note", "value": "hers", "profileClaim": False},
    {"key": "theme", "value": 'Dark "Mode"', "profileClaim": True},
]


@dataclass(frozen=True)
class Write:
    """A write, and the keys it touches when ``STORED`` is there."""

    method: str
    key: str | None
    body: object
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def send(
        self, sidecar: Sidecar, user: User, query: str = "", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send it."""
        content = {} if self.body is None else {"json": self.body}
        media_type = {"Content-Type": MERGE_PATCH} if self.method == "PATCH" else {}
        path = metadata_path(user, self.key) + query
        return sidecar.request(self.method, path, headers={**media_type, **(headers or {})}, **content)

    def __str__(self) -> str:
        """Name it in the test's id."""
        return f"{self.method} {self.key or 'all'}"


PLAN = {"value": ["\N{GRINNING FACE}", 1.0, None], "profileClaim": True}
WRITES = [
    Write("PUT", "plan", PLAN, added=("plan",)),
    Write("PUT", "theme", {"value": "Light", "profileClaim": True}, changed=("theme",)),
    Write("PUT", "theme", {"value": 'Dark "Mode"', "profileClaim": False}, changed=("theme",)),
    Write("PUT", "theme", {"value": 'Dark "Mode"', "profileClaim": True}),
    Write("DELETE", "crm", None, removed=("crm",)),
    Write(
        "PUT",
        None,
        {"metadata": [{"key": "plan", **PLAN}, {"key": "note", "value": "hers"}, {"key": "crm", "value": 1}]},
        added=("plan",),
        changed=("crm",),
        removed=("theme",),
    ),
    Write(
        "PATCH",
        None,
        {"plan": PLAN, "crm": {"value": {"naïve": None}}, "note": {"profileClaim": True}, "theme": None},
        added=("plan",),
        changed=("crm", "note"),
        removed=("theme",),
    ),
    Write("PATCH", None, {}),
]


@pytest.fixture
def jane(open_realm: Realm, open_sidecar: Sidecar) -> User:
    """A user of the realm that records admin events, with entries of both kinds."""
    jane = open_realm.user()
    open_sidecar.replace(jane, STORED)
    return jane


def traces(sidecar: Sidecar, user: User) -> dict[str, object]:
    """Gather all that a write would leave behind: tag, entries, the row itself, the census, the events."""
    realm, read = sidecar.realm, sidecar.read(user)
    census = realm.admin.connection.raw_get(f"admin/realms/{realm.name}/user-metadata/census")
    return {
        "tag": read.headers["etag"],
        "entries": read.json(),
        "row": stored(realm, user),
        "census": census.json(),
        "events": events_of(realm, user),
    }


def bytes_in_a_token(realm: Realm, user: User) -> int:
    """Log the user in; count the bytes that the metadata claims take in the signed access token."""
    written = written_in(realm.login(user).access_token)
    return sum(len(text) for name, text in written.items() if name.startswith("metadata_"))


@pytest.mark.parametrize("write", WRITES, ids=str)
def test_a_dry_run_stores_nothing_and_tells_what_the_write_does(
    open_realm: Realm, open_sidecar: Sidecar, jane: User, write: Write
) -> None:
    """Tag, row, census and events stay; keys and bytes are those of the write, as real tokens have them."""
    before, bytes_before = traces(open_sidecar, jane), bytes_in_a_token(open_realm, jane)

    dry = write.send(open_sidecar, jane, "?dryRun=true")

    assert traces(open_sidecar, jane) == before
    assert write.send(open_sidecar, jane).is_success
    assert (dry.status_code, dry.json()) == (
        200,
        {
            "dryRun": True,
            "added": list(write.added),
            "changed": list(write.changed),
            "removed": list(write.removed),
            "claimsBytes": {
                "before": bytes_before,
                "after": bytes_in_a_token(open_realm, jane),
                "limit": LIMIT,
            },
        },
    )
    after = traces(open_sidecar, jane)
    touched = bool(write.added or write.changed or write.removed)
    assert (after["tag"] != before["tag"], after["row"] != before["row"]) == (touched, touched)
    assert "etag" not in dry.headers
    assert dry.headers["cache-control"] == "private, no-cache"


def test_a_dry_run_of_the_first_write_leaves_no_row(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """A user without metadata has none afterwards, and counts in no census."""
    user = open_realm.user(credentials=[])
    before = traces(open_sidecar, user)

    dry = WRITES[0].send(open_sidecar, user, "?dryRun=true")

    assert dry.json()["added"] == ["plan"]
    assert traces(open_sidecar, user) == before
    assert (before["row"], before["tag"]) == ([[]], '"0"')


REFUSED = {
    "no entry to delete": (Write("DELETE", "plan", None), {}),
    "no value": (Write("PUT", "theme", {"value": None}), {}),
    "another shape": (Write("PUT", "theme", {"profileClaim": True}), {}),
    "a value too large": (Write("PUT", "theme", {"value": "x" * 20_000}), {}),
    "claims too large": (Write("PATCH", None, {"theme": {"value": "x" * 5_000}}), {}),
    "too many entries": (
        Write("PUT", None, {"metadata": [{"key": f"k{number}", "value": 1} for number in range(257)]}),
        {},
    ),
    "another state": (Write("PUT", "theme", {"value": 1}), {"If-Match": '"99"'}),
    "another state of all": (Write("PATCH", None, {}), {"If-None-Match": "*"}),
    "a broken tag": (Write("DELETE", "theme", None), {"If-Match": "99"}),
    "another media type": (Write("PUT", "theme", {"value": 1}), {"Content-Type": "text/plain"}),
}


@pytest.mark.parametrize(("write", "headers"), REFUSED.values(), ids=REFUSED.keys())
def test_a_dry_run_is_refused_as_the_write_is(
    open_sidecar: Sidecar, jane: User, write: Write, headers: dict[str, str]
) -> None:
    """Every error is the write's own, byte for byte, and neither of them stores anything."""
    before = open_sidecar.read(jane)

    dry = write.send(open_sidecar, jane, "?dryRun=true", headers)
    real = write.send(open_sidecar, jane, "", headers)

    assert dry.is_client_error
    assert (dry.status_code, dry.content) == (real.status_code, real.content)
    assert open_sidecar.read(jane).headers["etag"] == before.headers["etag"]


def test_a_dry_run_takes_the_right_to_write(open_realm: Realm, open_sidecar: Sidecar, jane: User) -> None:
    """Who may only read is not told what a write would do; nor is anybody about a user there is not."""
    viewer = open_sidecar.as_caller(open_realm.token("view-metadata"))

    for write in WRITES:
        answer = write.send(viewer, jane, "?dryRun=true")
        assert_problem(answer, "forbidden", required="manage-metadata")
    nobody = User("nobody", "nobody", "")
    assert_problem(WRITES[0].send(open_sidecar, nobody, "?dryRun=true"), "user_not_found")


@pytest.mark.parametrize("query", ["dryRun=", "dryRun", "dryRun=True", "dryRun=1", "dryRun=yes"])
@pytest.mark.parametrize("write", [WRITES[0], WRITES[4], WRITES[5], WRITES[6]], ids=str)
def test_a_dry_run_that_is_spelled_wrong_is_refused(
    open_sidecar: Sidecar, jane: User, write: Write, query: str
) -> None:
    """Nothing but true and false is taken: a guess might store what was only to be tried."""
    for asked in (query, f"dryRun=true&{query}", "dryRun=true&dryRun=false"):
        assert_problem(write.send(open_sidecar, jane, f"?{asked}"), "malformed_request")
    assert open_sidecar.read(jane).headers["etag"] == '"1"'


@pytest.mark.parametrize("query", ["dryRun=false", "verbose=true", "dryrun=true"])
def test_other_writes_are_done(open_sidecar: Sidecar, jane: User, query: str) -> None:
    """False stores, and a query parameter that is not known here changes nothing."""
    answer = WRITES[0].send(open_sidecar, jane, f"?{query}")

    assert (answer.status_code, answer.json()) == (201, {"key": "plan", **PLAN})


def test_the_claims_are_shown_as_the_next_token_carries_them(
    open_realm: Realm, open_sidecar: Sidecar, jane: User
) -> None:
    """GET claims has the very claims of a token made now, and their bytes in it."""
    shown = open_sidecar.claims(jane)
    tokens = open_realm.login(jane)

    assert (shown.status_code, shown.json()) == (
        200,
        {
            "claims": metadata_in(tokens.access),
            "bytes": bytes_in_a_token(open_realm, jane),
            "limit": LIMIT,
        },
    )
    assert shown.json()["claims"].keys() == {"metadata_crm", "metadata_theme"}
    viewer = open_sidecar.as_caller(open_realm.token("view-metadata"))
    assert viewer.claims(jane).content == shown.content


def test_who_has_no_metadata_has_no_claims(open_sidecar: Sidecar, open_realm: Realm) -> None:
    """The preview of a user without entries is empty; of one who does not exist, 404."""
    user = open_realm.user(credentials=[])

    assert open_sidecar.claims(user).json() == {"claims": {}, "bytes": 0, "limit": LIMIT}
    assert_problem(open_sidecar.claims("nobody@example.com"), "user_not_found")
