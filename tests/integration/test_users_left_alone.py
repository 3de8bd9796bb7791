"""Writes of metadata change nothing else of a user, and nothing about a user stands in their way."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.integration.applications import CALLBACK, Application
from tests.integration.browsers import new_browser
from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.profiles import FORGED, admin_put, declare, set_policy, standing
from tests.integration.realms import PASSWORD, Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import claims_of, metadata_in

PATIENCE = 30.0


def as_shown(realm: Realm, user: User) -> dict[str, Any]:
    """Give all that the admin API shows of a user: profile, credentials, groups, roles."""
    admin = realm.admin
    return {
        "user": admin.get_user(user.id, user_profile_metadata=False),
        "credentials": admin.get_credentials(user.id),
        "groups": admin.get_user_groups(user.id),
        "roles": admin.get_all_roles_of_user(user.id),
    }


def write_in_every_way(sidecar: Sidecar, user: User) -> None:
    """Create, overwrite, replace and delete entries."""
    answers = [
        sidecar.put(user, "theme", "Light", profile_claim=True),
        sidecar.put(user, "theme", "Dark Mode", profile_claim=True),
        sidecar.replace(user, [{"key": "plan", "value": "trial"}]),
        sidecar.delete(user, "plan"),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 204]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"enabled": False},
        {"emailVerified": False, "requiredActions": ["UPDATE_PASSWORD"]},
        {"firstName": "", "lastName": "", "email": ""},
        {"attributes": {"shoe": ["41"], "metadata_role": ["admin"]}},
    ],
    ids=["usual", "disabled", "with an action", "nameless", "with attributes"],
)
def test_all_else_of_a_user_stays_as_it_was(
    open_realm: Realm, open_sidecar: Sidecar, state: dict[str, Any]
) -> None:
    """Names, e-mail, flags, actions, attributes, credentials, groups and roles survive every write."""
    set_policy(open_realm, "ADMIN_EDIT")
    user = open_realm.user(**state)
    before = as_shown(open_realm, user)

    write_in_every_way(open_sidecar, user)

    assert as_shown(open_realm, user) == before
    assert {name: before["user"].get(name, "") for name in state} == state


def test_an_invalid_profile_does_not_stand_in_the_way(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """Where the profile requires what the user lacks, no administrator can save the user; we can."""
    user, client = open_realm.user(), open_realm.client()
    account = User(open_realm.service_account(client), f"service-account-{client.client_id}", "")
    everybody = {"roles": ["admin", "user"]}
    declare(
        open_realm,
        "department",
        {"required": everybody, "permissions": {"view": ["admin"], "edit": ["admin"]}},
    )
    assert admin_put(open_realm, user, firstName="Joan") == 400
    before = as_shown(open_realm, user)

    write_in_every_way(open_sidecar, user)
    for _ in range(2):
        open_sidecar.put(account, "tenant", "t-7", profile_claim=True)

    assert as_shown(open_realm, user) == before
    assert metadata_in(claims_of(open_realm.client_token(client))) == {"metadata_tenant": "t-7"}


@pytest.mark.parametrize("for_good", [False, True])
def test_who_was_locked_out_stays_locked_out(
    fresh_realm: Realm, sidecar_of: Callable[..., Sidecar], *, for_good: bool
) -> None:
    """A write does not let in whom Keycloak keeps out for guessing passwords, for a while or for good."""
    locking = {"bruteForceProtected": True, "failureFactor": 2, "permanentLockout": for_good}
    fresh_realm.admin.update_realm(fresh_realm.name, {**locking, "waitIncrementSeconds": 900})
    jane = fresh_realm.user()
    wrong = {"grant_type": "password", "username": jane.username, "password": "guessed"}
    deadline = time.monotonic() + PATIENCE
    while not fresh_realm.admin.get_bruteforce_detection_status(jane.id)["disabled"]:
        assert time.monotonic() < deadline, "Keycloak locks nobody out"
        fresh_realm.http.post("token", data={**wrong, **fresh_realm.app.login})
    before = as_shown(fresh_realm, jane)

    write_in_every_way(sidecar_of(fresh_realm), jane)

    right = {**wrong, "password": jane.password, **fresh_realm.app.login}
    assert fresh_realm.http.post("token", data=right).status_code == 400
    assert fresh_realm.admin.get_bruteforce_detection_status(jane.id)["disabled"]
    assert as_shown(fresh_realm, jane) == before
    assert before["user"]["enabled"] is not for_good


def test_only_the_users_own_attribute_counts(open_realm: Realm, open_sidecar: Sidecar) -> None:
    """A group's attribute of the name is no document, and attributes named like claims make none."""
    set_policy(open_realm, "ENABLED")
    user = open_realm.user(attributes={"metadata_role": ["admin"]})
    group = {"name": user.username, "attributes": {ATTRIBUTE: [FORGED], "metadata_x": ["1"], "x": ["1"]}}
    open_realm.admin.group_user_add(user.id, str(open_realm.admin.create_group(group)))
    assert open_realm.admin.get_user(user.id)["attributes"] == {"metadata_role": ["admin"]}

    assert open_sidecar.entries(user) == {}
    assert metadata_everywhere(open_realm, open_realm.login(user)) == in_every_place({})

    open_sidecar.put(user, "theme", "Dark Mode", profile_claim=True)

    expected = {"metadata_theme": "Dark Mode"}
    assert open_sidecar.entries(user) == {"theme": "Dark Mode"}
    assert metadata_everywhere(open_realm, open_realm.login(user)) == in_every_place(expected)


@pytest.mark.parametrize(
    ("character", "count"), [("x", 60_000), ("\u00e9", 30_000), ("\u20ac", 20_000)], ids=["ASCII", "é", "€"]
)
def test_a_user_with_a_big_document_can_be_edited_and_logs_in(
    open_realm: Realm, open_sidecar: Sidecar, character: str, count: int
) -> None:
    """60,000 bytes of values, three times as many characters stored, stand in nobody's way."""
    user = open_realm.user()
    written = {f"part-{number}": character * (count // 4) for number in range(4)} | {"theme": "Dark Mode"}
    entries = [{"key": key, "value": value, "profileClaim": key == "theme"} for key, value in written.items()]
    assert open_sidecar.replace(user, entries).status_code == 200
    before = standing(open_sidecar, user)

    assert admin_put(open_realm, user, firstName="Joan", email=f"joan-{user.email}") == 204
    with Application.new(open_realm) as shop:
        identity = shop.verified_identity(shop.log_in(user))

    assert (identity["given_name"], metadata_in(identity)) == ("Joan", {"metadata_theme": "Dark Mode"})
    assert open_sidecar.entries(user) == written
    assert standing(open_sidecar, user) == before


def test_an_address_with_an_apostrophe_and_a_percent_sign(
    fresh_realm: Realm, sidecar_of: Callable[..., Sidecar]
) -> None:
    """Who registered as o'neil%ops@example.org gets entries by that name, and stays as registered."""
    email = "o'neil%ops@example.org"
    fresh_realm.admin.update_realm(
        fresh_realm.name, {"registrationAllowed": True, "registrationEmailAsUsername": True}
    )
    with Application.new(fresh_realm) as shop, new_browser(CALLBACK) as browser:
        fields = {"email": email, "firstName": "Pat", "lastName": "Neil"}
        passwords = {"password": PASSWORD, "password-confirm": PASSWORD}
        page = browser.submit(browser.open(shop.registration_url), **fields, **passwords)
        user = User(shop.tokens(page).access["sub"], email, email)
    before = as_shown(fresh_realm, user)
    sidecar = sidecar_of(fresh_realm)

    answer = sidecar.request(
        "PUT", "/api/user/o%27neil%25ops%40example.org/metadata/theme", json={"value": "Dark Mode"}
    )

    assert answer.status_code == 201, answer.text
    assert sidecar.entries(email) == {"theme": "Dark Mode"}
    assert as_shown(fresh_realm, user) == before
    assert before["user"]["email"] == email
