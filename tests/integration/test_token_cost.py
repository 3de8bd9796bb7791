"""What claims cost a token: one reading of the document, and nothing of the database that is cached."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev import extension
from dev.server import ServerOptions
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.mappers import detach, give_mapper
from tests.integration.realms import Client, Realm, User
from tests.integration.sidecars import running_sidecar
from tests.integration.tokens import metadata_in

LEVELS = "info,org.hibernate.SQL:debug,usermetadata:debug"

# Logins are stored at Keycloak's own pace, partly by other threads, and a caller's is looked up at each call.
STATEMENT = re.compile(r"\[org\.hibernate\.SQL\] \([^)]*\) (?!.*OFFLINE_(?:USER|CLIENT)_SESSION)(.*)")
READING = re.compile(r"\[usermetadata\.\w+\] \([^)]*\) (Reading the document of user \S+)")


@pytest.fixture(scope="module")
def realm(run_folder: Path) -> Iterator[Realm]:
    """A prepared realm of a Keycloak that logs every statement and every reading of a document."""
    extension.build()
    options = ServerOptions(environment={"KC_LOG_LEVEL": LEVELS})
    with own_keycloak(run_folder / "talkative", options) as server:
        own = Realm(Keycloak.of(server))
        own.prepare()
        yield own
        own.http.close()


@pytest.fixture
def jane(realm: Realm) -> User:
    """A user with a profile claim."""
    jane = realm.user()
    with running_sidecar(realm) as sidecar:
        sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
    return jane


@pytest.fixture
def without(realm: Realm) -> Client:
    """An application whose tokens carry no metadata."""
    client = realm.client(publicClient=True, directAccessGrantsEnabled=True)
    detach(realm, client)
    return client


def logged(realm: Realm, what: re.Pattern[str], call: Callable[[], object]) -> list[str]:
    """Give what Keycloak logs of a call that it has answered before, so that its caches are filled."""
    call()
    before = len(realm.keycloak.log_text())
    call()
    return what.findall(realm.keycloak.log_text()[before:])


@pytest.mark.parametrize("mappers", [1, 2])
def test_a_document_is_read_once_for_all_tokens_of_a_response(realm: Realm, jane: User, mappers: int) -> None:
    """A refresh makes two tokens, each by one mapper or more, of one reading of the document."""
    client = realm.client(publicClient=True, directAccessGrantsEnabled=True)
    for number in range(1, mappers):
        give_mapper(realm, client, claim_prefix=f"extra{number}_")
    tokens = [realm.login(jane, client)]

    readings = logged(realm, READING, lambda: tokens.append(realm.refresh(tokens[-1], client)))

    expected = {"metadata_theme": "Dark Mode"}
    assert readings == [f"Reading the document of user {jane.id}"]
    assert metadata_in(tokens[-1].access) == expected
    assert metadata_in(tokens[-1].identity) == expected


@pytest.mark.parametrize("mapper", ["with", "without"])
def test_metadata_costs_a_token_no_statement(realm: Realm, jane: User, without: Client, mapper: str) -> None:
    """Refresh, userinfo and introspection ask the database the same with the claims as without: nothing."""
    client = realm.app if mapper == "with" else without
    tokens = [realm.login(jane, client)]
    calls: list[Callable[[], object]] = [
        lambda: tokens.append(realm.refresh(tokens[-1], client)),
        lambda: realm.userinfo(tokens[-1]),
        lambda: realm.introspect(tokens[-1].access_token),
    ]

    assert [logged(realm, STATEMENT, call) for call in calls] == [[], [], []]
    assert bool(metadata_in(realm.userinfo(tokens[-1]))) == (mapper == "with")


def test_what_keycloak_has_not_cached_is_read_from_the_database(realm: Realm, jane: User) -> None:
    """A statement that is needed is seen here: the first token after a write reads the user anew."""
    tokens = realm.login(jane)

    before = len(realm.keycloak.log_text())
    realm.admin.update_user(jane.id, {**realm.admin.get_user(jane.id), "lastName": "Roe"})
    assert "Roe" in realm.userinfo(tokens)["name"]

    asked = STATEMENT.findall(realm.keycloak.log_text()[before:])
    assert any("USER_ATTRIBUTE" in statement for statement in asked)


def test_reading_a_cached_user_costs_no_statement(realm: Realm, jane: User) -> None:
    """Metadata of a user whom Keycloak has cached are read without asking the database, by the user's id."""
    with running_sidecar(realm) as sidecar:
        assert logged(realm, STATEMENT, lambda: sidecar.read(jane)) == []
