"""What lies in the database, read by SQL and not by Keycloak."""

import json
from functools import partial
from hashlib import sha512

import pytest

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.integration.administrators import update
from tests.integration.crowds import at_once, crowd
from tests.integration.profiles import set_policy
from tests.integration.realms import Realm, User
from tests.integration.rows import database_of, stored
from tests.integration.sidecars import Sidecar

pytestmark = pytest.mark.databases

CLIENTS, USERS, WRITERS = 20, 5, 50
BRIEF = 255  # characters that fit into Keycloak's column
ISOLATION = {
    "mariadb": ("SELECT @@tx_isolation AS level", "REPEATABLE-READ"),
    "postgres": ("SELECT CURRENT_SETTING('transaction_isolation') AS level", "read committed"),
}
# Keycloak's own column of short texts takes no emoji on MariaDB, whatever the database was made with.
COLLATIONS = {"mariadb": {"utf8mb4_unicode_ci", "utf8mb3_general_ci"}, "postgres": {None}}

ROWS = """
INSERT INTO USER_ATTRIBUTE (ID, NAME, VALUE, USER_ID)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
SELECT CONCAT('row-', ones.n, '-', others.n), 'nickname', 'Jenny', %s FROM numbers ones, numbers others"""


def test_the_database_is_set_up_as_keycloaks_guide_has_it(realm: Realm) -> None:
    """The isolation is the database's own default, and so are the collations, as far as Keycloak lets it."""
    database = database_of(realm)
    query, level = ISOLATION[database.name]
    columns = (
        "SELECT COLLATION_NAME AS collation_name FROM INFORMATION_SCHEMA.COLUMNS"
        " WHERE LOWER(TABLE_NAME) = 'user_attribute' AND LOWER(COLUMN_NAME) IN ('name', 'value')"
    )

    assert [row["level"] for row in database.rows(query)] == [level]
    assert {row["collation_name"] for row in database.rows(columns)} == COLLATIONS[database.name]


def test_a_row_is_as_keycloaks_own_code_writes_it(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A text that fits into its column, or a longer one in another, with hashes, whichever was before."""
    query = (
        "SELECT VALUE AS brief, LONG_VALUE AS large, LONG_VALUE_HASH AS hash,"
        " LONG_VALUE_HASH_LOWER_CASE AS lower_case_hash FROM USER_ATTRIBUTE WHERE USER_ID = %s AND NAME = %s"
    )
    sidecar.put(someone, "Note", "")
    [[text]] = stored(realm, someone)
    fits = BRIEF - len(text)

    for length in (fits, fits + 1, 0, 2 * BRIEF, 3 * BRIEF, fits):
        assert sidecar.put(someone, "Note", "A" * length).status_code == 200
        [row] = database_of(realm).rows(query, someone.id, ATTRIBUTE)
        [[text]] = stored(realm, someone)
        assert json.loads(text)["entries"]["Note"]["value"] == "A" * length
        if length <= fits:
            assert row == {"brief": text, "large": None, "hash": None, "lower_case_hash": None}
        else:
            hashes = [sha512(form.encode()).digest() for form in (text, text.lower())]
            assert row == {"brief": None, "large": text, "hash": hashes[0], "lower_case_hash": hashes[1]}


def test_a_row_with_two_texts_is_left_as_it_is(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """Keycloak itself refuses to read it; to write would be to choose one, and lose the other."""
    query = "SELECT VALUE AS brief, LONG_VALUE AS large FROM USER_ATTRIBUTE WHERE USER_ID = %s"
    sidecar.put(someone, "note", "A" * BRIEF)
    with database_of(realm).session() as session, session.cursor() as cursor:
        cursor.execute("UPDATE USER_ATTRIBUTE SET VALUE = 'two' WHERE USER_ID = %s", (someone.id,))
        session.commit()
    before = database_of(realm).rows(query, someone.id)

    assert sidecar.put(someone, "note", "B").status_code >= 500

    assert database_of(realm).rows(query, someone.id) == before
    assert before[0]["brief"] == "two"
    assert before[0]["large"]


def test_a_user_has_one_row_whatever_writers_and_tools_do(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """Writes of every kind beside Keycloak's own updates: no user in the database has a second row."""
    set_policy(open_realm, "ADMIN_EDIT")
    users = [open_realm.user(credentials=[]) for _ in range(USERS)]

    def write(client: Sidecar, place: int) -> list[int]:
        seen = []
        for turn in range(USERS):
            user = users[(place + turn) % USERS]
            patch = {f"key-{place}": {"value": {"turn": turn}}, f"more-{place}": {"value": 1}}
            answers = [
                client.put(user, f"key-{place}", {"first": 1}),
                client.patch(user, patch),
                client.delete(user, f"more-{place}"),
            ]
            seen += [answer.status_code for answer in answers]
        return seen

    with crowd(CLIENTS, open_sidecar) as clients:
        writers = [partial(write, client, place) for place, client in enumerate(clients)]
        tools = [
            partial(update, open_realm, user, *(f"Doe {turn}" for turn in range(USERS))) for user in users
        ]
        outcomes = at_once([*writers, *tools])

    assert outcomes[:CLIENTS] == [[201, 200, 204] * USERS] * CLIENTS
    query = "SELECT USER_ID FROM USER_ATTRIBUTE WHERE NAME = %s GROUP BY USER_ID HAVING COUNT(*) > 1"
    assert database_of(open_realm).rows(query, ATTRIBUTE) == []
    assert [len(rows) for rows in stored(open_realm, *users)] == [1] * USERS
    for number, user in enumerate(users):
        assert open_sidecar.entries(user) == {
            f"key-{place}": {"first": 1, "turn": (number - place) % USERS} for place in range(CLIENTS)
        }


@pytest.mark.parametrize("length", [1, 60, 1_000], ids=["short", "longer", "long"])
def test_what_is_stored_is_plain_ascii(realm: Realm, sidecar: Sidecar, someone: User, length: int) -> None:
    """Emoji, accents and blanks at the end come back as sent, and no character set has a say in it."""
    value = "\N{GRINNING FACE}\u00e9\U00020000" * length + "  \t "
    written = {key: key + value for key in ("note", "Note", "note-\N{GRINNING FACE}", "n\u00f6te")}

    answer = sidecar.replace(someone, [{"key": key, "value": text} for key, text in written.items()])

    [[text]] = stored(realm, someone)
    assert answer.status_code == 200
    assert text.isascii()
    assert sidecar.entries(someone) == written


def test_writers_do_not_wait_for_the_many_rows_of_another_attribute(realm: Realm, sidecar: Sidecar) -> None:
    """Keycloak's own concurrent updates multiply an attribute's rows: 90,000 hold up no writer of ours."""
    user = realm.user(credentials=[])
    session = database_of(realm).session()
    session.cursor().execute(ROWS, (user.id,))
    session.commit()
    session.close()

    with crowd(WRITERS, sidecar) as clients:
        answers = at_once(
            [partial(client.put, user, f"key-{place}", place) for place, client in enumerate(clients)]
        )

    assert [answer.status_code for answer in answers] == [201] * WRITERS
    [[text]] = stored(realm, user)
    assert json.loads(text)["entries"].keys() == {f"key-{place}" for place in range(WRITERS)}
