"""What users write about themselves never reaches their metadata, whatever the realm's policy."""

from collections.abc import Iterator

import pytest

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.integration.applications import CALLBACK, Application
from tests.integration.browsers import new_browser
from tests.integration.profiles import FORGED, POLICIES, standing
from tests.integration.realms import PASSWORD, Client, Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in

pytestmark = [
    pytest.mark.parametrize("policy", POLICIES, ids=str),
    pytest.mark.usefixtures("_under_the_policy"),
]

OURS = {ATTRIBUTE: FORGED, f"user.attributes.{ATTRIBUTE}": FORGED}
OTHERS = {
    f"attributes.{ATTRIBUTE}": FORGED,
    "metadata_role": "admin",
    "user.attributes.metadata_role": "admin",
}


@pytest.fixture
def account_console(open_realm: Realm) -> Iterator[Application]:
    """Keycloak's own console for users; its tokens carry the claims, too."""
    console = Client("", "account-console")
    with Application(open_realm, console, callback=f"{open_realm.url}/account/") as application:
        yield application


@pytest.mark.parametrize(
    ("smuggled", "status"),
    [
        ({"attributes": {ATTRIBUTE: ["{}"], "metadata_role": ["admin"]}}, 400),
        ({"attributes": {ATTRIBUTE: [FORGED]}}, 400),
        ({"attributes": {"metadata_role": ["admin"]}}, 204),
        ({"attributes": {}}, 204),
        ({}, 204),
    ],
    ids=["ours and another", "ours", "another", "none", "no word"],
)
def test_an_update_in_the_account_api_leaves_the_metadata_alone(
    open_sidecar: Sidecar,
    account_console: Application,
    open_jane: User,
    smuggled: dict[str, object],
    status: int,
) -> None:
    """Who names our attribute is refused; what is left out is not erased; no claim comes of any other."""
    before = standing(open_sidecar, open_jane)
    tokens = account_console.log_in(open_jane)
    body = {"username": open_jane.username, "email": open_jane.email, "firstName": "Joan", "lastName": "Doe"}
    headers = {"Authorization": f"Bearer {tokens.access_token}", "Accept": "application/json"}
    url = f"{open_sidecar.realm.url}/account/"

    answer = open_sidecar.realm.http.post(url, json={**body, **smuggled}, headers=headers)
    shown = open_sidecar.realm.http.get(url, headers=headers)

    assert answer.status_code == status, answer.text
    assert ATTRIBUTE not in shown.text
    assert metadata_in(account_console.refresh(tokens).access) == {"metadata_theme": "Dark Mode"}
    assert standing(open_sidecar, open_jane) == before


def test_a_registration_brings_no_metadata(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """Extra fields of the registration form are no entries and no claims."""
    username = open_realm.user().username + "-new"
    with Application.new(open_realm) as shop, new_browser(CALLBACK) as browser:
        page = browser.open(shop.registration_url)
        fields = {
            "username": username,
            "email": f"{username}@example.com",
            "firstName": "Joan",
            "lastName": "Doe",
            "password": PASSWORD,
            "password-confirm": PASSWORD,
        }
        tokens = shop.tokens(browser.submit(page, **fields, **OURS, **OTHERS))

    assert tokens.access["preferred_username"] == username
    assert metadata_in(tokens.all_claims) == {}
    assert open_sidecar.entries(username) == {}


def test_a_profile_update_at_login_leaves_the_metadata_alone(
    open_realm: Realm, open_sidecar: Sidecar, open_jane: User
) -> None:
    """The form is refused with our attribute in it, and what else is in it makes no claim."""
    before = standing(open_sidecar, open_jane)
    open_realm.admin.update_user(
        open_jane.id, {**open_realm.admin.get_user(open_jane.id), "requiredActions": ["UPDATE_PROFILE"]}
    )

    with Application.new(open_realm) as shop, new_browser(CALLBACK) as browser:
        page = browser.log_in(browser.open(shop.login_url), open_jane)
        refused = browser.submit(page, firstName="Joan", **OURS)
        tokens = shop.tokens(browser.submit(refused, **OTHERS))

    assert tokens.access["given_name"] == "Joan"
    assert metadata_in(tokens.all_claims) == {"metadata_theme": "Dark Mode"}
    assert standing(open_sidecar, open_jane) == before
