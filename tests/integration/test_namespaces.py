"""A team of its own namespace: it reads and writes its keys, and leaves those of the others alone."""

from functools import partial

import pytest

from tests.integration.crowds import at_once, crowd
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.tokens import metadata_in

ROUNDS = 100
OTHERS = {"crm.segment": "gold", "theme": "Dark", "billing": "not ours", "billingx.a": "nor this"}
OURS = {"billing.plan": "trial", "billing.a.b": 2}
OUTSIDE = [*OTHERS, "billing-x.a", "BILLING.a", "absent", "crm.absent"]


@pytest.fixture(scope="module", autouse=True)
def _namespaces(realm: Realm) -> None:
    realm.prepare(namespaces=["billing", "crm"])


@pytest.fixture
def billing(realm: Realm, sidecar: Sidecar) -> Sidecar:
    """The sidecar as the client of the namespace billing calls it."""
    return sidecar.as_caller(realm.token("manage-metadata:billing"))


@pytest.fixture
def user(sidecar: Sidecar, someone: User) -> User:
    """A user with entries of billing, of others, and of keys that only look like it."""
    sidecar.replace(someone, [{"key": key, "value": value} for key, value in {**OURS, **OTHERS}.items()])
    return someone


def test_a_caller_of_a_namespace_reads_its_keys_only(billing: Sidecar, user: User) -> None:
    """The list holds what begins with the namespace and a dot; other keys are as if they were not there."""
    assert billing.entries(user) == OURS
    assert billing.read(user, "billing.plan").json()["value"] == "trial"
    for key in OUTSIDE:
        assert_problem(billing.read(user, key), "entry_not_found", key=key)


def test_a_caller_of_a_namespace_writes_its_keys(sidecar: Sidecar, billing: Sidecar, user: User) -> None:
    """Creating, overwriting, merging and deleting work there, and change nothing elsewhere."""
    answers = [
        billing.put(user, "billing.new", 1),
        billing.put(user, "billing.plan", "paid"),
        billing.patch(user, {"billing.a.b": {"value": 3}, "billing.more": {"value": 4}}),
        billing.delete(user, "billing.new"),
    ]

    expected = {"billing.plan": "paid", "billing.a.b": 3, "billing.more": 4}
    assert [answer.status_code for answer in answers] == [201, 200, 200, 204]
    assert billing.entries(user) == expected
    assert sidecar.entries(user) == {**expected, **OTHERS}


def test_a_replacement_replaces_the_namespace(sidecar: Sidecar, billing: Sidecar, user: User) -> None:
    """What the list does not name is gone from the namespace; the others' entries keep even their tags."""
    tags = {key: sidecar.read(user, key).headers["etag"] for key in OTHERS}

    replaced = billing.replace(user, [{"key": "billing.plan", "value": "paid"}])
    emptied = billing.replace(user, [])

    assert replaced.json() == {"metadata": [{"key": "billing.plan", "value": "paid", "profileClaim": False}]}
    assert emptied.json() == {"metadata": []}
    assert sidecar.entries(user) == OTHERS
    assert {key: sidecar.read(user, key).headers["etag"] for key in OTHERS} == tags


@pytest.mark.parametrize("key", OUTSIDE)
def test_a_write_outside_is_refused_with_the_key(
    sidecar: Sidecar, billing: Sidecar, user: User, key: str
) -> None:
    """403 names the key, whether it is there or not, on every write and dry run, and nothing is done."""
    before = sidecar.read(user)
    inside = {"key": "billing.plan", "value": "paid"}
    for query in ("", "?dryRun=true", "?dryRun=false"):
        one, every = metadata_path(user, key) + query, metadata_path(user) + query
        patched = {"Content-Type": "application/merge-patch+json"}
        for answer in (
            billing.request("PUT", one, json={"value": 1}),
            billing.request("PUT", one, json={"value": 1}, headers={"If-Match": "*"}),
            billing.request("DELETE", one),
            billing.request("PUT", every, json={"metadata": [inside, {"key": key, "value": 1}]}),
            billing.request(
                "PATCH", every, json={"billing.plan": {"value": 1}, key: {"value": 1}}, headers=patched
            ),
            billing.request("PATCH", every, json={"billing.plan": None, key: None}, headers=patched),
        ):
            assert_problem(answer, "forbidden", key=key)
    after = sidecar.read(user)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


def test_a_viewer_of_a_namespace_only_reads(realm: Realm, sidecar: Sidecar, user: User) -> None:
    """view-metadata:crm shows the entries of crm, and writes none of them."""
    viewer = sidecar.as_caller(realm.token("view-metadata:crm"))

    assert viewer.entries(user) == {"crm.segment": "gold"}
    assert viewer.claims(user).json()["claims"] == {}
    for answer in (
        viewer.put(user, "crm.segment", 1),
        viewer.put(user, "theme", 1),
        viewer.delete(user, "crm.segment"),
        viewer.replace(user, []),
        viewer.patch(user, {}),
    ):
        assert_problem(answer, "forbidden", required="manage-metadata")
    assert sidecar.entries(user) == {**OURS, **OTHERS}


def test_roles_add_up(realm: Realm, sidecar: Sidecar, user: User) -> None:
    """Who manages one namespace and views another reads both, and replaces the first only."""
    both = sidecar.as_caller(realm.token("manage-metadata:billing", "view-metadata:crm"))
    watching = sidecar.as_caller(realm.token("manage-metadata:billing", "view-metadata"))

    replaced = both.replace(user, [{"key": "billing.plan", "value": "paid"}])

    assert {entry["key"] for entry in replaced.json()["metadata"]} == {"billing.plan", "crm.segment"}
    assert_problem(both.put(user, "crm.segment", 1), "forbidden", key="crm.segment")
    assert watching.entries(user) == sidecar.entries(user) == {"billing.plan": "paid", **OTHERS}
    assert watching.read(user).headers["etag"] == sidecar.read(user).headers["etag"]
    assert_problem(watching.delete(user, "theme"), "forbidden", key="theme")


def test_its_profile_claims_are_in_the_tokens_beside_the_others(
    realm: Realm, sidecar: Sidecar, billing: Sidecar
) -> None:
    """The user's token carries the claims of all; the team is shown its own, and the bytes of those."""
    jane = realm.user()
    sidecar.put(jane, "theme", "Dark", profile_claim=True)

    billing.put(jane, "billing.plan", "paid", profile_claim=True)

    tokens = realm.login(jane)
    own = {"metadata_billing.plan": "paid"}
    assert metadata_in(tokens.access) == {"metadata_theme": "Dark", **own}
    assert billing.claims(jane).json() == {
        "claims": own,
        "bytes": len(b'"metadata_billing.plan":"paid"'),
        "limit": 4096,
    }
    assert billing.claims(jane, realm.app.client_id).json()["claims"] == own


@pytest.mark.databases
def test_two_teams_replacing_all_at_once_lose_nothing(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A hundred times both replace all that is theirs at the same moment, and each finds it as it wrote."""
    teams = ("billing", "crm")
    tokens = [realm.token(f"manage-metadata:{team}") for team in teams]
    sidecar.put(someone, "theme", "Dark")
    with crowd(len(teams), sidecar) as clients:
        callers = [client.as_caller(token) for client, token in zip(clients, tokens, strict=True)]
        for number in range(ROUNDS):
            # Every other round takes away what the one before brought.
            keys = [[f"{team}.n", f"{team}.round-{number}"] for team in teams]
            answers = at_once(
                [
                    partial(caller.replace, someone, [{"key": key, "value": number} for key in own])
                    for caller, own in zip(callers, keys, strict=True)
                ]
            )
            assert [answer.status_code for answer in answers] == [200, 200]
            assert sidecar.entries(someone) == {"theme": "Dark", **dict.fromkeys(keys[0] + keys[1], number)}
