"""Many clients write at once, and not one write is lost."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import httpx
import pytest

from tests.integration.crowds import at_once, crowd
from tests.integration.realms import Realm
from tests.integration.rows import stored, stored_document
from tests.integration.sidecars import Sidecar

pytestmark = pytest.mark.databases

CLIENTS, ROUNDS = 50, 4
FEW = 20


@pytest.fixture(params=["sidecar", "distant_sidecar"])
def any_sidecar(request: pytest.FixtureRequest) -> Sidecar:
    """Each kind of Keycloak in turn; the distant one has fewer connections than there are clients."""
    sidecar: Sidecar = request.getfixturevalue(request.param)
    return sidecar


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    """Count the answers by status."""
    return Counter(answer.status_code for answer in answers)


def test_fifty_clients_write_fifty_keys_and_none_is_lost(any_sidecar: Sidecar) -> None:
    """Of fifty writes at once each is answered with success and stored, round after round, in one row."""
    user = any_sidecar.realm.user()

    with crowd(CLIENTS, any_sidecar) as clients:
        for number in range(ROUNDS):
            answers = at_once(
                [
                    partial(client.put, user, f"key-{place}", f"{number}: {place}")
                    for place, client in enumerate(clients)
                ]
            )
            assert statuses(answers) == {201 if number == 0 else 200: CLIENTS}
            assert any_sidecar.entries(user) == {
                f"key-{place}": f"{number}: {place}" for place in range(CLIENTS)
            }
            assert stored_document(any_sidecar.realm, user)["revision"] == CLIENTS * (number + 1)


def test_an_application_that_writes_about_itself_loses_nothing(any_sidecar: Sidecar) -> None:
    """Keycloak looks at the caller before the lock, and here that is who is written: nothing stale stays."""
    realm = any_sidecar.realm
    application = realm.client()
    itself = realm.service_account(application)
    realm.grant(itself, "manage-metadata")

    with crowd(FEW, any_sidecar.as_caller(realm.client_token(application))) as clients:
        for number in range(ROUNDS):
            answers = at_once(
                [partial(client.put, itself, f"key-{place}", number) for place, client in enumerate(clients)]
            )
            assert statuses(answers) == {201 if number == 0 else 200: FEW}
            assert any_sidecar.entries(itself) == {f"key-{place}": number for place in range(FEW)}


def test_fifty_clients_write_one_key_and_one_of_them_is_the_last(any_sidecar: Sidecar) -> None:
    """Fifty writes of one key at once leave one of the values in one row, and each write counts."""
    user = any_sidecar.realm.user()

    with crowd(CLIENTS, any_sidecar) as clients:
        answers = at_once([partial(client.put, user, "theme", place) for place, client in enumerate(clients)])

    document = stored_document(any_sidecar.realm, user)
    assert statuses(answers) == {201: 1, 200: CLIENTS - 1}
    assert document["revision"] == CLIENTS
    assert [answer.json()["value"] for answer in answers] == list(range(CLIENTS))
    [last] = [answer for answer in answers if answer.headers["ETag"] == f'"{CLIENTS}"']
    assert document["entries"]["theme"]["value"] == last.json()["value"]


def test_replacing_all_at_once_leaves_exactly_one_of_the_replacements(any_sidecar: Sidecar) -> None:
    """Of whole replacements at once the last one stands whole: never a mixture of two."""
    user = any_sidecar.realm.user()
    replacements = [
        [{"key": key, "value": place, "profileClaim": False} for key in ("a", "b", f"own-{place}")]
        for place in range(FEW)
    ]

    with crowd(FEW, any_sidecar) as clients:
        answers = at_once(
            [
                partial(client.replace, user, entries)
                for client, entries in zip(clients, replacements, strict=True)
            ]
        )

    assert statuses(answers) == {200: FEW}
    assert [answer.json()["metadata"] for answer in answers] == replacements
    assert any_sidecar.read(user).json()["metadata"] in replacements
    assert stored_document(any_sidecar.realm, user)["revision"] == FEW


def test_two_sidecars_share_one_keycloak_and_lose_nothing(
    realm: Realm, sidecar: Sidecar, sidecar_of: Callable[[Realm], Sidecar]
) -> None:
    """Writers spread over two sidecars get in each other's way as little as those of one."""
    user = realm.user()

    with crowd(CLIENTS, sidecar, sidecar_of(realm)) as clients:
        answers = at_once(
            [partial(client.put, user, f"key-{place}", place) for place, client in enumerate(clients)]
        )

    assert statuses(answers) == {201: CLIENTS}
    assert sidecar.entries(user) == {f"key-{place}": place for place in range(CLIENTS)}
    assert stored_document(realm, user)["revision"] == CLIENTS


def test_of_twenty_with_the_same_tag_one_writes(any_sidecar: Sidecar) -> None:
    """The same If-Match from twenty clients lets one write; the others learn what is stored now."""
    user = any_sidecar.realm.user()
    tag = any_sidecar.put(user, "theme", "before").headers["ETag"]

    with crowd(FEW, any_sidecar) as clients:
        answers = at_once(
            [
                partial(client.put, user, "theme", place, headers={"If-Match": tag})
                for place, client in enumerate(clients)
            ]
        )

    [winner] = [place for place, answer in enumerate(answers) if answer.is_success]
    losers = [answer for answer in answers if not answer.is_success]
    assert statuses(answers) == {200: 1, 412: FEW - 1}
    assert any_sidecar.entries(user) == {"theme": winner}
    assert [answer.json()["current"]["value"] for answer in losers] == [winner] * (FEW - 1)


def test_of_twenty_that_create_the_same_key_one_does(any_sidecar: Sidecar) -> None:
    """The same If-None-Match: * from twenty clients creates the entry once."""
    user = any_sidecar.realm.user()

    with crowd(FEW, any_sidecar) as clients:
        answers = at_once(
            [
                partial(client.put, user, "plan", place, headers={"If-None-Match": "*"})
                for place, client in enumerate(clients)
            ]
        )

    [winner] = [place for place, answer in enumerate(answers) if answer.is_success]
    assert statuses(answers) == {201: 1, 412: FEW - 1}
    assert any_sidecar.entries(user) == {"plan": winner}


def test_of_twenty_that_delete_the_same_key_one_does(any_sidecar: Sidecar) -> None:
    """An entry that twenty clients delete at once is deleted by one of them."""
    user = any_sidecar.realm.user()
    any_sidecar.put(user, "theme", "before")

    with crowd(FEW, any_sidecar) as clients:
        answers = at_once([partial(client.delete, user, "theme") for client in clients])

    assert statuses(answers) == {204: 1, 404: FEW - 1}
    assert len(stored(any_sidecar.realm, user)[0]) == 1
