"""Owns the many users of a realm, laid down as rows: the API would take minutes for them."""

from dataclasses import dataclass

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.services.postgres import PostgreSQL

SMALL, LARGE = 1_000, 100_000
WORKING_SET = 200  # of them are read and written
_FIRST = 1_000_001  # all ids have the same length, so that they sort as the numbers in them
_ID = "00000000-0000-4000-8000-00000"  # before the number: ids as Keycloak makes them

_DOCUMENT = (
    '{"format":1,"revision":2,"entries":{"plan":{"value":"trial","profileClaim":false,"revision":1},'
    '"theme":{"value":"Dark Mode","profileClaim":true,"revision":2}}}'
)

_USERS = """
INSERT INTO user_entity (id, username, email, email_constraint, email_verified, enabled, first_name,
                         last_name, realm_id, created_timestamp, not_before)
SELECT %s || n, 'crowd-' || n, 'crowd-' || n || '@example.com', 'crowd-' || n || '@example.com',
       true, true, 'Jane', 'Doe', %s, 1700000000000, 0
FROM generate_series(%s::int, %s) AS n ON CONFLICT DO NOTHING"""

_DOCUMENTS = """
INSERT INTO user_attribute (id, name, value, user_id)
SELECT 'document-' || n, %s, %s, %s || n
FROM generate_series(%s::int, %s) AS n ON CONFLICT DO NOTHING"""


@dataclass(frozen=True)
class Crowd:
    """The users of one realm, each with two entries."""

    database: PostgreSQL
    realm_id: str

    @property
    def everybody(self) -> list[str]:
        """The ids of a large crowd."""
        return [f"{_ID}{number}" for number in range(_FIRST, _FIRST + LARGE)]

    @property
    def working_set(self) -> list[str]:
        """The ids of the users who are read and written."""
        return self.everybody[:WORKING_SET]

    def grow(self, size: int) -> None:
        """Let there be this many."""
        last = _FIRST + size - 1
        with self.database.session() as session:
            session.execute(_USERS, (_ID, self.realm_id, _FIRST, last))
            session.execute(_DOCUMENTS, (ATTRIBUTE, _DOCUMENT, _ID, _FIRST, last))
        self._settle()

    def shrink(self, size: int) -> None:
        """Let there be no more than this many."""
        last = f"{_ID}{_FIRST + size - 1}"
        with self.database.session() as session:
            session.execute(
                "DELETE FROM user_attribute WHERE user_id LIKE %s AND user_id > %s", (f"{_ID}%", last)
            )
            session.execute("DELETE FROM user_entity WHERE id LIKE %s AND id > %s", (f"{_ID}%", last))
        self._settle()

    def _settle(self) -> None:
        session = self.database.session()
        session.autocommit = True
        session.execute("VACUUM ANALYZE user_entity, user_attribute")
        session.execute("CHECKPOINT")  # what was laid down would be written while something is measured
        session.close()
