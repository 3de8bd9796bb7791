"""Where the sidecar looks for Keycloak, and whose tokens it takes: what is wrong is told at the start."""

import httpx
import pytest

from dev.ports import HOST
from tests.integration.certificates import Tls
from tests.integration.distant import PUBLIC, issuer_of
from tests.integration.problems import TYPE
from tests.integration.realms import Realm
from tests.integration.secured import Secured
from tests.integration.served import Ended, refusing, serving
from tests.integration.sidecars import PATIENCE, Sidecar
from tests.integration.tokens import metadata_in


def assert_one_line(ended: Ended, *parts: str) -> None:
    """The process ended with exit code 1 and one line that says all this."""
    assert (ended.code, len(ended.lines)) == (1, 1), ended
    assert [part for part in parts if part not in ended.lines[0]] == [], ended.lines[0]


def of(realm: Realm, **others: str) -> dict[str, str]:
    """Give the settings of a realm, and others."""
    return {"keycloak_url": realm.keycloak.url, "realm": realm.name, **others}


@pytest.mark.parametrize("way", ["http", "https"])
def test_the_main_job_where_address_and_issuer_differ(
    distant_realm: Realm, distant_tls: Tls, way: str
) -> None:
    """Tokens of the public issuer count, though Keycloak and its keys are reached at an inner address."""
    url = distant_realm.keycloak.url if way == "http" else f"https://{HOST}:{distant_tls.port}"
    settings = of(distant_realm, keycloak_url=url, issuer=issuer_of(distant_realm))
    user = distant_realm.user()

    with (
        serving(**settings, ca_file=str(distant_tls.authority)) as process,
        httpx.Client(base_url=process.url, trust_env=False, timeout=PATIENCE) as http,
    ):
        ready = process.get("/health/ready")
        written = Sidecar(distant_realm, http).put(user, "theme", "Dark Mode", profile_claim=True)
    tokens = distant_realm.login(user)

    assert tokens.access["iss"].startswith(f"{PUBLIC}/")
    assert (ready.status_code, written.status_code) == (200, 201)
    assert metadata_in(tokens.access) == {"metadata_theme": "Dark Mode"}


def test_a_realm_that_is_not_there_is_told_at_the_start(realm: Realm) -> None:
    """The line names the realm."""
    assert_one_line(refusing(**{**of(realm), "realm": "demoo"}), "Keycloak has no realm demoo")


@pytest.mark.parametrize(
    "wrong",
    [
        "https://id.example.test/realms/{realm}/",
        "https://id.example.test:443/realms/{realm}",
        "https://ID.Example.test/realms/{realm}",
        "https://id.example.test/realms/master",
        "http://id.example.test/realms/{realm}",
    ],
)
def test_an_issuer_that_is_not_the_realms_is_told_at_the_start(distant_realm: Realm, wrong: str) -> None:
    """Whatever the difference, the line holds both issuers: not everybody is refused at run time."""
    issuer = wrong.format(realm=distant_realm.name)

    ended = refusing(**of(distant_realm, issuer=issuer))

    assert_one_line(
        ended, f"issuer {issuer_of(distant_realm)}, ", f"expects {issuer}.", "USER_METADATA_ISSUER"
    )


def test_an_issuer_that_has_to_be_set_is_told_at_the_start(distant_realm: Realm) -> None:
    """Without the setting the issuer is expected to be the address, and the line says which one it is."""
    ended = refusing(**of(distant_realm))

    assert_one_line(ended, f"issuer {issuer_of(distant_realm)}, ", "USER_METADATA_ISSUER", "--hostname")


def test_the_spelling_of_the_address_is_no_matter(realm: Realm) -> None:
    """A host in capitals and a closing slash are what they mean."""
    scheme, _, rest = realm.keycloak.url.partition("://")

    with serving(**of(realm, keycloak_url=f"{scheme.upper()}://{rest.upper()}/")) as process:
        ready = process.get("/health/ready")

    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_relative_path_belongs_to_the_address(secured: Secured, slash: str) -> None:
    """With /auth in the address, with or without a closing slash, Keycloak is found below it."""
    with serving(keycloak_url=secured.keycloak.url + slash, realm="master") as process:
        ready = process.get("/health/ready")

    assert ready.json()["type"] == f"{TYPE}extension_missing"


def test_a_missing_relative_path_is_told_at_the_start(secured: Secured) -> None:
    """The line holds the address tried, and what may be missing."""
    bare = secured.keycloak.url.removesuffix("/auth")

    assert_one_line(refusing(keycloak_url=bare, realm="master"), "/auth", f"GET {bare}/realms/master/")


def test_a_surplus_relative_path_is_told_at_the_start(realm: Realm) -> None:
    """The other way round."""
    surplus = f"{realm.keycloak.url}/auth"

    assert_one_line(
        refusing(**of(realm, keycloak_url=surplus)), "/auth", f"GET {surplus}/realms/{realm.name}/"
    )


def test_an_unknown_authority_is_told_at_the_start(secured: Secured) -> None:
    """The line holds host, reason and remedy."""
    ended = refusing(keycloak_url=secured.by_https()["keycloak_url"], realm="master")

    reason = "not trusted: unable to get local issuer certificate"
    assert_one_line(ended, f"{HOST}:{secured.https_port}", reason, "USER_METADATA_CA_FILE")


def test_a_certificate_for_another_host_is_told_at_the_start(secured: Secured) -> None:
    """The authority is known and the name is not; the line says which name was expected."""
    url = secured.by_https("localhost")["keycloak_url"]

    ended = refusing(keycloak_url=url, realm="master", ca_file=str(secured.authority))

    assert_one_line(ended, f"localhost:{secured.https_port}", "ostname mismatch")


def test_tls_where_there_is_none_is_told_at_the_start(realm: Realm) -> None:
    """The line holds the host, and that it speaks no TLS."""
    url = realm.keycloak.url.replace("http:", "https:")

    assert_one_line(refusing(**of(realm, keycloak_url=url)), "No TLS connection", url)
