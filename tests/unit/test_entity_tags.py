"""Entity tags and conditions, as RFC 9110 has them."""

import pytest

from keycloak_user_metadata.entity_tags import Conditions, entity_tag
from keycloak_user_metadata.errors import MalformedHeader


def test_the_tag_of_a_revision_is_its_number_quoted() -> None:
    """What is given out is understood when it comes back."""
    assert entity_tag(7) == '"7"'
    assert Conditions.parse([entity_tag(7)], None).if_match == (7,)


@pytest.mark.parametrize(
    ("lines", "strong", "weak"),
    [
        (["*"], "*", "*"),
        ([" * "], "*", "*"),
        (['"7"'], (7,), (7,)),
        (['"7","8"'], (7, 8), (7, 8)),
        (['"7" , "8",'], (7, 8), (7, 8)),
        ([',, "7"'], (7,), (7,)),
        (['"7"', '"8"'], (7, 8), (7, 8)),
        (['W/"7"'], (), (7,)),
        (['W/"7", "8"'], (8,), (7, 8)),
        (['"abc"'], (), ()),
        (['"a,b", "7"'], (7,), (7,)),
        (['"07"'], (), ()),
        (['""'], (), ()),
        (['"-1"', '"+1"', '"1.0"'], (), ()),
        (['"99999999999999999999"'], (), ()),
        (['"\x80ÿ"'], (), ()),
        (['"0"'], (0,), (0,)),
    ],
)
def test_lists_of_tags_are_read(lines: list[str], strong: object, weak: object) -> None:
    """If-Match compares strongly, If-None-Match weakly; tags that are none of ours match nothing."""
    conditions = Conditions.parse(lines, lines)
    assert (conditions.if_match, conditions.if_none_match) == (strong, weak)


@pytest.mark.parametrize(
    "line",
    ["", ",", "7", "'7'", '"7', '7"', '"7" "8"', '*, "7"', '"7", *', 'w/"7"', 'W/ "7"', '"a"b"', '"7";'],
)
def test_what_is_no_list_of_tags_is_refused(line: str) -> None:
    """A condition that cannot be read is not taken for none: the write would go ahead."""
    with pytest.raises(MalformedHeader):
        Conditions.parse([line], None)
    with pytest.raises(MalformedHeader):
        Conditions.parse(None, [line])


def test_long_fields_are_read_in_linear_time() -> None:
    """A field as long as a header may be takes no noticeable time, whether it is a list or not."""
    assert len(Conditions.parse([", ".join(['"7"'] * 10_000)], None).if_match or ()) == 10_000
    for line in ("," * 60_000 + "x", ", " * 30_000 + '"7', '"7" ' * 15_000):
        with pytest.raises(MalformedHeader):
            Conditions.parse([line], None)


def test_conditions_name_the_key_they_are_about() -> None:
    """On the wire they are of an entry or of the whole document; none at all stays none."""
    both = Conditions.parse(['"7"'], ["*"])
    assert both.to_wire("theme") == {"key": "theme", "ifMatch": (7,), "ifNoneMatch": "*"}
    assert both.to_wire(None) == {"ifMatch": (7,), "ifNoneMatch": "*"}
    assert Conditions.parse(['W/"7"'], None).to_wire("theme") == {"key": "theme", "ifMatch": ()}
    assert Conditions.parse(None, None).to_wire("theme") == {}


def test_a_reader_is_told_what_it_has_already() -> None:
    """If-None-Match of a read: any tag of it, or the star."""
    assert Conditions.parse(None, ['"6", W/"7"']).unchanged(7)
    assert Conditions.parse(None, ["*"]).unchanged(7)
    assert not Conditions.parse(None, ['"6"']).unchanged(7)
    assert not Conditions.parse(['"7"'], None).unchanged(7)
