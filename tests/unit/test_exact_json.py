"""JSON in and out: strict where callers err, exact where values matter."""

import json
import time

import pytest

from keycloak_user_metadata.exact_json import DepthError, JsonError, NumberError, dumps, loads


def read(text: str | bytes) -> object:
    """Read the text as a request's body is read."""
    return loads(text.encode() if isinstance(text, str) else text, max_depth=64)


@pytest.mark.parametrize(
    "text",
    [
        "12345678901234567890",
        "-" + "9" * 4299,
        "9" * 4300,
        "-" + "9" * 4300,
        "1" + "0" * 15_000,
        "1.5",
        "1.0",
        "5e-324",
        "1.7976931348623157e+308",
        '""',
        '" "',
        '"ключ 🔑 \\u0000\\u001f\\"\\\\"',
        '{"a":null,"b":[true,false,{},[]],"c":[1,"2"]}',
    ],
)
def test_what_is_read_is_written_again(text: str) -> None:
    """Numbers, strings and structure come out as they went in."""
    assert dumps(read(text)).decode() == text


def test_many_long_integers_keep_their_places() -> None:
    """Several integers beyond Python's own limit of digits stay in order, beside ordinary ones."""
    text = "[" + ",".join(str(digit) * 5000 for digit in range(1, 10)) + ',1,{"a":' + "7" * 6000 + "}]"
    assert dumps(read(text)).decode() == text


def test_a_million_digits_take_no_noticeable_time() -> None:
    """An integer as long as a body may be is no way to keep the process busy."""
    text = "7" * 1_000_000
    begin = time.process_time()
    assert dumps(read(text)).decode() == text
    assert time.process_time() - begin < 5


def test_the_largest_int_python_turns_into_text_is_the_longest_read_as_one() -> None:
    """Neither side of the boundary between int and LongInteger fails when written."""
    for digits in (598, 599, 600, 601, 4299, 4300, 4301):
        for sign in ("", "-"):
            assert dumps({"n": read(sign + "8" * digits)}).decode() == '{"n":' + sign + "8" * digits + "}"


@pytest.mark.parametrize("digits", [598, 600, 601, 4299, 4300, 4301, 100_000])
def test_a_trusted_text_is_read_as_exactly(digits: int) -> None:
    """Integers of any length, doubles and lone surrogates are what they are, whoever wrote them."""
    text = '{"n":' + "8" * digits + ',"d":[0.1,5e-324,-0.0],"s":"\\ud800é"}'

    assert dumps(loads(text.encode(), max_depth=2)) == text.encode()
    assert dumps(loads(text.encode(), max_depth=2, trusted=True)) == text.encode()


@pytest.mark.parametrize("text", ["", "{", '{"a":NaN}', "1e400", '"\t"', "[[[1]]]", "1 2"])
def test_a_trusted_text_that_is_no_json_is_refused_as_any_other(text: str) -> None:
    """That a text is trusted takes away one check: for a name that an object has twice."""
    with pytest.raises(JsonError) as refused:
        loads(text.encode(), max_depth=2)
    with pytest.raises(type(refused.value)) as trusted:
        loads(text.encode(), max_depth=2, trusted=True)
    assert str(trusted.value) == str(refused.value)
    with pytest.raises(JsonError):
        loads(b'{"a":1,"a":2}', max_depth=2)
    assert loads(b'{"a":1,"a":2}', max_depth=2, trusted=True) == {"a": 2}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nul",
        "{",
        "[1,]",
        "{'a':1}",
        "01",
        "+1",
        "1.",
        ".5",
        "1 2",
        "{} x",
        "NaN",
        "[Infinity]",
        '{"a":-Infinity}',
        '{"a":1,"a":1}',
        '{"a":{"b":1,"b":2}}',
        '{"a":1,"\\u0061":2}',
        '"a\tb"',
        '"\\x"',
        '"\\ud80"',
        "\ufeff{}",
        "\u00a01",
        "٣",
        "// no\n1",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xff\xfe1\x00",
        b'"\xc0\xaf"',
    ],
)
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    """Nothing half-right is taken for JSON."""
    with pytest.raises(JsonError):
        read(text)


def test_the_refusal_never_quotes_the_text() -> None:
    """What a caller sent appears in no message."""
    for text in ('{"secret-name":1,"secret-name":2}', '["secret-value"', '"secret\tvalue"'):
        with pytest.raises(JsonError) as refusal:
            read(text)
        assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("text", ["1e400", "-1e400", "1.0e309", '{"a":[2e308]}'])
def test_numbers_no_double_can_hold_are_refused(text: str) -> None:
    """A number that would become infinite is refused, not stored as something else."""
    with pytest.raises(NumberError):
        read(text)


@pytest.mark.parametrize("surrogate", ["\\ud800", "\\udfff", "\\udc00\\ud800", "x\\udbffy"])
def test_lone_surrogates_stay_escapes(surrogate: str) -> None:
    """What no UTF-8 can hold is written as the escape it came as, to callers and to Keycloak alike."""
    assert dumps(read(f'"{surrogate}"')).decode() == f'"{surrogate}"'
    assert dumps(read(f'"{surrogate}"'), ascii_only=True).decode() == f'"{surrogate}"'


def test_pairs_of_surrogates_are_characters() -> None:
    """An escaped pair is the character it names."""
    assert dumps(read('"\\ud83d\\udd11"')).decode() == '"🔑"'
    assert dumps(read('"🔑"'), ascii_only=True).decode() == '"\\ud83d\\udd11"'


def test_depth_counts_brackets_outside_strings() -> None:
    """Brackets within strings do not nest; the deepest point counts, not the number of brackets."""
    deep = "[" * 64 + "]" * 64
    wide = "[" + ",".join(["[{}]"] * 500) + "]"
    quoted = json.dumps(["[" * 500, '\\"[' * 500], separators=(",", ":"))
    for text in (deep, wide, quoted):
        assert dumps(read(text)) == text.encode()
    with pytest.raises(DepthError) as refusal:
        read("[" * 65 + "]" * 65)
    assert refusal.value.actual == 65


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '{"a":' * 200_000,
        '"' + '\\"' * 500_000,
        '["' * 300_000,
        "[" * 99 + '"' + "\\" * 999_999,
    ],
)
def test_hostile_bodies_are_refused_in_linear_time(text: str) -> None:
    """A body as large as may be sent is refused at once, however it is built."""
    begin = time.process_time()
    with pytest.raises(JsonError):
        read(text)
    assert time.process_time() - begin < 5


def test_what_is_no_json_value_is_not_written() -> None:
    """A mistake of ours fails rather than sending something nobody can read."""
    with pytest.raises(TypeError):
        dumps({"a": object()})
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(float("nan"))
