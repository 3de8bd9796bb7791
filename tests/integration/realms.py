"""Owns the realms that tests play in: their users, clients, roles and logins; asserts nothing."""

import copy
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from keycloak import KeycloakAdmin

from keycloak_user_metadata.admin import RealmAdmin
from keycloak_user_metadata.plan import Wishes
from keycloak_user_metadata.preparation import carry_out, prepare
from keycloak_user_metadata.present import Present
from keycloak_user_metadata.realm import CLIENT
from keycloak_user_metadata.settings import AdminSettings
from tests.integration.keycloaks import Keycloak
from tests.integration.tokens import Claims, Tokens

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class User:
    """A person of a realm."""

    id: str
    username: str
    email: str
    password: str = PASSWORD


@dataclass(frozen=True)
class Client:
    """An application of a realm; a public one has no secret."""

    id: str
    client_id: str
    secret: str = ""

    @property
    def login(self) -> dict[str, str]:
        """The form fields by which it tells Keycloak who it is."""
        return {"client_id": self.client_id, **({"client_secret": self.secret} if self.secret else {})}


class Realm:
    """A realm of a running Keycloak."""

    def __init__(self, keycloak: Keycloak, name: str | None = None, **representation: object) -> None:
        self.name = name or f"realm-{uuid.uuid4().hex[:8]}"
        self._service_clients: dict[frozenset[str], Client] = {}
        self._reach(keycloak)
        keycloak.admin.create_realm({"realm": self.name, "enabled": True, **representation})

    def at(self, keycloak: Keycloak) -> "Realm":
        """See the same realm through another node of its cluster."""
        seen = copy.copy(self)
        seen.__dict__.pop("admin", None)
        seen._reach(keycloak)  # noqa: SLF001 - its own
        return seen

    @cached_property
    def admin(self) -> KeycloakAdmin:
        """The administrator of master, acting on this realm."""
        return self.keycloak.admin_of(self.name)

    @cached_property
    def app(self) -> Client:
        """A public application that people log in to."""
        return self.client("app", publicClient=True, directAccessGrantsEnabled=True)

    @cached_property
    def introspector(self) -> Client:
        """An application that may introspect every token of the realm."""
        allow = {"client.introspection.response.allow.jwt.claim.enabled": "true"}
        return self.client(attributes={"allow.token.introspection.without.audience.check": "true", **allow})

    def prepare(self, **choices: Any) -> list[str]:  # noqa: ANN401 - as setup's own options
        """Run the very code of ``user-metadata setup``; tell what it did."""
        login = {
            "admin_username": self.keycloak.login.username,
            "admin_password": self.keycloak.login.password,
        }
        admin = RealmAdmin(AdminSettings.load(keycloak_url=self.keycloak.url, realm=self.name, **login))
        admin.log_in()
        return [step.text for step in carry_out(admin, prepare(admin, Present(admin), Wishes(**choices)))]

    def delete(self) -> None:
        """Delete the realm."""
        self.http.close()
        self.keycloak.admin.delete_realm(self.name)

    def user(self, username: str | None = None, **representation: object) -> User:
        """Create a user who can log in; by default one of a name nobody else has."""
        username = username or f"jane-{uuid.uuid4().hex[:8]}"
        person = {
            "username": username,
            "email": f"{username}@example.com",
            "emailVerified": True,
            "firstName": "Jane",
            "lastName": "Doe",
            "enabled": True,
            "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
            **representation,
        }
        return User(self.admin.create_user(person), username, str(person["email"]))

    def client(self, client_id: str | None = None, **representation: object) -> Client:
        """Create an application; by default a confidential one, with a service account."""
        client_id = client_id or f"client-{uuid.uuid4().hex[:8]}"
        confidential = {"secret": uuid.uuid4().hex, "serviceAccountsEnabled": True}
        application = {
            "clientId": client_id,
            "standardFlowEnabled": False,
            **({} if representation.get("publicClient") else confidential),
            **representation,
        }
        created = self.admin.create_client(application)
        return Client(created, client_id, str(application.get("secret", "")))

    def service_client(self, *roles: str) -> Client:
        """Give a client whose service account has these roles of ours; the same one for the same roles."""
        wanted = frozenset(roles)
        if wanted not in self._service_clients:
            client = self.client()
            self.grant(self.service_account(client), *roles)
            self._service_clients[wanted] = client
        return self._service_clients[wanted]

    def service_account(self, client: Client) -> str:
        """Give the id of the user that a client acts as."""
        account: str = self.admin.get_client_service_account_user(client.id)["id"]
        return account

    def grant(self, user_id: str, *roles: str, of: str = CLIENT) -> None:
        """Give a user client roles."""
        owner = str(self.admin.get_client_id(of))
        if roles:
            found = [self.admin.get_client_role(owner, role) for role in roles]
            self.admin.assign_client_role(user_id, owner, found)

    def revoke(self, user_id: str, *roles: str, of: str = CLIENT) -> None:
        """Take client roles away from a user."""
        owner = str(self.admin.get_client_id(of))
        self.admin.delete_client_roles_of_user(
            user_id, owner, [self.admin.get_client_role(owner, role) for role in roles]
        )

    def token(self, *roles: str) -> str:
        """Take an access token of a service account with these roles of ours."""
        return self.client_token(self.service_client(*roles))

    def client_token(self, client: Client) -> str:
        """Take an access token of a client's own service account."""
        return self._tokens({"grant_type": "client_credentials", **client.login}).access_token

    def login(
        self, user: User, client: Client | None = None, *, scopes: Sequence[str] = ("openid",)
    ) -> Tokens:
        """Log a user in to an application, by the password grant."""
        person = {"username": user.username, "password": user.password, "scope": " ".join(scopes)}
        return self._tokens({"grant_type": "password", **(client or self.app).login, **person})

    def refresh(self, tokens: Tokens, client: Client | None = None) -> Tokens:
        """Take new tokens for a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        return self._tokens({**form, **(client or self.app).login})

    def userinfo(self, tokens: Tokens) -> Claims:
        """Ask Keycloak who an access token speaks for."""
        answer = self.http.get("userinfo", headers={"Authorization": f"Bearer {tokens.access_token}"})
        return _json(answer)

    def introspect(self, token: str) -> Claims:
        """Ask Keycloak what it holds of a token."""
        return _json(self.http.post("token/introspect", data={"token": token, **self.introspector.login}))

    def _reach(self, keycloak: Keycloak) -> None:
        self.keycloak = keycloak
        self.url = f"{keycloak.url}/realms/{self.name}"
        # Loopback is not asked for through a proxy, whatever the environment says.
        self.http = httpx.Client(base_url=f"{self.url}/protocol/openid-connect", trust_env=False, timeout=60)

    def _tokens(self, form: dict[str, str]) -> Tokens:
        return Tokens.of(_json(self.http.post("token", data=form)))


def _json(answer: httpx.Response) -> Claims:
    assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text}"
    claims: Claims = answer.json()
    return claims
