"""Administrators' tools that replace whole users leave the metadata alone, whatever the realm's policy."""

import pytest

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.integration.profiles import FORGED, POLICIES, admin_put, standing
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import claims_of, metadata_in

pytestmark = [
    pytest.mark.parametrize("policy", POLICIES, ids=str),
    pytest.mark.usefixtures("_under_the_policy"),
]


@pytest.mark.parametrize(
    "attributes", [None, {}, {"shoe": ["41"]}], ids=["without attributes", "no attributes", "others"]
)
def test_a_put_of_the_user_leaves_the_metadata_alone(
    open_realm: Realm, open_sidecar: Sidecar, open_jane: User, attributes: dict[str, list[str]] | None
) -> None:
    """It changes what it names; entries, entity tag and claims are as before."""
    before = standing(open_sidecar, open_jane)

    status = admin_put(open_realm, open_jane, firstName="Joan", attributes=attributes)

    assert status == 204
    assert open_realm.admin.get_user(open_jane.id)["firstName"] == "Joan"
    assert before.claims == {"metadata_theme": "Dark Mode"}
    assert standing(open_sidecar, open_jane) == before


def test_a_put_that_names_our_attribute_is_refused(
    open_realm: Realm, open_sidecar: Sidecar, open_jane: User
) -> None:
    """Nobody forges a document or erases one through the admin API."""
    before = standing(open_sidecar, open_jane)

    statuses = [
        admin_put(open_realm, open_jane, attributes={ATTRIBUTE: values})
        for values in ([FORGED], [FORGED, FORGED], ["{}"], [""], [], None)
    ]

    assert statuses == [400] * 6
    assert standing(open_sidecar, open_jane) == before


def test_nobody_is_given_a_document_through_the_admin_api(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """A user who has none gets none: not by a PUT, not at the creation, not as a service account."""
    created = open_realm.user(attributes={ATTRIBUTE: [FORGED]})
    plain = open_realm.user()
    client = open_realm.client()
    account = User(open_realm.service_account(client), f"service-account-{client.client_id}", "")

    statuses = [admin_put(open_realm, user, attributes={ATTRIBUTE: [FORGED]}) for user in (plain, account)]

    assert statuses == [400, 400]
    assert [open_sidecar.entries(user) for user in (created, plain, account)] == [{}] * 3
    assert metadata_in(open_realm.login(created).access) == {}
    assert metadata_in(open_realm.login(plain).access) == {}
    assert metadata_in(claims_of(open_realm.client_token(client))) == {}


def test_a_service_account_keeps_its_entries_through_a_put(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """Administrators may write any attribute of a service account, and yet not this one."""
    client = open_realm.client()
    account = User(open_realm.service_account(client), f"service-account-{client.client_id}", "")
    open_sidecar.put(account, "tenant", "t-7", profile_claim=True)

    statuses = [
        admin_put(open_realm, account, attributes=attributes)
        for attributes in ({}, {"cost": ["1"]}, {ATTRIBUTE: [FORGED]})
    ]

    assert statuses == [204, 204, 400]
    assert open_sidecar.entries(account) == {"tenant": "t-7"}
    assert metadata_in(claims_of(open_realm.client_token(client))) == {"metadata_tenant": "t-7"}


def test_the_admin_api_does_not_show_the_document(open_realm: Realm, open_jane: User) -> None:
    """Neither the user, nor the list of users, nor the attributes outside the profile hold a word of it."""
    path = f"admin/realms/{open_realm.name}/users"
    get = open_realm.admin.connection.raw_get

    shown = [
        get(f"{path}/{open_jane.id}", userProfileMetadata=True).text,
        get(f"{path}/{open_jane.id}/unmanagedAttributes").text,
        get(path, search=open_jane.username).text,
    ]

    assert open_jane.username in shown[0] + shown[2]
    assert ATTRIBUTE not in "".join(shown)
    assert "Dark Mode" not in "".join(shown)
