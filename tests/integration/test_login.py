"""A login as applications do it: the code flow with PKCE, through Keycloak's own pages."""

from collections.abc import Iterator

import pytest

from tests.integration.applications import CALLBACK, Application, error_in
from tests.integration.browsers import new_browser
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import metadata_in


def test_the_code_flow_carries_the_claims_everywhere(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """After a login in the browser the claims are in all four places, the tokens signed and meant right."""
    sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
    sidecar.put(jane, "note", "hers", profile_claim=False)

    with Application.new(realm) as shop:
        tokens = shop.log_in(jane)
        identity, access = shop.verified_identity(tokens), shop.verified(tokens.access_token)

    expected = {"metadata_theme": "Dark Mode"}
    assert metadata_in(identity) == expected
    assert metadata_in(access) == expected
    assert metadata_in(realm.userinfo(tokens)) == expected
    assert metadata_in(realm.introspect(tokens.access_token)) == expected


def test_a_refresh_in_the_code_flow_carries_what_is_stored_now(
    realm: Realm, sidecar: Sidecar, jane: User
) -> None:
    """A session begun in the browser has new values in both refreshed tokens, and lacks those gone since."""
    sidecar.put(jane, "theme", "Light", profile_claim=True)
    sidecar.put(jane, "plan", "trial", profile_claim=True)
    with Application.new(realm) as shop:
        tokens = shop.log_in(jane)
        sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
        sidecar.delete(jane, "plan")

        refreshed = shop.refresh(tokens)

        assert metadata_in(shop.verified(refreshed.access_token)) == {"metadata_theme": "Dark Mode"}
        assert metadata_in(shop.verified(refreshed.id_token)) == {"metadata_theme": "Dark Mode"}


class TestConsentGivenBeforeTheScopeCame:
    """The user has agreed to what the client asked for, and then the realm was prepared."""

    @pytest.fixture
    def shop(self, realm: Realm, sidecar: Sidecar, jane: User) -> Iterator[Application]:
        """A client that asks for consent, jane's given, and only then gets the scope."""
        sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
        scopes = ["basic", "profile", "email"]
        with Application.new(realm, consentRequired=True, defaultClientScopes=scopes) as shop:
            with new_browser(CALLBACK) as browser:
                asked = browser.log_in(browser.open(shop.login_url), jane)
                agreed = shop.tokens(browser.submit(asked, accept="Yes"))
            assert metadata_in(agreed.all_claims) == {}
            realm.prepare(attach_to=[shop.client.client_id])
            yield shop

    def test_keycloak_asks_again_in_words(self, shop: Application, jane: User) -> None:
        """The next login asks for the new scope alone, with a text that a person can read."""
        with new_browser(CALLBACK) as browser:
            asked = browser.log_in(browser.open(shop.login_url), jane)

        assert "Preferences and other facts kept about you" in asked.text
        assert "Email address" not in asked.text
        assert "${" not in asked.text

    def test_without_the_consent_no_tokens(self, shop: Application, jane: User) -> None:
        """Who declines comes back to the application with an error and no code."""
        with new_browser(CALLBACK) as browser:
            asked = browser.log_in(browser.open(shop.login_url), jane)
            declined = browser.submit(asked, cancel="No")

        assert error_in(declined) == "access_denied"
        assert "code=" not in declined.url

    def test_with_the_consent_the_claims(self, shop: Application, jane: User) -> None:
        """Who agrees has the claims in the tokens."""
        with new_browser(CALLBACK) as browser:
            asked = browser.log_in(browser.open(shop.login_url), jane)
            tokens = shop.tokens(browser.submit(asked, accept="Yes"))

        assert metadata_in(shop.verified_identity(tokens)) == {"metadata_theme": "Dark Mode"}
        assert metadata_in(tokens.access) == {"metadata_theme": "Dark Mode"}
