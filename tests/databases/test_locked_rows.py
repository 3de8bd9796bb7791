"""Somebody else holds a user's row: a backup, a migration, a session that an administrator forgot."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest

from tests.integration.crowds import at_once, crowd
from tests.integration.distant import POOL
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.rows import database_of, stored, stored_document
from tests.integration.sidecars import Sidecar

pytestmark = pytest.mark.databases

USER = "SELECT ID FROM USER_ENTITY WHERE ID = %s FOR UPDATE"
DOCUMENT = "SELECT ID AS id, VALUE AS stored FROM USER_ATTRIBUTE WHERE USER_ID = %s"
STORE = "UPDATE USER_ATTRIBUTE SET VALUE = %s WHERE ID = %s"
ATTRIBUTE = "SELECT ID FROM USER_ATTRIBUTE WHERE USER_ID = %s FOR UPDATE"
TURNS = 500
BREATH = 0.001  # seconds in which the row is free
MOMENT = 1.0  # seconds, less than a writer waits


@contextmanager
def locked(realm: Realm, user: User, row: str = USER) -> Iterator[None]:
    """Hold a row of a user in a session of the database."""
    session = database_of(realm).session()
    try:
        with session.cursor() as cursor:
            cursor.execute(row, (user.id,))
            assert len(cursor.fetchall()) == 1
        yield
    finally:
        session.close()


def test_a_row_held_for_a_moment_delays_a_write(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """The writer waits for the row, and then writes."""
    with ThreadPoolExecutor() as threads:
        with locked(realm, someone):
            writing = threads.submit(sidecar.put, someone, "theme", "Dark")
            time.sleep(MOMENT)
            assert not writing.done()
        assert writing.result().status_code == 201

    assert sidecar.entries(someone) == {"theme": "Dark"}


def test_a_row_held_for_long_is_told_and_nothing_is_stored(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """The writer gives up within its time, nothing of it is stored later, and readers are not held up."""
    sidecar.put(someone, "theme", "Dark")

    with locked(realm, someone):
        answers = at_once(
            [
                partial(sidecar.put, someone, "theme", "Light"),
                partial(sidecar.replace, someone, [{"key": "plan", "value": "trial"}]),
                partial(sidecar.delete, someone, "theme"),
            ]
        )
        assert sidecar.entries(someone) == {"theme": "Dark"}

    for answer in answers:
        assert_problem(answer, "contention")
        assert int(answer.headers["Retry-After"]) > 0
    before = stored(realm, someone)
    assert sidecar.put(someone, "theme", "Dim").status_code == 200
    assert sidecar.entries(someone) == {"theme": "Dim"}
    assert '"revision":1' in before[0][0].replace(" ", "")


def test_writers_of_a_held_row_do_not_stop_the_others(distant_realm: Realm, distant_sidecar: Sidecar) -> None:
    """With twice as many writers of one user as connections, those of others are served meanwhile."""
    held, *others = (distant_realm.user(credentials=[]) for _ in range(4))
    over = threading.Event()

    def insist(client: Sidecar) -> set[int]:
        seen = set()
        while not over.is_set():
            seen.add(client.put(held, "theme", "Light").status_code)
        return seen

    def go_about(client: Sidecar, user: User) -> Counter[int]:
        return Counter(client.put(user, f"key-{number}", number).status_code for number in range(5))

    with (
        crowd(2 * POOL + len(others), distant_sidecar) as clients,
        ThreadPoolExecutor(2 * POOL) as threads,
        locked(distant_realm, held),
    ):
        insisting = [threads.submit(insist, client) for client in clients[len(others) :]]
        try:
            served = at_once(
                [
                    partial(go_about, client, user)
                    for client, user in zip(clients[: len(others)], others, strict=True)
                ]
            )
        finally:
            over.set()
        refused = set().union(*(each.result() for each in insisting))

    assert served == [{201: 5}] * len(others)
    assert refused <= {503, 504}
    assert distant_sidecar.entries(held) == {}
    assert distant_sidecar.put(held, "theme", "Dim").status_code == 201


def test_a_write_that_nobody_waited_for_is_whole_or_undone(
    realm: Realm, sidecar: Sidecar, sidecar_of: Callable[..., Sidecar], someone: User
) -> None:
    """The document's own row held: 504, readers see what was; later the write is there whole or not."""
    sidecar.put(someone, "theme", "Dark")

    with locked(realm, someone, ATTRIBUTE):
        answer = sidecar_of(realm, keycloak_timeout=MOMENT).replace(
            someone, [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
        )
        assert_problem(answer, "gateway_timeout")
        assert sidecar.entries(someone) == {"theme": "Dark"}
    assert sidecar.put(someone, "after", 3).status_code == 201

    undone, whole = {"theme": "Dark", "after": 3}, {"a": 1, "b": 2, "after": 3}
    assert sidecar.entries(someone) in (undone, whole)
    assert len(stored(realm, someone)[0]) == 1


def test_a_writer_beyond_this_keycloak_loses_nothing_and_makes_none_lose(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """As another node does, it locks the row, and may write between any two statements of ours."""
    assert sidecar.put(someone, "count", "").status_code == 201
    over = threading.Event()

    def write_as_another_node() -> int:
        writes = 0
        session = database_of(realm).session()
        try:
            while not over.is_set():
                with session.cursor() as cursor:
                    cursor.execute(USER, (someone.id,))
                    cursor.execute(DOCUMENT, (someone.id,))
                    [row] = cursor.fetchall()
                    document = json.loads(row["stored"])
                    document["revision"] += 1
                    cursor.execute(STORE, (json.dumps(document, separators=(",", ":")), row["id"]))
                session.commit()
                writes += 1
                time.sleep(BREATH)
        finally:
            session.close()
        return writes

    with ThreadPoolExecutor() as threads:
        others = threads.submit(write_as_another_node)
        try:
            answers = Counter(sidecar.put(someone, "count", turn).status_code for turn in range(TURNS))
        finally:
            over.set()

    assert answers == {200: TURNS}
    assert others.result() > TURNS / 10
    assert stored_document(realm, someone)["revision"] == 1 + TURNS + others.result()
