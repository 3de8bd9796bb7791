"""``user-metadata setup --namespace``: the pair of roles, once, for names that are one; check lists them."""

import pytest

from keycloak_user_metadata.realm import CLIENT, ROLES
from tests.integration.commands import of, user_metadata
from tests.integration.realms import Realm


def roles(realm: Realm) -> dict[str, str]:
    """Read the roles of our client, with what they say of themselves."""
    client = str(realm.admin.get_client_id(CLIENT))
    return {role["name"]: role["description"] for role in realm.admin.get_client_roles(client)}


def test_a_namespace_gets_its_pair_of_roles(fresh_realm: Realm) -> None:
    """One to view, one to manage, for each namespace that is named; a second run changes nothing."""
    options = ("--namespace", "billing", "--namespace", "crm.eu-1", "--namespace", "billing")

    planned, first, second = (
        user_metadata("setup", *more, *options, **of(fresh_realm)) for more in (["--dry-run"], [], [])
    )

    expected = ["view-metadata:billing", "manage-metadata:billing"]
    expected += ["view-metadata:crm.eu-1", "manage-metadata:crm.eu-1"]
    steps = [f"create the role {role} of {CLIENT}" for role in expected]
    assert planned.lines == [*steps, "dry run: 4 changes, none made"]
    assert (first.code, first.lines) == (0, [*steps, "4 changes made"])
    assert second.lines == [f"nothing to change: the realm {fresh_realm.name} is ready"]
    found = roles(fresh_realm)
    assert found.keys() == {*ROLES, *expected}
    assert found["view-metadata:billing"] == "Read the entries billing.* of every user's metadata"
    assert (
        found["manage-metadata:billing"] == "Read and change the entries billing.* of every user's metadata"
    )


def test_a_dry_run_creates_no_role(fresh_realm: Realm) -> None:
    """It says what it would do."""
    user_metadata("setup", "--dry-run", "--namespace", "billing", **of(fresh_realm))

    assert roles(fresh_realm).keys() == set(ROLES)


def test_a_bare_realm_gets_all_at_once(bare_realm: Realm) -> None:
    """The roles of a namespace come with all the rest, and later runs without it leave them."""
    outcome = user_metadata("setup", "--namespace", "billing", **of(bare_realm))

    assert (outcome.code, outcome.lines[-1]) == (0, "9 changes made")
    assert user_metadata("setup", **of(bare_realm)).lines[0].startswith("nothing to change")
    assert roles(bare_realm).keys() == {*ROLES, "view-metadata:billing", "manage-metadata:billing"}


@pytest.mark.parametrize(
    "name", ["", "billing.", ".billing", "a..b", "a b", "a:b", "a/b", "a*", "ä", "b\n", "x" * 101]
)
def test_what_is_no_namespace_is_said_at_once(fresh_realm: Realm, name: str) -> None:
    """Letters, digits, - and _, single dots inside: else one line, and not even a login."""
    settings = {**of(fresh_realm), "admin_password": "wrong"}

    outcome = user_metadata("setup", "--namespace", "crm", "--namespace", name, **settings)

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error --namespace {name!r}: a namespace is of letters, digits, - and _")
    assert outcome.err.count("\n") == 1
    assert roles(fresh_realm).keys() == set(ROLES)


def test_check_lists_the_namespaces(fresh_realm: Realm) -> None:
    """By name; where one of a pair is missing it is noted with the command, and nothing fails of it."""
    none = user_metadata("check", **of(fresh_realm))
    fresh_realm.prepare(namespaces=["crm", "billing"])
    client = str(fresh_realm.admin.get_client_id(CLIENT))
    both = user_metadata("check", **of(fresh_realm))
    fresh_realm.admin.delete_client_role(client, "view-metadata:crm")

    half = user_metadata("check", **of(fresh_realm))

    assert "namespaces" not in none.text("roles")
    assert (both.code, both.levels("roles")) == (0, ["ok", "ok"])
    assert "namespaces: billing, crm" in both.text("roles")
    assert (half.code, half.levels("roles")) == (0, ["ok", "ok", "note"])
    assert half.text("roles").endswith(
        "namespace crm has no role view-metadata:crm: user-metadata setup --namespace crm"
    )
