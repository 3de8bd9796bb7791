"""What an entity tag stands for: it changes with what it names, not without, and never comes twice."""

from tests.integration.realms import User
from tests.integration.sidecars import Sidecar


def test_an_entrys_tag_changes_with_the_entry_only(sidecar: Sidecar, someone: User) -> None:
    """A write of one key changes its own tag and the list's, and no other key's."""
    sidecar.put(someone, "a", 1)
    sidecar.put(someone, "b", 2)
    a, whole = _tag(sidecar, someone, "a"), _tag(sidecar, someone)

    sidecar.put(someone, "b", 3)

    assert _tag(sidecar, someone, "a") == a
    assert _tag(sidecar, someone) != whole


def test_the_flag_is_part_of_the_entry(sidecar: Sidecar, someone: User) -> None:
    """A write that changes nothing but profileClaim changes the tag."""
    before = sidecar.put(someone, "a", 1, profile_claim=False).headers["etag"]

    assert sidecar.put(someone, "a", 1, profile_claim=True).headers["etag"] != before


def test_a_write_of_what_is_there_keeps_the_tags(sidecar: Sidecar, someone: User) -> None:
    """PUT of the same entry, and of the same list, answer 200 with the tags of before."""
    value = {"x": [1, 2.5, "\N{GRINNING FACE}", None, True], "y": {}}
    sidecar.put(someone, "a", value, profile_claim=True)
    sidecar.put(someone, "b", 2)
    read = sidecar.read(someone)

    again = sidecar.put(someone, "a", value, profile_claim=True)
    replaced = sidecar.replace(someone, read.json()["metadata"])

    assert (again.status_code, again.headers["etag"]) == (200, '"1"')
    assert (replaced.status_code, replaced.headers["etag"]) == (200, read.headers["etag"])
    assert _tag(sidecar, someone, "a") == '"1"'


def test_a_list_keeps_the_tags_of_what_it_keeps(sidecar: Sidecar, someone: User) -> None:
    """A bulk PUT gives a new tag only to the entries that it changes."""
    sidecar.put(someone, "kept", 1)
    sidecar.put(someone, "changed", 2)
    kept, changed = _tag(sidecar, someone, "kept"), _tag(sidecar, someone, "changed")

    whole = sidecar.replace(someone, [{"key": "kept", "value": 1}, {"key": "changed", "value": 3}]).headers[
        "etag"
    ]

    assert _tag(sidecar, someone, "kept") == kept
    assert _tag(sidecar, someone, "changed") not in (changed, kept)
    assert _tag(sidecar, someone) == whole


def test_the_tag_of_a_write_is_the_tag_of_the_next_read(sidecar: Sidecar, someone: User) -> None:
    """A client may go on with the tag its write gave, without reading again."""
    tag = sidecar.put(someone, "a", 1).headers["etag"]

    for value in range(2, 5):
        tag = sidecar.put(someone, "a", value, headers={"If-Match": tag}).headers["etag"]

    assert sidecar.read(someone, "a").headers["etag"] == tag
    assert sidecar.entries(someone) == {"a": 4}


def test_no_tag_comes_twice(sidecar: Sidecar, someone: User) -> None:
    """An entry deleted and made again, with the same value, has a tag that it never had; so has the list."""
    entries, lists = [], [_tag(sidecar, someone)]
    for _ in range(3):
        entries.append(sidecar.put(someone, "a", 1).headers["etag"])
        lists.append(_tag(sidecar, someone))
        sidecar.delete(someone, "a")
        lists.append(_tag(sidecar, someone))
        entries.append(sidecar.put(someone, "a", 1).headers["etag"])
        lists.append(_tag(sidecar, someone))
        lists.append(sidecar.replace(someone, []).headers["etag"])

    assert len(set(entries)) == len(entries)
    assert len(set(lists)) == len(lists)


def _tag(sidecar: Sidecar, user: User, key: str | None = None) -> str:
    return sidecar.read(user, key).headers["etag"]
