"""The description holds for thousands of requests made of it, sound and broken, whoever sends them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.described import examine
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm, User
from tests.integration.served import Process, serving
from tests.integration.sidecars import running_sidecar

VALUE = "hush-8472-hush"
PASSED = {"examples": "success", "coverage": "success", "fuzzing": "success", "stateful": "success"}
# As large as a realm may set them, so that what is refused is refused for what it says.
LIMITS = {
    "max-key-characters": 1024,
    "max-value-bytes": 1 << 20,
    "max-value-depth": 64,
    "max-entries": 10_000,
    "max-document-bytes": 1 << 20,
    "max-claims-bytes": 64 * 1024,
}
FAULT = re.compile(r"Traceback|^\s+at [\w.]+\(|\bERROR\b", re.MULTILINE)


@pytest.fixture(scope="module")
def wide_realm(keycloak: Keycloak) -> Iterator[Realm]:
    """A prepared realm with the highest limits, whose tokens outlive the run."""
    attributes = {f"user-metadata.{name}": str(limit) for name, limit in LIMITS.items()}
    realm = Realm(keycloak, accessTokenLifespan=3600, attributes=attributes)
    realm.prepare()
    yield realm
    realm.delete()


@pytest.fixture(scope="module")
def wide_sidecar(wide_realm: Realm) -> Iterator[Process]:
    """Its sidecar, as an operator runs it who wants to hear everything."""
    with serving(keycloak_url=wide_realm.keycloak.url, realm=wide_realm.name, log_level="debug") as running:
        yield running


@pytest.fixture(scope="module")
def untouched(wide_realm: Realm) -> User:
    """A user whom nobody may change here."""
    user = wide_realm.user(credentials=[])
    with running_sidecar(wide_realm) as sidecar:
        sidecar.put(user, "theme", VALUE, profile_claim=True)
    return user


@pytest.fixture
def quiet(wide_sidecar: Process, keycloak: Keycloak) -> Iterator[set[str]]:
    """Neither log holds a value, a fault, or what the test adds to this set."""
    since, secrets = len(keycloak.log_text()), {VALUE}
    yield secrets
    for log in (wide_sidecar.printed, keycloak.log_text()[since:]):
        assert not FAULT.search(log)
        assert not [secret for secret in secrets if secret in log]
    assert wide_sidecar.runs


@pytest.mark.timeout(600)
def test_a_manager_gets_what_is_described(
    wide_realm: Realm, wide_sidecar: Process, quiet: set[str], tmp_path: Path
) -> None:
    """Of 3,000 requests and more each gets an announced answer, no 5xx, and no log has a value or a token."""
    token = wide_realm.token("manage-metadata", "view-own-metadata")
    quiet |= {token, token.rpartition(".")[2]}
    user = wide_realm.user(credentials=[])

    run = examine(wide_sidecar.url, tmp_path, [user], token=token, value=VALUE, examples=320)

    assert (run.code, run.complete, run.phases) == (0, True, PASSED), run.text
    assert run.cases >= 3000
    with running_sidecar(wide_realm) as sidecar:
        assert sidecar.read(user).headers["etag"] != '"0"', "nothing was ever stored"


REFUSED = {
    "no token": ("", {401, 405}),
    "no right": ("view-own-metadata", {400, 401, 403, 405, 413, 415, 422}),
}


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("caller", REFUSED.values(), ids=REFUSED.keys())
def test_who_may_not_is_refused_whatever_they_send(
    wide_realm: Realm, wide_sidecar: Process, untouched: User, tmp_path: Path, caller: tuple[str, set[int]]
) -> None:
    """Without a right on users, no request of hundreds reads, changes or learns anything."""
    role, statuses = caller
    token = wide_realm.token(role) if role else ""

    run = examine(
        wide_sidecar.url,
        tmp_path,
        [untouched],
        token=token,
        value=VALUE,
        examples=10,
        only=statuses,
        paths="^/api/user/",
    )

    assert (run.code, run.complete) == (0, True), run.text
    assert run.cases >= 300
    with running_sidecar(wide_realm) as sidecar:
        assert sidecar.read(untouched).headers["etag"] == '"1"'
        assert sidecar.entries(untouched) == {"theme": VALUE}
