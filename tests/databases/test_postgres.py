"""What PostgreSQL lets each transaction choose."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.integration.crowds import at_once, crowd
from tests.integration.realms import Realm
from tests.integration.rows import database_of
from tests.integration.sidecars import Sidecar

pytestmark = pytest.mark.databases

CLIENTS = 10

# Deferred: it runs in the commit, after which nothing can be chosen any more.
WATCH = """
CREATE TABLE COMMITS (USER_ID text, TRANSACTION xid8, WAITS text);
CREATE FUNCTION WATCH_COMMIT() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path FROM CURRENT AS $$
  BEGIN
    INSERT INTO COMMITS VALUES (NEW.USER_ID, pg_current_xact_id(), current_setting('synchronous_commit'));
    RETURN NULL;
  END $$;
CREATE CONSTRAINT TRIGGER WATCH_COMMIT AFTER INSERT OR UPDATE ON USER_ATTRIBUTE DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION WATCH_COMMIT()"""
COMMITS = "SELECT DISTINCT TRANSACTION, WAITS AS waits FROM COMMITS WHERE USER_ID = %s"
NO_MORE = "DROP TRIGGER WATCH_COMMIT ON USER_ATTRIBUTE; DROP FUNCTION WATCH_COMMIT(); DROP TABLE COMMITS"


@contextmanager
def watched_commits(realm: Realm) -> Iterator[None]:
    """Have the database write down of each commit of an attribute whether it waits for the disk."""
    with database_of(realm).session() as session:
        session.execute(WATCH)
    try:
        yield
    finally:
        with database_of(realm).session() as session:
            session.execute(NO_MORE)


def test_a_write_is_on_the_disk_before_it_is_answered(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """Keycloak has a commit not wait when it holds but admin events: ours always does, its event with it."""
    user = open_realm.user(credentials=[])
    with watched_commits(open_realm), crowd(CLIENTS, open_sidecar) as clients:
        alone = [
            open_sidecar.put(user, "theme", "Dark"),
            open_sidecar.put(user, "theme", "Light"),
            open_sidecar.patch(user, {"theme": {"value": "Dim"}}),
            open_sidecar.delete(user, "theme"),
        ]
        crowded = at_once(
            [partial(client.put, user, f"key-{place}", 1) for place, client in enumerate(clients)]
        )
        commits = database_of(open_realm).rows(COMMITS, user.id)

    assert [answer.status_code for answer in alone] == [201, 200, 200, 204]
    assert {answer.status_code for answer in crowded} == {201}
    assert [commit["waits"] for commit in commits] == ["on"] * (len(alone) + CLIENTS)
