"""The extension itself, given anything over HTTP: a stable code, never a fault, nothing said on."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm, User

VALUE = "hush-3391-hush"
ROUNDS = 400
FAULTS = ("Uncaught server error", "Exception", "\tat ", "ERROR")
CODES = {"malformed_request", "invalid_entry", "limit_exceeded", "precondition_failed", "user_not_found"}

SOUND: list[dict[str, Any]] = [
    {"set": {"theme": {"value": VALUE, "profileClaim": True}}},
    {"set": {"a": {"value": {"b": [VALUE, 1.5]}, "expiresAt": "2999-01-01T00:00:00Z"}}, "replace": True},
    {"merge": {"theme": {"value": {"x": None}}, "a": None}, "dryRun": True},
    {"remove": ["theme", "a"], "conditions": {"key": "theme", "ifMatch": [1, 2], "ifNoneMatch": "*"}},
    {"conditions": {"ifMatch": "*"}, "set": {}},
]
FOREIGN: list[Any] = [
    None,
    True,
    -1,
    1.5,
    10**30,
    "",
    "*",
    "\ud800",
    "\x00",
    "a" * 70_000,
    [],
    {},
    [[]],
    {"": {}},
    {"\ud800": {"value": 1}},
    ["\ud800"],
    {"key": "\udc00"},
    {"value": "\ud800"},
]
USERS = [
    "",
    " ",
    "%00",
    "%0A",
    "%FF",
    "%ED%A0%80",
    "f:",
    "f::",
    "f:x",
    "f:x:y",
    "f:00000000-0000-0000-0000-000000000000:jane",
    "service-account-x",
    "../..",
    "*",
    "%25",
    "%27%20OR%201=1--",
    "a" * 5000,
    "%F0%9F%98%80" * 300,
]


@pytest.fixture
def silent(keycloak: Keycloak) -> Iterator[None]:
    """Keycloak's log has neither a fault nor a value that was sent."""
    since = len(keycloak.log_text())
    yield
    log = keycloak.log_text()[since:]
    assert not [word for word in (*FAULTS, VALUE) if word in log]


def _swapped(dice: random.Random, node: Any) -> Any:  # noqa: ANN401 - JSON
    """Put something of another kind in the place of one member or item."""
    if not isinstance(node, dict | list) or not node or dice.random() < 0.3:
        return dice.choice(FOREIGN)
    place = dice.choice(list(node) if isinstance(node, dict) else range(len(node)))
    copy: Any = dict(node) if isinstance(node, dict) else list(node)
    copy[place] = _swapped(dice, node[place])
    return copy


def _body(dice: random.Random) -> bytes:
    sound = dice.choice(SOUND)
    text = json.dumps(_swapped(dice, sound) if dice.random() < 0.6 else sound).encode()
    match dice.randrange(6):
        case 0:
            return text[: dice.randrange(len(text))]
        case 1:
            at = dice.randrange(len(text))
            return text[:at] + dice.randbytes(dice.randrange(1, 4)) + text[at:]
        case 2:
            return dice.randbytes(dice.randrange(50))
        case _:
            return text


@pytest.mark.usefixtures("silent")
def test_no_body_is_a_fault(realm: Realm, someone: User) -> None:
    """Whatever is posted as a change is one, or is refused with a code of the extension's own."""
    dice = random.Random(4711)  # noqa: S311 - the same bodies every time
    headers = {
        "Authorization": f"Bearer {realm.token('manage-metadata')}",
        "Content-Type": "application/json",
    }
    url = f"{realm.keycloak.url}/admin/realms/{realm.name}/user-metadata/change"
    stored = refused = 0

    for _ in range(ROUNDS):
        body = _body(dice)
        answer = realm.http.post(url, params={"user": someone.id}, content=body, headers=headers)
        stored += answer.status_code == 200
        refused += 400 <= answer.status_code < 500
        assert answer.status_code == 200 or answer.json()["error"] in CODES, (body, answer.text)
        assert answer.status_code in (200, 412) or VALUE not in answer.text

    assert stored + refused == ROUNDS
    assert min(stored, refused) > ROUNDS // 10


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("user", USERS)
def test_no_name_is_a_fault(realm: Realm, user: str) -> None:
    """Whatever is asked for as a user, or not asked for at all, or twice, is refused."""
    headers = {"Authorization": f"Bearer {realm.token('manage-metadata')}"}
    url = f"{realm.keycloak.url}/admin/realms/{realm.name}/user-metadata"

    answers = [
        realm.http.get(f"{url}/document?user={user}", headers=headers),
        realm.http.get(f"{url}/claims?user={user}&client={user}", headers=headers),
        realm.http.get(f"{url}/document?user={user}&user=&USER=x&{user}", headers=headers),
        realm.http.get(f"{url}/document?{user}", headers=headers),
        realm.http.post(f"{url}/change?user={user}", json={"remove": ["a"]}, headers=headers),
    ]

    assert {answer.status_code for answer in answers} <= {400, 404}, [answer.text for answer in answers]
