"""Owns the demonstration realm: Jane, her clients, their secrets, ``demo.env``; starts nothing."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from keycloak import KeycloakAdmin

from dev.server import Login

REALM = "demo"
EMAIL = "jane.doe@example.com"
RESOURCE_CLIENT = "user-metadata"


@dataclass(frozen=True)
class Secrets:
    """What the demonstration keeps to itself between its runs: as old as its data."""

    admin_password: str
    manager_client_secret: str
    viewer_client_secret: str
    demo_password: str

    @classmethod
    def kept_in(cls, file: Path) -> Self:
        """Read them from ``file``, or make them and leave them there, readable by its owner only."""
        if file.exists():
            return cls(**json.loads(file.read_text()))
        made = cls(*(secrets.token_urlsafe(18) for _ in range(4)))
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, json.dumps(asdict(made)))
        return made


@dataclass(frozen=True)
class Demo:
    """The demonstration as a script sees it; each field is a variable of ``demo.env``."""

    keycloak_url: str
    realm: str
    sidecar_url: str
    manager_client_id: str
    manager_client_secret: str
    viewer_client_id: str
    viewer_client_secret: str
    app_client_id: str
    demo_username: str
    demo_password: str
    admin_username: str
    admin_password: str

    @classmethod
    def of(cls, keycloak_url: str, sidecar_url: str, kept: Secrets) -> Self:
        """Name everything of the demonstration."""
        return cls(
            keycloak_url=keycloak_url,
            realm=REALM,
            sidecar_url=sidecar_url,
            manager_client_id="demo-manager",
            manager_client_secret=kept.manager_client_secret,
            viewer_client_id="demo-viewer",
            viewer_client_secret=kept.viewer_client_secret,
            app_client_id="demo-app",
            demo_username="jane",
            demo_password=kept.demo_password,
            admin_username="admin",
            admin_password=kept.admin_password,
        )

    @property
    def admin(self) -> Login:
        """The administrator of the realm master."""
        return Login(self.admin_username, self.admin_password)

    @property
    def token_url(self) -> str:
        """Where the realm gives tokens."""
        return f"{self.keycloak_url}/realms/{self.realm}/protocol/openid-connect/token"

    def write(self, file: Path) -> None:
        """Leave all of it as shell variables, readable by its owner only."""
        write_private(file, "".join(f"{name.upper()}={value}\n" for name, value in asdict(self).items()))


def create_realm(demo: Demo) -> None:
    """Create the realm, where it is not there yet."""
    admin = _administrator(demo, "master")
    if demo.realm not in {realm["realm"] for realm in admin.get_realms()}:
        admin.create_realm({"realm": demo.realm, "enabled": True, "displayName": "Demonstration"})


def fill_realm(demo: Demo) -> None:
    """Put Jane and the clients into a prepared realm; what is there already is brought up to date."""
    admin = _administrator(demo, demo.realm)
    _service_client(admin, demo.manager_client_id, demo.manager_client_secret, "manage-metadata")
    _service_client(admin, demo.viewer_client_id, demo.viewer_client_secret, "view-metadata")
    # The password grant keeps the demonstration short. A real application redirects to Keycloak's login page.
    _client(admin, {"clientId": demo.app_client_id, "publicClient": True, "directAccessGrantsEnabled": True})
    jane = {
        "username": demo.demo_username,
        "email": EMAIL,
        "emailVerified": True,
        "firstName": "Jane",
        "lastName": "Doe",
        "enabled": True,
    }
    user_id = admin.create_user(jane, exist_ok=True)
    admin.set_user_password(user_id, demo.demo_password, temporary=False)


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.rename(file)


def _administrator(demo: Demo, realm: str) -> KeycloakAdmin:
    return KeycloakAdmin(
        server_url=demo.keycloak_url,
        username=demo.admin_username,
        password=demo.admin_password,
        realm_name=realm,
        user_realm_name="master",
    )


def _service_client(admin: KeycloakAdmin, client_id: str, secret: str, role: str) -> None:
    service = {"serviceAccountsEnabled": True, "standardFlowEnabled": False, "secret": secret}
    client = _client(admin, {"clientId": client_id, **service})
    account = admin.get_client_service_account_user(client)
    resource = admin.get_client_id(RESOURCE_CLIENT)
    admin.assign_client_role(account["id"], str(resource), [admin.get_client_role(str(resource), role)])


def _client(admin: KeycloakAdmin, client: dict[str, Any]) -> str:
    """Create or update a client and give its id."""
    created = admin.create_client(client, skip_exists=True)
    admin.update_client(created, client)
    return created
