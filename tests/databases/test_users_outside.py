"""Users of a directory that are not imported, as the database has them."""

from collections.abc import Iterator

import pytest

from tests.directories.companies import Company, Mode
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm
from tests.integration.rows import database_of
from tests.integration.sidecars import Sidecar
from tests.services.slapd import running_slapd

pytestmark = pytest.mark.databases


@pytest.fixture(scope="module")
def company(realm: Realm) -> Iterator[Company]:
    """A company whose people stay outside."""
    with running_slapd() as directory:
        company = Company(realm, directory, Mode("READ_ONLY", imports=False))
        yield company
        realm.admin.delete_component(company.link)


def technical_rows(company: Company) -> list[str]:
    """Give the ids of those outside of whom Keycloak keeps anything."""
    query = "SELECT ID AS id FROM FEDERATED_USER WHERE STORAGE_PROVIDER_ID = %s"
    return [row["id"] for row in database_of(company.realm).rows(query, company.link)]


def test_a_dry_run_leaves_no_trace(company: Company, sidecar: Sidecar) -> None:
    """The first write makes the row that stands for somebody outside; trying it out does not."""
    amara = company.person()
    path = f"/api/user/{amara.username}/metadata/theme"

    tried = sidecar.request("PUT", f"{path}?dryRun=true", json={"value": "Dark"})
    traces = technical_rows(company)
    sidecar.put(amara.username, "theme", "Dark")

    assert (tried.status_code, tried.json()["dryRun"]) == (200, True)
    assert traces == []
    assert technical_rows(company) == [f"f:{company.link}:{amara.username}"]


def test_nobody_has_the_metadata_of_one_whose_name_a_database_takes_for_theirs(
    company: Company, sidecar: Sidecar
) -> None:
    """Where the database knows no accents, only the first of two such people can be stored."""
    plain, accented = company.person("jose"), company.person("jos\N{LATIN SMALL LETTER E WITH ACUTE}")
    sidecar.put(plain.username, "theme", "Dark", profile_claim=True)

    assert sidecar.entries(accented.username) == {}
    assert "metadata_theme" not in company.realm.login(accented).all_claims
    answer = sidecar.put(accented.username, "theme", "Light", profile_claim=True)
    if database_of(company.realm).name == "mariadb":
        reason = "Keycloak's database takes its id for that of another user"
        assert_problem(answer, "user_read_only", reason=reason)
    else:
        assert answer.status_code == 201
        assert company.realm.login(accented).access["metadata_theme"] == "Light"
    assert sidecar.entries(plain.username) == {"theme": "Dark"}
    assert company.realm.login(plain).access["metadata_theme"] == "Dark"
