"""Owns an application that logs people in as the standard has it: code, PKCE, verified ID token."""

from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.integration.browsers import Page, new_browser
from tests.integration.realms import Client, Realm, User
from tests.integration.tokens import Claims, Tokens

CALLBACK = "https://shop.example.test/callback"


class Application:
    """A public client of a realm, on authlib's OAuth 2 client; one login."""

    def __init__(
        self, realm: Realm, client: Client, *, callback: str = CALLBACK, scope: str = "openid"
    ) -> None:
        self.realm = realm
        self.client = client
        self.callback = callback
        self.nonce = generate_token(24)
        self._verifier = generate_token(48)
        self._oauth = OAuth2Session(
            client.client_id,
            redirect_uri=callback,
            scope=scope,
            code_challenge_method="S256",
            token_endpoint_auth_method="none",
        )
        self._oauth.trust_env = False
        self._discovered: Claims = self._fetch(f"{realm.url}/.well-known/openid-configuration")

    @classmethod
    def new(cls, realm: Realm, *, scope: str = "openid", **representation: object) -> "Application":
        """Register one of its own with the realm."""
        code_flow: dict[str, Any] = {
            "publicClient": True,
            "standardFlowEnabled": True,
            "redirectUris": [CALLBACK],
        }
        return cls(realm, realm.client(**{**code_flow, **representation}), scope=scope)

    def __enter__(self) -> Self:
        """Open it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._oauth.close()

    @property
    def login_url(self) -> str:
        """Where it sends the person's browser."""
        return self._authorization_url(self._discovered["authorization_endpoint"])

    @property
    def registration_url(self) -> str:
        """Where it sends the browser of one who has no account yet."""
        return self._authorization_url(f"{self.realm.url}/protocol/openid-connect/registrations")

    def log_in(self, user: User) -> Tokens:
        """Log a user in with a browser of the login's own."""
        with new_browser(self.callback) as browser:
            return self.tokens(browser.log_in(browser.open(self.login_url), user))

    def tokens(self, page: Page) -> Tokens:
        """Exchange the code that the browser came back with."""
        assert page.url.startswith(self.callback), f"the browser stays at {page.url}: {page.text}"
        url = self._discovered["token_endpoint"]
        return Tokens.of(
            self._oauth.fetch_token(url, authorization_response=page.url, code_verifier=self._verifier)
        )

    def refresh(self, tokens: Tokens) -> Tokens:
        """Take new tokens."""
        url = self._discovered["token_endpoint"]
        return Tokens.of(self._oauth.refresh_token(url, refresh_token=tokens.refresh_token))

    def verified_identity(self, tokens: Tokens) -> Claims:
        """Give the claims of the ID token once its signature, issuer, audience, nonce and times hold."""
        verified = self._verified(tokens.id_token)
        essential = {
            "iss": {"essential": True, "value": self.realm.url},
            "aud": {"essential": True, "value": self.client.client_id},
        }
        sent = {
            "nonce": self.nonce,
            "client_id": self.client.client_id,
            "access_token": tokens.access_token,
        }
        CodeIDToken(verified.claims, verified.header, essential, sent).validate()
        return verified.claims

    def verified(self, token: str) -> Claims:
        """Give the claims of a token that a key of the realm signed."""
        return self._verified(token).claims

    def _verified(self, token: str) -> jwt.Token:
        keys = KeySet.import_key_set(self._fetch(self._discovered["jwks_uri"]))
        return jwt.decode(token, keys, algorithms=["RS256"])

    def _authorization_url(self, endpoint: str) -> str:
        url, _ = self._oauth.create_authorization_url(
            endpoint, code_verifier=self._verifier, nonce=self.nonce
        )
        return str(url)

    def _fetch(self, url: str) -> Any:  # noqa: ANN401 - JSON
        answer = self._oauth.get(url, withhold_token=True)
        answer.raise_for_status()
        return answer.json()


def error_in(page: Page) -> str:
    """Give the error that Keycloak sent the application, if it did."""
    return "".join(parse_qs(urlsplit(page.url).query).get("error", []))
