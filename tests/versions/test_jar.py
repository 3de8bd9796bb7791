"""The JAR of a Keycloak in production is replaced, doubled, taken away, brought back; on the newest Java."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev import DevError, extension
from dev.ports import HOST, free_port
from dev.releases import NEWEST, NEWEST_JAVA
from dev.server import KeycloakServer, ServerOptions
from keycloak_user_metadata.realm import SCOPE
from tests.integration.commands import Outcome, of, user_metadata
from tests.integration.keycloaks import Keycloak, own_keycloak
from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.problems import TYPE, assert_problem
from tests.integration.profiles import admin_put
from tests.integration.sidecars import running_sidecar
from tests.integration.tokens import Claims
from tests.services.postgres import running_postgres
from tests.versions.belongings import CLAIMS, Belongings, Sight
from tests.versions.javas import java_home

pytestmark = pytest.mark.timeout(900)  # the first test waits for four builds and as many starts

REBUILD = "A provider JAR was updated since the last build, please rebuild"


@dataclass(frozen=True)
class WithoutJar:
    """What was seen while the JAR was away."""

    claims: dict[str, Claims]
    check: Outcome
    setup: Outcome
    read: httpx.Response
    ready: httpx.Response
    scope_put: int
    mappers: list[str]
    user_put: int


@dataclass(frozen=True)
class History:
    """All that happened to one Keycloak, in this order."""

    system: dict[str, Any]
    log: str
    before: Sight
    refused_newer: str
    check_of_newer: Outcome
    seen_of_newer: Sight
    build_of_two: str
    check_of_two: Outcome
    refused_without: str
    without: WithoutJar
    returned: Sight
    check_of_returned: Outcome


@pytest.fixture(scope="module")
def server(run_folder: Path) -> Iterator[KeycloakServer]:
    """A Keycloak as in production: built, started with --optimized, on PostgreSQL; not started yet."""
    with running_postgres() as database:
        options = ServerOptions(
            command="start",
            options=(
                "--http-enabled=true",
                f"--cache-embedded-network-bind-address={HOST}",
                f"--cache-embedded-network-bind-port={free_port()}",
            ),
            environment={**database.environment, "JAVA_HOME": str(java_home(NEWEST_JAVA))},
            version=NEWEST,
            optimized=True,
        )
        yield own_keycloak(run_folder / "jar", options)


@pytest.fixture(scope="module")
def history(server: KeycloakServer) -> History:
    """Change the JAR in every way, with and without kc.sh build."""
    providers, jar = server.home / "providers", extension.JAR.name
    extension.build()
    server.build()
    with server:
        belongings = Belongings.of_a_new_realm(Keycloak.of(server))
        realm, before = belongings.realm, belongings.see()
        system, log = realm.keycloak.admin.get_server_info()["systemInfo"], server.log_text()

    another_version("9.9.9", providers / jar)
    refused_newer = refusal(server)
    server.build()
    with server:
        check_of_newer, seen_of_newer = user_metadata("check", **of(realm)), belongings.see()

    shutil.copy2(extension.JAR, providers / jar)
    another_version("8.8.8", providers / "keycloak-user-metadata-8.8.8.jar")
    build_of_two = server.run("build", "--health-enabled=true")
    with server:
        check_of_two = user_metadata("check", **of(realm))

    for file in providers.glob("*.jar"):
        file.unlink()
    refused_without = refusal(server)
    server.build()
    with server:
        without = look_without_jar(belongings)

    shutil.copy2(extension.JAR, providers / jar)
    server.build()
    with server:
        returned, check_of_returned = belongings.see(), user_metadata("check", **of(realm))
    realm.http.close()
    return History(
        system,
        log,
        before,
        refused_newer,
        check_of_newer,
        seen_of_newer,
        build_of_two,
        check_of_two,
        refused_without,
        without,
        returned,
        check_of_returned,
    )


def another_version(number: str, target: Path) -> None:
    """Copy the JAR as if it were of another version."""
    with zipfile.ZipFile(extension.JAR) as ours, zipfile.ZipFile(target, "w") as other:
        for member in ours.infolist():
            is_version = member.filename == "usermetadata/version.properties"
            other.writestr(member, f"version={number}\n" if is_version else ours.read(member))


def refusal(server: KeycloakServer) -> str:
    """Start a Keycloak that will not; give why."""
    with pytest.raises(DevError) as refused:
        server.start()
    return str(refused.value)


def look_without_jar(belongings: Belongings) -> WithoutJar:
    """Log in, ask, check, and let an administrator's tool write the client scope and the user."""
    realm, jane = belongings.realm, belongings.jane
    admin = realm.keycloak.admin_of(realm.name)
    scope = admin.get_client_scope_by_name(SCOPE) or {}
    path = f"admin/realms/{realm.name}/client-scopes/{scope['id']}"
    scope_put = admin.connection.raw_put(path, json.dumps({**scope, "description": "ours"})).status_code
    scope = admin.get_client_scope_by_name(SCOPE) or {}
    with running_sidecar(realm) as sidecar:
        return WithoutJar(
            claims=metadata_everywhere(realm, realm.login(jane)),
            check=user_metadata("check", **of(realm)),
            setup=user_metadata("setup", **of(realm)),
            read=sidecar.read(jane),
            ready=sidecar.request("GET", "/health/ready"),
            scope_put=scope_put,
            mappers=[mapper["protocolMapper"] for mapper in scope["protocolMappers"]],
            user_put=admin_put(realm, jane, firstName="Joan", attributes={}),
        )


def test_it_works_in_production_on_the_newest_java(history: History) -> None:
    """After kc.sh build, start --optimized serves all entries and emits all claims, without an error."""
    assert history.system["javaVersion"].split(".")[0] == str(NEWEST_JAVA)
    assert history.system["version"] == NEWEST
    assert "Profile prod activated." in history.log
    assert [line for line in history.log.splitlines() if " ERROR " in line] == []
    assert history.before.claims == in_every_place(CLAIMS)


def test_a_newer_jar_takes_a_build(history: History) -> None:
    """Without kc.sh build Keycloak does not start and says why; with it the newer JAR runs, as check says."""
    assert REBUILD in history.refused_newer
    assert (history.check_of_newer.code, history.check_of_newer.levels("extension")) == (0, ["warn"])
    assert history.check_of_newer.text("extension").startswith(
        f"version 9.9.9, but this is {version('keycloak-user-metadata')}: "
    )
    assert history.seen_of_newer == history.before


def test_of_two_jars_the_first_by_name_runs(history: History) -> None:
    """The build warns of the two, Keycloak starts, and check names the version that runs."""
    assert '"usermetadata" found in' in history.build_of_two
    assert history.check_of_two.levels("extension") == ["warn"]
    assert history.check_of_two.text("extension").startswith("version 8.8.8, but this is ")


def test_without_the_jar_people_log_in(history: History) -> None:
    """After a build Keycloak starts without it; logins work and carry no metadata."""
    assert REBUILD in history.refused_without
    assert history.without.claims == in_every_place({})


def test_without_the_jar_everybody_is_told(history: History) -> None:
    """The sidecar answers 502 with its own code, check fails, setup changes nothing."""
    without = history.without

    assert_problem(without.read, "extension_missing")
    assert (without.ready.status_code, without.ready.json()["type"]) == (503, f"{TYPE}extension_missing")
    assert (without.check.code, without.setup.code) == (1, 1)
    assert "extension" in without.check.failed
    assert "the extension is not installed" in without.setup.out + without.setup.err


def test_the_jar_comes_back_and_everything_is_as_before(history: History) -> None:
    """Entries, tags and claims, although an administrator's tool wrote the scope and the user meanwhile."""
    assert (history.without.scope_put, history.without.user_put) == (204, 204)
    assert history.without.mappers == ["oidc-user-metadata-mapper"]
    assert history.returned == history.before
    assert (history.check_of_returned.code, history.check_of_returned.levels("extension")) == (0, ["ok"])
