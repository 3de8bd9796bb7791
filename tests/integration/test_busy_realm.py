"""A realm in which all happens at once: users are made, log in, and are written about by many."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.integration.administrators import keycloaks_own
from tests.integration.crowds import at_once, crowd
from tests.integration.realms import Realm, User
from tests.integration.rows import stored, stored_document
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import Claims, metadata_in

pytestmark = pytest.mark.databases

CLIENTS, TURNS, USERS = 20, 6, 10

Call = Callable[[], list[Any]]


def test_the_first_writes_of_many_users_are_all_kept(realm: Realm, sidecar: Sidecar) -> None:
    """Two writers of each of ten users who had no metadata yet: every write is stored, in one row a user."""
    users = [realm.user(credentials=[]) for _ in range(USERS)]

    def write(client: Sidecar, place: int) -> list[int]:
        """Write about every user in turn, each writer beginning with another one."""
        return [
            client.put(users[(place + turn) % USERS], f"key-{place}", turn).status_code
            for turn in range(USERS)
        ]

    with crowd(CLIENTS, sidecar) as clients:
        answers = at_once([partial(write, client, place) for place, client in enumerate(clients)])

    assert answers == [[201] * USERS] * CLIENTS
    assert [len(rows) for rows in stored(realm, *users)] == [1] * USERS
    assert [stored_document(realm, user)["revision"] for user in users] == [CLIENTS] * USERS


def test_users_are_created_and_written_about_beside_writers_of_another(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """Whoever has just been created can be written about at once, while others write about somebody else."""

    def create_and_write(client: Sidecar) -> list[Any]:
        seen: list[Any] = []
        with keycloaks_own(realm) as http:
            for turn in range(TURNS):
                name = f"new-{uuid.uuid4().hex}"
                seen.append(http.post("", json={"username": name, "enabled": True}).status_code)
                seen.append(client.put(name, "tenant", turn).status_code)
                seen.append(client.entries(name) == {"tenant": turn})
        return seen

    def write(client: Sidecar, place: int) -> list[int]:
        return [client.put(someone, f"key-{place}-{turn}", turn).status_code for turn in range(TURNS)]

    with crowd(CLIENTS, sidecar) as clients:
        writers: list[Call] = [partial(write, client, place) for place, client in enumerate(clients[USERS:])]
        creators: list[Call] = [partial(create_and_write, client) for client in clients[:USERS]]
        outcomes = at_once([*writers, *creators])

    assert outcomes[: len(writers)] == [[201] * TURNS] * len(writers)
    assert outcomes[len(writers) :] == [[201, 201, True] * TURNS] * len(creators)
    assert stored_document(realm, someone)["revision"] == len(writers) * TURNS


def test_a_token_made_beside_writers_holds_whole_writes_only(
    realm: Realm, sidecar: Sidecar, jane: User
) -> None:
    """Logins and refreshes while all is replaced again and again: each token holds one replacement, whole."""
    realm.app  # noqa: B018 - made once, before many need it
    pair = ("left", "right")

    def replace(client: Sidecar, place: int) -> list[int]:
        return [
            client.replace(
                jane, [{"key": key, "value": f"{place}-{turn}", "profileClaim": True} for key in pair]
            ).status_code
            for turn in range(TURNS)
        ]

    def log_in() -> list[Claims]:
        tokens = realm.login(jane)
        seen = [tokens]
        for _ in range(TURNS):
            seen.append(realm.refresh(seen[-1]))
        return [metadata_in(each.access) for each in seen] + [metadata_in(each.identity) for each in seen]

    with crowd(CLIENTS, sidecar) as clients:
        writers: list[Call] = [partial(replace, client, place) for place, client in enumerate(clients)]
        outcomes = at_once([*writers, log_in, log_in, log_in, log_in])

    assert outcomes[:CLIENTS] == [[200] * TURNS] * CLIENTS
    for claims in (claims for seen in outcomes[CLIENTS:] for claims in seen):
        assert len(set(claims.values())) <= 1
        assert set(claims) in (set(), {"metadata_left", "metadata_right"})
    last = sidecar.entries(jane)
    assert metadata_in(realm.login(jane).access) == {f"metadata_{key}": value for key, value in last.items()}
    assert stored_document(realm, jane)["revision"] == CLIENTS * TURNS
