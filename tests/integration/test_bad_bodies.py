"""Bodies that are no JSON, or JSON of another shape: the right 4xx, nothing stored, nothing said on."""

import httpx
import pytest

from tests.integration.discretion import SECRET
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path

pytestmark = pytest.mark.usefixtures("discreet")

JSON = "application/json"


@pytest.fixture(scope="module")
def user(realm: Realm) -> User:
    """A user of whom nothing is ever stored here."""
    return realm.user(credentials=[])


def _put(
    sidecar: Sidecar, user: User, key: str | None, body: bytes, content_type: str = JSON
) -> httpx.Response:
    headers = {"Content-Type": content_type}
    return sidecar.request("PUT", metadata_path(user, key), content=body, headers=headers)


def _assert_nothing_stored(sidecar: Sidecar, user: User) -> None:
    answer = sidecar.read(user)
    assert (answer.json(), answer.headers["etag"]) == ({"metadata": []}, '"0"')


NO_JSON = {
    "nothing": b"",
    "blanks": b" \r\n\t",
    "an open object": b'{"value":"SECRET"',
    "an open string": b'{"value":"SECRET',
    "something behind it": b'{"value":"SECRET"}{}',
    "a comma too many": b'{"value":"SECRET",}',
    "a comma in a list": b'{"value":["SECRET",]}',
    "single quotes": b"{'value':'SECRET'}",
    "names without quotes": b'{value:"SECRET"}',
    "a comment": b'{"value":"SECRET"}//x',
    "a form": b"value=SECRET",
    "a word": b"SECRET",
    "NaN": b'{"value":[NaN,"SECRET"]}',
    "Infinity": b'{"value":[Infinity,"SECRET"]}',
    "minus Infinity": b'{"value":[-Infinity,"SECRET"]}',
    "a leading nought": b'{"value":[01,"SECRET"]}',
    "a leading plus": b'{"value":[+1,"SECRET"]}',
    "a number that ends early": b'{"value":[1.,"SECRET"]}',
    "hexadecimal": b'{"value":[0x1,"SECRET"]}',
    "True": b'{"value":[True,"SECRET"]}',
    "a name twice": b'{"value":1,"value":"SECRET"}',
    "a name twice by an escape": b'{"value":1,"valu\\u0065":"SECRET"}',
    "a name twice inside the value": b'{"value":{"a":1,"a":"SECRET"}}',
    "a name twice, deep inside": b'{"value":[{"b":[{"a":1,"a":"SECRET"}]}]}',
    "a control character": b'{"value":"SECRET\x01"}',
    "a line break in a string": b'{"value":"SECRET\n"}',
    "an unknown escape": b'{"value":"\\xSECRET"}',
    "half an escape": b'{"value":"SECRET\\u00"}',
    "not UTF-8": b'{"value":"SECRET\xff"}',
    "Latin-1": '{"value":"SECRET é"}'.encode("latin-1"),
    "UTF-16": '{"value":"SECRET"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"value":"SECRET"}'.encode("utf-16-le"),
    "UTF-32": '{"value":"SECRET"}'.encode("utf-32-be"),
    "a byte order mark": b'\xef\xbb\xbf{"value":"SECRET"}',
    "a surrogate in UTF-8": b'{"value":"SECRET\xed\xa0\x80"}',
    "an overlong form": b'{"value":"SECRET\xc0\xaf"}',
    "brackets only": b"[" * 60,
}


@pytest.mark.parametrize("key", [None, "theme"], ids=["all", "one"])
@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON.keys())
def test_what_is_no_json_is_malformed(sidecar: Sidecar, user: User, body: bytes, key: str | None) -> None:
    """A body that is not strict JSON in UTF-8 is 400 malformed_json on both routes, and not quoted back."""
    answer = _put(sidecar, user, key, body.replace(b"SECRET", SECRET.encode()))

    assert_problem(answer, "malformed_json")
    assert SECRET not in answer.text
    _assert_nothing_stored(sidecar, user)


NO_ENTRY = {
    "null": ("null", "body"),
    "a list": ('[{"value":"SECRET"}]', "body"),
    "a string": ('"SECRET"', "body"),
    "a number": ("4711", "body"),
    "false": ("false", "body"),
    "no value": ('{"profileClaim":true}', "value"),
    "nothing in it": ("{}", "value"),
    "an unknown member": ('{"value":"SECRET","expires":1}', "expires"),
    "a member of another spelling": ('{"value":"SECRET","profile_claim":true}', "profile_claim"),
    "a key besides the path's": ('{"key":"theme","value":"SECRET"}', "key"),
    "a flag that is a string": ('{"value":"SECRET","profileClaim":"true"}', "profileClaim"),
    "a flag that is a number": ('{"value":"SECRET","profileClaim":1}', "profileClaim"),
    "a flag that is null": ('{"value":"SECRET","profileClaim":null}', "profileClaim"),
    "a flag that is a list": ('{"value":"SECRET","profileClaim":[]}', "profileClaim"),
}


@pytest.mark.parametrize(("body", "place"), NO_ENTRY.values(), ids=NO_ENTRY.keys())
def test_what_is_no_entry_is_invalid(sidecar: Sidecar, user: User, body: str, place: str) -> None:
    """JSON that is no entry is 422 invalid_entry, which names the place and not what stands there."""
    answer = _put(sidecar, user, "theme", body.replace("SECRET", SECRET).encode())

    problem = assert_problem(answer, "invalid_entry", place=place)
    assert place in problem["detail"]
    assert SECRET not in answer.text
    _assert_nothing_stored(sidecar, user)


NO_LIST = {
    "null": ("null", "body"),
    "a list without its name": ('[{"key":"a","value":"SECRET"}]', "body"),
    "no list": ("{}", "metadata"),
    "an object for a list": ('{"metadata":{"a":"SECRET"}}', "metadata"),
    "null for a list": ('{"metadata":null}', "metadata"),
    "an unknown member": ('{"metadata":[],"x":"SECRET"}', "x"),
    "an entry that is none": ('{"metadata":["SECRET"]}', "metadata.0"),
    "no key": ('{"metadata":[{"value":"SECRET"}]}', "metadata.0.key"),
    "a key that is a number": ('{"metadata":[{"key":1,"value":"SECRET"}]}', "metadata.0.key"),
    "a key that is null": ('{"metadata":[{"key":null,"value":"SECRET"}]}', "metadata.0.key"),
    "no value": ('{"metadata":[{"key":"a","value":"SECRET"},{"key":"b"}]}', "metadata.1.value"),
    "a flag that is none": (
        '{"metadata":[{"key":"a","value":"SECRET","profileClaim":0}]}',
        "metadata.0.profileClaim",
    ),
    "an unknown member of an entry": ('{"metadata":[{"key":"a","value":"SECRET","x":1}]}', "metadata.0.x"),
}


@pytest.mark.parametrize(("body", "place"), NO_LIST.values(), ids=NO_LIST.keys())
def test_what_is_no_list_of_entries_is_invalid(sidecar: Sidecar, user: User, body: str, place: str) -> None:
    """In a list the place says which entry it is; the good ones are not stored either."""
    answer = _put(sidecar, user, None, body.replace("SECRET", SECRET).encode())

    assert_problem(answer, "invalid_entry", place=place)
    assert SECRET not in answer.text
    _assert_nothing_stored(sidecar, user)


NO_VALUE = {
    "null": ("null", "it has no value, and null is none"),
    "half a pair": ('"SECRET\\ud83d"', "a string holds half of a surrogate pair"),
    "the other half": ('["SECRET",{"a":"\\ude00"}]', "a string holds half of a surrogate pair"),
    "a pair the wrong way round": ('"SECRET\\ude00\\ud83d"', "a string holds half of a surrogate pair"),
    "half a pair as a name": ('{"a":"SECRET","\\udc00":1}', "a name holds half of a surrogate pair"),
    "too large a number": ('["SECRET",1e400]', "a number is beyond the range of an IEEE double"),
    "too small a number": ('["SECRET",-1e999]', "a number is beyond the range of an IEEE double"),
}


@pytest.mark.parametrize("in_list", [False, True], ids=["one", "all"])
@pytest.mark.parametrize("case", NO_VALUE.values(), ids=NO_VALUE.keys())
def test_what_cannot_be_given_back_is_no_value(
    sidecar: Sidecar, user: User, case: tuple[str, str], *, in_list: bool
) -> None:
    """Null, half of a surrogate pair and numbers beyond a double are 422, with the reason."""
    value, reason = case
    entry = f'"value":{value.replace("SECRET", SECRET)}'
    list_body = f'{{"metadata":[{{"key":"good","value":1}},{{"key":"theme",{entry}}}]}}'

    answer = _put(
        sidecar, user, None if in_list else "theme", (list_body if in_list else f"{{{entry}}}").encode()
    )

    assert_problem(answer, "invalid_entry", reason=reason)
    assert SECRET not in answer.text
    _assert_nothing_stored(sidecar, user)


def test_half_a_pair_is_no_key(sidecar: Sidecar, user: User) -> None:
    """A key in a list that holds half of a surrogate pair is 422, and not repeated: no text can hold it."""
    answer = _put(sidecar, user, None, b'{"metadata":[{"key":"a\\ud800","value":1}]}')

    problem = assert_problem(answer, "invalid_entry", reason="the key holds half of a surrogate pair")
    assert problem["key"] is None
    _assert_nothing_stored(sidecar, user)
