"""What the extension answers to a change."""

import pytest

from tests.integration.extensions import Extension
from tests.integration.realms import Realm, User


@pytest.mark.parametrize("entries", [None, "all", ""])
def test_a_change_is_answered_with_the_whole_document(
    realm: Realm, someone: User, entries: str | None
) -> None:
    """Unless less is asked for, the answer has all entries."""
    caller = Extension(realm, realm.token("manage-metadata"))
    caller.change(someone, set={"app.a": {"value": 1}, "b": {"value": 2}})

    answer = caller.change(someone, entries=entries, set={"c": {"value": 3}}, remove=["b"]).json()

    assert answer["entries"] == caller.document(someone).json()["entries"]
    assert answer["entries"].keys() == {"app.a", "c"}
    assert (answer["added"], answer["changed"], answer["removed"]) == (["c"], [], ["b"])


@pytest.mark.parametrize("role", ["manage-metadata", "manage-metadata:app"])
def test_a_change_may_be_answered_with_the_entries_it_names(realm: Realm, someone: User, role: str) -> None:
    """The others are left out; revisions, and what was touched, are as they would be with them."""
    realm.prepare(namespaces=["app"])
    caller = Extension(realm, realm.token(role))
    caller.change(someone, set={"app.a": {"value": 1}, "app.b": {"value": 2}, "app.c": {"value": 3}})

    answer = caller.change(
        someone, entries="named", set={"app.c": {"value": 4}}, remove=["app.b", "app.d"]
    ).json()

    document = caller.document(someone).json()
    assert document["entries"].keys() == {"app.a", "app.c"}
    assert answer["entries"] == {"app.c": document["entries"]["app.c"]}
    assert answer["entries"]["app.c"]["value"] == 4
    assert answer["revision"] == document["revision"]
    assert (answer["added"], answer["changed"], answer["removed"]) == ([], ["app.c"], ["app.b"])
