"""Writers of metadata beside all else that befalls a user: Keycloak's updates, deletion, a large document."""

import threading
from collections import Counter
from functools import partial

import pytest

from tests.integration.administrators import keycloaks_own, update
from tests.integration.crowds import at_once, crowd
from tests.integration.profiles import set_policy
from tests.integration.realms import Realm, User
from tests.integration.rows import stored_document
from tests.integration.sidecars import PATIENCE, Sidecar
from tests.integration.tokens import metadata_in

pytestmark = pytest.mark.databases

CLIENTS, TURNS, UPDATES = 20, 6, 24
LARGE = [
    {"key": f"part-{place}", "value": "x" * 15_000, "profileClaim": False} for place in range(4)
]  # a document of 60,000 characters


def test_keycloaks_own_updates_of_the_user_lose_none_of_ours(
    open_realm: Realm, open_sidecar: Sidecar
) -> None:
    """While an administrator's tool updates the user again and again, every write of metadata is kept."""
    set_policy(open_realm, "ADMIN_EDIT")
    jane = open_realm.user(credentials=[])

    def write(client: Sidecar, place: int) -> list[int]:
        return [client.put(jane, f"key-{place}-{turn}", turn).status_code for turn in range(TURNS)]

    with crowd(CLIENTS, open_sidecar) as clients:
        writers = [partial(write, client, place) for place, client in enumerate(clients)]
        # One tool: two would deadlock with each other, which PostgreSQL notices after a second.
        updater = partial(update, open_realm, jane, *(f"Doe {number}" for number in range(UPDATES)))
        *outcomes, updates = at_once([*writers, updater])

    assert outcomes == [[201] * TURNS] * CLIENTS
    assert 204 in updates
    assert open_sidecar.entries(jane) == {
        f"key-{place}-{turn}": turn for place in range(CLIENTS) for turn in range(TURNS)
    }
    assert stored_document(open_realm, jane)["revision"] == CLIENTS * TURNS


def test_a_large_document_takes_many_writers(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Writers at once of a document of 60,000 characters lose nothing, and its user is usable as before."""
    sidecar.replace(jane, LARGE)

    with crowd(CLIENTS, sidecar) as clients:
        answers = at_once(
            [
                partial(client.put, jane, f"key-{place}", place, profile_claim=True)
                for place, client in enumerate(clients)
            ]
        )

    small = {f"key-{place}": place for place in range(CLIENTS)}
    assert Counter(answer.status_code for answer in answers) == {201: CLIENTS}
    assert sidecar.entries(jane) == {**{str(part["key"]): part["value"] for part in LARGE}, **small}
    assert stored_document(realm, jane)["revision"] == 1 + CLIENTS
    assert metadata_in(realm.login(jane).access) == {f"metadata_{key}": value for key, value in small.items()}
    assert update(realm, jane, "Roe") == [204]
    assert realm.admin.get_user(jane.id)["lastName"] == "Roe"
    assert len(sidecar.entries(jane)) == len(LARGE) + CLIENTS


def test_deleting_the_user_under_its_writers_disturbs_nobody(realm: Realm, sidecar: Sidecar) -> None:
    """Writers of a user who is being deleted get 404 from then on; nothing stays."""
    user = realm.user()
    written = threading.Event()

    def delete() -> list[str]:
        with keycloaks_own(realm) as http:
            written.wait(PATIENCE)
            return [str(http.delete(user.id).status_code)]

    def write(client: Sidecar, key: str) -> list[str]:
        """Write until the user is gone, and tell how each write ended."""
        seen: list[str] = []
        while "user_not_found" not in seen and len(seen) < 200:
            answer = client.put(user, key, len(seen))
            seen.append("stored" if answer.is_success else answer.json()["type"].rpartition(":")[2])
            written.set()
        return seen

    with crowd(CLIENTS, sidecar) as clients:
        writers = [partial(write, client, f"key-{place}") for place, client in enumerate(clients)]
        deleted, *endings = at_once([partial(delete), *writers])

    assert deleted == ["204"]
    assert {seen[-1] for seen in endings} == {"user_not_found"}
    assert {ending for seen in endings for ending in seen} <= {"stored", "user_not_found"}
    assert sidecar.read(user).status_code == 404
    assert sidecar.entries(realm.user(user.username)) == {}
