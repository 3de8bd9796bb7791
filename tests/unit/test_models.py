"""Bodies and answers: their shape, and nothing of what the extension decides."""

import pytest

from keycloak_user_metadata.changes import Change
from keycloak_user_metadata.documents import ChangedDocument, Document, document_json, parse_answer
from keycloak_user_metadata.entity_tags import Conditions
from keycloak_user_metadata.errors import BadGateway, InvalidEntry
from keycloak_user_metadata.exact_json import loads
from keycloak_user_metadata.models import DocumentBody, EntryBody, PatchBody, parse_body


def read(text: str) -> object:
    """Read a body."""
    return loads(text.encode(), max_depth=64)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("{}", "value", "is missing"),
        ('{"profileClaim":true}', "value", "is missing"),
        ('{"value":1,"profileClaim":1}', "profileClaim", "must be true or false"),
        ('{"value":1,"profileClaim":"true"}', "profileClaim", "must be true or false"),
        ('{"value":1,"profileClaim":null}', "profileClaim", "must be true or false"),
        ('{"value":1,"profileclaim":true}', "profileclaim", "is not known here"),
        ('{"value":1,"key":"a"}', "key", "is not known here"),
        ('{"value":1,"expiresAt":1893456000}', "expiresAt", "must be a string"),
        ('{"value":1,"expires_at":"2030-01-31T12:00:00Z"}', "expires_at", "is not known here"),
        ("[]", "body", "must be an object"),
        ("null", "body", "must be an object"),
        ('"value"', "body", "must be an object"),
        ("7" * 5000, "body", "must be an object"),
    ],
)
def test_entries_of_another_shape_are_refused_with_the_place(text: str, place: str, reason: str) -> None:
    """Types are strict, unknown members are mistakes, a value must be there."""
    with pytest.raises(InvalidEntry) as refusal:
        parse_body(EntryBody, read(text))
    assert refusal.value.members == {"place": place, "reason": reason}


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("{}", "metadata", "is missing"),
        ('{"metadata":{}}', "metadata", "must be an array"),
        ('{"metadata":null}', "metadata", "must be an array"),
        ('{"metadata":[],"x":1}', "x", "is not known here"),
        ('{"metadata":[1]}', "metadata.0", "must be an object"),
        ('{"metadata":[{"key":"a","value":1},{"value":1}]}', "metadata.1.key", "is missing"),
        ('{"metadata":[{"key":7,"value":1}]}', "metadata.0.key", "must be a string"),
        ('{"metadata":[{"key":"a"}]}', "metadata.0.value", "is missing"),
        (
            '{"metadata":[{"key":"a","value":1,"profileClaim":0}]}',
            "metadata.0.profileClaim",
            "must be true or false",
        ),
    ],
)
def test_lists_of_another_shape_are_refused_with_the_place(text: str, place: str, reason: str) -> None:
    """The number of the entry is part of the place."""
    with pytest.raises(InvalidEntry) as refusal:
        parse_body(DocumentBody, read(text))
    assert refusal.value.members == {"place": place, "reason": reason}


@pytest.mark.parametrize(
    "text",
    [
        '{"value":{"secret":1},"profileClaim":"secret"}',
        '{"metadata":[{"key":["secret"],"value":"secret"}]}',
        '{"metadata":"secret"}',
        '{"value":1,"\\ud800":"secret"}',
        '{"metadata":[{"key":"a","value":1,"\\ud800":"secret"}]}',
    ],
)
def test_refusals_show_no_value(text: str) -> None:
    """What was sent is repeated nowhere, half surrogates break nothing."""
    for kind in (EntryBody, DocumentBody):
        with pytest.raises(InvalidEntry) as refusal:
            parse_body(kind, read(text))
        assert "secret" not in f"{refusal.value} {refusal.value.members}"


@pytest.mark.parametrize("text", ['{"\\ud800":"secret"}', '{"a":{"expiresAt":["secret"]}}', '["secret"]'])
def test_refusals_of_a_patch_show_no_value(text: str) -> None:
    """Of a patch, too, the place is named and no value."""
    with pytest.raises(InvalidEntry) as refusal:
        parse_body(PatchBody, read(text))
    assert "secret" not in f"{refusal.value} {refusal.value.members}"


@pytest.mark.parametrize("text", ["null", '"\\ud800"', "1.0", '{"a":null}', "[[[[]]]]", "7" * 5000])
def test_values_pass_untouched(text: str) -> None:
    """What a value may be is the extension's to say."""
    value = read(text)
    assert parse_body(EntryBody, {"value": value}).value == value


def test_a_flag_left_out_is_false() -> None:
    """An entry is no claim unless it says so."""
    assert parse_body(EntryBody, {"value": 1}).profileClaim is False


def test_changes_are_written_as_the_extension_reads_them() -> None:
    """Put, delete and replace are one operation."""
    entry, conditions = EntryBody(value="Dark", profileClaim=True), Conditions((7,), None)
    assert Change.put("theme", entry, conditions).to_wire() == {
        "set": {"theme": {"value": "Dark", "profileClaim": True}},
        "remove": (),
        "replace": False,
        "conditions": {"key": "theme", "ifMatch": (7,)},
    }
    assert Change.delete("theme", Conditions()).to_wire() == {
        "set": {},
        "remove": ("theme",),
        "replace": False,
        "conditions": {},
    }


def test_a_patch_is_written_as_it_was_sent() -> None:
    """A member left out is not one that is null: the extension merges what is there."""
    patch = parse_body(
        PatchBody, read('{"a":{"value":{"b":null}},"c":{"profileClaim":null},"d":{},"e":null}')
    )
    assert Change.merge_into(patch, Conditions((7,), None)).to_wire() == {
        "set": {},
        "merge": {"a": {"value": {"b": None}}, "c": {"profileClaim": None}, "d": {}, "e": None},
        "remove": (),
        "replace": False,
        "conditions": {"ifMatch": (7,)},
    }


@pytest.mark.parametrize("expires_at", ["2030-01-31T12:00:00Z", "tomorrow", None])
def test_an_expiry_goes_on_as_it_was_sent(expires_at: str | None) -> None:
    """Whether it says an instant is the extension's to decide; one left out is not mentioned."""
    entry = parse_body(EntryBody, {"value": 1, "expiresAt": expires_at})
    assert Change.put("a", entry, Conditions()).to_wire()["set"] == {
        "a": {"value": 1, "profileClaim": False, "expiresAt": expires_at}
    }


def test_a_dry_run_is_the_same_change() -> None:
    """But for one member."""
    change = Change.delete("theme", Conditions())
    assert change.to_wire(dry_run=True) == {**change.to_wire(), "dryRun": True}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[]", "body"),
        ("null", "body"),
        ('{"a":1}', "a"),
        ('{"a":[]}', "a"),
        ('{"a":{"value":1},"b":{"key":"b"}}', "b.key"),
        ('{"a":{"profileClaim":1}}', "a.profileClaim"),
        ('{"a":{"expiresAt":1}}', "a.expiresAt"),
    ],
)
def test_patches_of_another_shape_are_refused_with_the_place(text: str, place: str) -> None:
    """An object of objects, or of null; strict types, no unknown members."""
    with pytest.raises(InvalidEntry) as refusal:
        parse_body(PatchBody, read(text))
    assert refusal.value.members["place"] == place


def test_of_a_key_given_twice_the_last_one_wins() -> None:
    """In a list that replaces all."""
    sent = parse_body(DocumentBody, read('{"metadata":[{"key":"a","value":1},{"key":"a","value":2}]}'))
    change = Change.replace_all(sent.metadata, Conditions(None, "*")).to_wire()
    assert change["set"] == {"a": {"value": 2, "profileClaim": False}}
    assert change["replace"] is True
    assert change["conditions"] == {"ifNoneMatch": "*"}


def test_entries_are_sorted_by_code_points() -> None:
    """The order is the same everywhere."""
    keys = ["é", "b", "Z", "a", "🔑", "\uffff", ""]
    entries = {key: {"value": 1, "profileClaim": False, "revision": 1} for key in keys}
    document = parse_answer(Document, {"revision": 1, "entries": entries})
    shown = document_json(document.entries)["metadata"]
    assert isinstance(shown, list)
    assert [entry["key"] for entry in shown] == ["", "Z", "a", "b", "é", "\uffff", "🔑"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"revision": 1},
        {"revision": "1", "entries": {}},
        {"revision": True, "entries": {}},
        {"revision": -1, "entries": {}},
        {"revision": 1, "entries": []},
        {"revision": 1, "entries": {"a": 1}},
        {"revision": 1, "entries": {"a": {"value": 1, "profileClaim": 1, "revision": 1}}},
        {"revision": 1, "entries": {"a": {"profileClaim": True, "revision": 1}}},
    ],
)
def test_answers_of_another_shape_are_nonsense(answer: object) -> None:
    """Whoever answered, it was not the extension."""
    with pytest.raises(BadGateway):
        parse_answer(Document, answer)
    with pytest.raises(BadGateway):
        parse_answer(ChangedDocument, answer)


def test_members_to_come_are_ignored() -> None:
    """A newer extension may say more."""
    assert parse_answer(Document, {"userId": "x", "revision": 0, "entries": {}, "more": 1}).entries == {}
