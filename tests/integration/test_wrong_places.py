"""A Keycloak that is not what a sidecar takes it for, at run time: no such realm, extension or issuer."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from keycloak_user_metadata.realm import client, roles
from tests.integration.problems import PROMISES, TYPE, assert_problem
from tests.integration.realms import Realm
from tests.integration.secured import Secured
from tests.integration.sidecars import Sidecar, running_sidecar


@pytest.fixture(scope="module")
def without_extension(secured: Secured) -> Iterator[Sidecar]:
    """The sidecar of a realm that has all but the JAR: our client and its roles."""
    realm = Realm(secured.keycloak)
    ours = realm.admin.create_client(client())
    for role in roles():
        realm.admin.create_client_role(ours, role)
    with running_sidecar(realm) as running:
        yield running
    realm.http.close()


def assert_not_ready(answer: httpx.Response, code: str) -> None:
    """The sidecar is not ready, for a reason that has a code."""
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (503, TYPE + code), problem
    assert problem["title"] == PROMISES[code].title


def test_a_forgotten_extension_is_told_as_such(without_extension: Sidecar) -> None:
    """Without the JAR every call is 502 with a code of its own, whoever is asked for, and ready says why."""
    user = without_extension.realm.user()

    for answer in (
        without_extension.read(user),
        without_extension.read("nobody"),
        without_extension.put(user, "theme", "Dark"),
        without_extension.delete(user, "theme"),
        without_extension.replace(user, []),
    ):
        problem = assert_problem(answer, "extension_missing")
        assert "providers/" in problem["detail"]
    assert_not_ready(without_extension.request("GET", "/health/ready"), "extension_missing")


def test_a_login_goes_on_without_the_extension(without_extension: Sidecar) -> None:
    """A realm without the JAR lets its users in: what is missing is ours alone."""
    realm = without_extension.realm

    assert realm.login(realm.user()).access["typ"] == "Bearer"


def test_a_misspelt_realm_is_told_as_such(realm: Realm, sidecar: Sidecar) -> None:
    """Where the realm of the settings does not exist, a good token of another gets 503 with that reason."""
    user = realm.user()

    with running_sidecar(realm, realm="demoo") as misled:
        caller = misled.as_caller(sidecar.token)
        answers, ready = [caller.read(user), caller.put(user, "a", 1)], caller.request("GET", "/health/ready")

    for answer in answers:
        assert_problem(
            answer, "realm_not_found", detail="Keycloak has no realm demoo: see USER_METADATA_REALM."
        )
    assert_not_ready(ready, "realm_not_found")


def test_a_realm_that_goes_takes_its_tokens_along(
    fresh_realm: Realm, sidecar_of: Callable[[Realm], Sidecar]
) -> None:
    """After the realm is deleted its tokens are refused, and the sidecar is no longer ready."""
    sidecar, user = sidecar_of(fresh_realm), fresh_realm.user()
    before = sidecar.put(user, "a", 1)
    caller = sidecar.as_caller(sidecar.token)

    fresh_realm.keycloak.admin.delete_realm(fresh_realm.name)
    after, ready = caller.read(user), caller.request("GET", "/health/ready")
    fresh_realm.keycloak.admin.create_realm({"realm": fresh_realm.name})  # for the fixture to delete

    assert before.status_code == 201
    assert_problem(after, "invalid_token")
    assert_not_ready(ready, "realm_not_found")


def test_an_issuer_that_changes_is_told_as_such(
    fresh_realm: Realm, sidecar_of: Callable[[Realm], Sidecar]
) -> None:
    """When the realm gets another address, its new tokens are refused for the issuer, and ready says both."""
    sidecar, user = sidecar_of(fresh_realm), fresh_realm.user()
    sidecar.put(user, "a", 1)
    fresh_realm.admin.update_realm(
        fresh_realm.name, {"attributes": {"frontendUrl": "https://id.example.test"}}
    )

    answer = sidecar.as_caller(fresh_realm.token("manage-metadata")).read(user)
    ready = sidecar.request("GET", "/health/ready")

    issuer = f"https://id.example.test/realms/{fresh_realm.name}"
    assert (
        f"issuer is {issuer}, expected is {fresh_realm.url}."
        in assert_problem(answer, "invalid_token")["detail"]
    )
    assert_not_ready(ready, "issuer_mismatch")
    assert issuer in ready.json()["detail"]
    assert fresh_realm.url in ready.json()["detail"]
