"""Owns what must be true after a burst, whatever happened in it, as the database itself tells it."""

import json

from tests.cluster.bursts import Burst, Write
from tests.cluster.registers import Entries, Register
from tests.integration.realms import Realm, User
from tests.integration.rows import stored_document

LIMIT = 5.0  # seconds for which a write that nobody answered may still be under way


def assert_whole(burst: Burst, realm: Realm) -> None:
    """Assert that what is stored is what the acknowledged writes left, none lost and none half there."""
    for user in {write.register.user for write in burst.writes}:
        writes = [write for write in burst.writes if write.register.user == user]
        document = stored_document(realm, user)  # of one row: more would be a fault by themselves
        entries = {key: entry["value"] for key, entry in document["entries"].items()}
        for register in {write.register for write in writes}:
            _assert_one_of(register, entries, [write for write in writes if write.register == register])
        _assert_counted(document["revision"], writes, audited(realm, user))


def audited(realm: Realm, user: User) -> list[int]:
    """Read the revisions that the admin events of a user's metadata tell of."""
    query = "SELECT DETAILS_JSON AS details FROM ADMIN_EVENT_ENTITY WHERE RESOURCE_PATH = %s"
    assert realm.keycloak.database is not None
    rows = realm.keycloak.database.rows(query, f"users/{user.id}/user-metadata")
    return sorted(int(json.loads(row["details"])["revision"]) for row in rows)


def _assert_one_of(register: Register, entries: Entries, writes: list[Write]) -> None:
    found, possible = register.part(entries), [register.state(write.number) for write in _last(writes)]
    if not any(write.acknowledged for write in writes):
        possible.append({})
    assert found in possible, (
        f"{register}: {_short(found)} is none of {[_short(state) for state in possible]}"
    )


def _last(writes: list[Write]) -> list[Write]:
    """Give the writes that may be the last one: those that none which was acknowledged surely came after."""
    writes = [write for write in writes if not write.refused]
    acknowledged = [write for write in writes if write.acknowledged]
    begun = max((write.sent for write in acknowledged), default=float("-inf"))
    newest = max((revision for write in acknowledged if (revision := _revision(write))), default=0)
    return [write for write in writes if _settled(write) > begun and (_revision(write) or newest) >= newest]


def _settled(write: Write) -> float:
    """Tell when a write was over: stored by then, or never."""
    if write.ended is None or write.answer is None:
        return write.sent + LIMIT
    return write.ended


def _assert_counted(revision: int, writes: list[Write], audit: list[int]) -> None:
    known = [number for write in writes if write.stored and (number := _revision(write))]
    stored, unknown = (
        sum(write.stored for write in writes),
        sum(not (write.acknowledged or write.refused) for write in writes),
    )
    assert audit == list(range(1, revision + 1))
    assert len(known) == len(set(known))
    assert set(known) <= set(audit)
    assert stored <= revision <= stored + unknown


def _revision(write: Write) -> int | None:
    tag = write.answer.headers.get("ETag") if write.stored and write.answer is not None else None
    return int(tag.strip('"')) if tag else None


def _short(entries: Entries) -> dict[str, object]:
    return {key: str(value)[:40] for key, value in entries.items()}
