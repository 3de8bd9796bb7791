"""People whose names are longer than what Keycloak can store of somebody outside."""

import pytest

from tests.directories.companies import IMPORTING, OUTSIDE, Company, Mode
from tests.integration.problems import assert_problem
from tests.integration.sidecars import Sidecar

LONGEST_ID = 255


def name_for_an_id_of(length: int, company: Company) -> str:
    """Make a name with which somebody outside has an id of that length: ``f:<link>:<name>``."""
    return "a" * (length - len(f"f:{company.link}:"))


@pytest.mark.parametrize("mode", OUTSIDE, ids=str, indirect=True)
def test_whom_keycloak_cannot_store_is_read_only(company: Company, office: Sidecar) -> None:
    """What fits is stored; one character more, and each way to write is refused with the reason."""
    longest = company.person(name_for_an_id_of(LONGEST_ID, company)).username
    longer = company.person(name_for_an_id_of(LONGEST_ID + 1, company)).username

    assert office.put(longest, "theme", "Dark").status_code == 201
    assert office.entries(longest) == {"theme": "Dark"}
    reason = f"its id has {LONGEST_ID + 1} characters, Keycloak stores {LONGEST_ID}"
    dry = office.request("PUT", f"/api/user/{longer}/metadata?dryRun=true", json={"metadata": []})
    for answer in (
        dry,
        office.put(longer, "theme", "Dark"),
        office.patch(longer, {"theme": {"value": "Dark"}}),
        office.replace(longer, []),
        office.delete(longer, "theme"),
    ):
        assert_problem(answer, "user_read_only", reason=reason)
    assert office.entries(longer) == {}


@pytest.mark.parametrize("mode", IMPORTING, ids=str, indirect=True)
def test_an_imported_user_may_have_such_a_name(company: Company, office: Sidecar, mode: Mode) -> None:
    """The id of an imported user is Keycloak's own and short."""
    name = company.person(name_for_an_id_of(LONGEST_ID + 1, company)).username

    assert office.put(name, "theme", "Dark").status_code == 201, mode
    assert office.entries(name) == {"theme": "Dark"}
