"""Any JSON value and any key come back, and go into tokens, as they were sent; the same cases every time."""

import json
import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.places import exactly, in_every_place, metadata_everywhere
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.wire import send_encoded

UNICODE = st.characters(exclude_categories=["Cs"])
TEXT = st.text(UNICODE, max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**40), max_value=10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
CONTAINED = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
VALUES = CONTAINED.filter(lambda value: value is not None)


def _is_key(text: str) -> bool:
    """Whether a text is a key by the rule of the README, as Unicode's own tables have it."""
    blank = {"Zs", "Zl", "Zp"}
    return (
        0 < len(text) <= 128
        and text not in (".", "..")
        and all(unicodedata.category(character) not in ("Cc", "Cs") for character in text)
        and unicodedata.category(text[0]) not in blank
        and unicodedata.category(text[-1]) not in blank
    )


KEYS = st.text(UNICODE, min_size=1, max_size=12).filter(_is_key)
NO_KEYS = st.sampled_from(
    ["", " ", ".", "..", "a\x00", "\x7fa", "a\x85", "\u2028a", "a\u3000", "\u00a0a", "x" * 129]
) | st.text(max_size=4).filter(lambda text: not _is_key(text))
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=20)

REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _listed(values: dict[str, object]) -> list[dict[str, object]]:
    return [{"key": key, "value": value, "profileClaim": True} for key, value in sorted(values.items())]


def _short_enough(values: Mapping[str, object]) -> bool:
    return len(json.dumps({f"metadata_{key}": value for key, value in values.items()})) < 4000


@pytest.fixture(scope="module")
def somebody(realm: Realm) -> User:
    """A user who can log in, written anew by every case."""
    return realm.user()


@REPEATABLE
@given(values=DOCUMENTS.filter(_short_enough))
def test_any_values_under_any_keys_come_back_and_go_into_the_tokens(
    realm: Realm, sidecar: Sidecar, somebody: User, values: dict[str, object]
) -> None:
    """The bulk write, both reads, a merge and the four places of a login: all have exactly what was sent."""
    listed = {"metadata": _listed(values)}
    key = next(iter(values))

    answers = [sidecar.replace(somebody, listed["metadata"]), sidecar.read(somebody)]
    merged = sidecar.patch(somebody, {key: None})
    again = send_encoded(sidecar, "PUT", somebody, key, {"value": values[key], "profileClaim": True})
    one = send_encoded(sidecar, "GET", somebody, key)

    assert [exactly(answer.json()) for answer in answers] == [exactly(listed)] * 2
    assert key not in {entry["key"] for entry in merged.json()["metadata"]}
    assert (again.status_code, exactly(one.json())) == (201, exactly(again.json()))
    claims = {f"metadata_{key}": value for key, value in values.items()}
    assert exactly(metadata_everywhere(realm, realm.login(somebody))) == exactly(in_every_place(claims))


@REPEATABLE
@given(key=KEYS, old=VALUES, new=VALUES)
def test_any_key_is_created_overwritten_and_deleted_as_itself(
    sidecar: Sidecar, somebody: User, key: str, old: object, new: object
) -> None:
    """In a path, percent-encoded, a key is one entry from its creation to its end."""
    sidecar.replace(somebody, [])

    statuses = [
        send_encoded(sidecar, method, somebody, key, body).status_code
        for method, body in [
            ("PUT", {"value": old}),
            ("PUT", {"value": new}),
            ("GET", None),
            ("DELETE", None),
            ("DELETE", None),
        ]
    ]

    assert statuses == [201, 200, 200, 204, 404]


@REPEATABLE
@given(key=NO_KEYS)
def test_what_is_no_key_is_refused(sidecar: Sidecar, somebody: User, key: str) -> None:
    """Whatever breaks the rule of keys is 422 with its code, and nothing of the list is stored."""
    before = sidecar.read(somebody).headers["etag"]

    body = json.dumps({"metadata": [{"key": "sound", "value": 1}, {"key": key, "value": 1}]})  # in ASCII

    answer = sidecar.request(
        "PUT", metadata_path(somebody), content=body, headers={"Content-Type": "application/json"}
    )

    assert_problem(answer, "limit_exceeded" if len(key) > 128 else "invalid_entry")
    assert sidecar.read(somebody).headers["etag"] == before
