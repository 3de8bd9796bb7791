"""Owns companies whose people are in a directory, each linked to a realm in its own way; knows no test."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.integration.realms import PASSWORD, Realm, User
from tests.integration.sidecars import Sidecar
from tests.services.slapd import ADMIN, Directory
from tests.services.slapd import PASSWORD as BIND_PASSWORD


@dataclass(frozen=True)
class Mode:
    """How Keycloak keeps people of a directory: what it may write there, and whether it copies them."""

    edit: str
    imports: bool = True

    def __str__(self) -> str:
        """Name it as a test's parameter."""
        return f"{self.edit}, {'import' if self.imports else 'no import'}"


MODES = [Mode("READ_ONLY"), Mode("WRITABLE"), Mode("UNSYNCED"), Mode("READ_ONLY", imports=False)]
IMPORTING = [mode for mode in MODES if mode.imports]
OUTSIDE = [mode for mode in MODES if not mode.imports]


class Company:
    """People of one unit of a directory, and the realm they log in to."""

    def __init__(self, realm: Realm, directory: Directory, mode: Mode) -> None:
        self.realm = realm
        self.mode = mode
        self.directory = directory
        self.unit = directory.add_unit(uuid.uuid4().hex)
        self._settings = {
            "enabled": "true",
            "vendor": "other",
            "editMode": mode.edit,
            "authType": "simple",
            "importEnabled": str(mode.imports).lower(),
            "syncRegistrations": "false",
            "usernameLDAPAttribute": "uid",
            "rdnLDAPAttribute": "uid",
            "uuidLDAPAttribute": "entryUUID",
            "userObjectClasses": "inetOrgPerson, organizationalPerson",
            "searchScope": "1",
            "connectionUrl": directory.url,
            "usersDn": self.unit,
            "pagination": "false",
            "bindDn": ADMIN,
            "bindCredential": BIND_PASSWORD,
            "connectionTimeout": "2000",
            "readTimeout": "2000",
        }
        self.link: str = realm.admin.create_component(self._component(self._settings))

    def person(self, uid: str | None = None) -> User:
        """Take on somebody whom Keycloak has never seen, and whom it has given no id yet."""
        uid = uid or f"amara-{uuid.uuid4().hex[:8]}"
        email = f"{uid.encode('ascii', 'ignore').decode()}@example.com"
        self.directory.add_person(self.unit, uid, email, PASSWORD)
        return User("", uid, email)

    def known(self, user: User) -> User:
        """Let Keycloak look somebody up, and take the id that it has given."""
        return User(str(self.realm.admin.get_user_id(user.username)), user.username, user.email)

    def refuses(self, user: User) -> bool:
        """Whether Keycloak refuses somebody who logs in."""
        person = {"username": user.username, "password": user.password}
        form = {"grant_type": "password", **self.realm.app.login, **person}
        return not self.realm.http.post("token", data=form).is_success

    def rename(self, user: User) -> User:
        """Give somebody another name in the directory."""
        new = f"{user.username}-renamed"
        self.directory.rename(self.unit, user.username, new)
        return User(user.id, new, user.email)

    def synchronise(self, *, changed_only: bool = False) -> None:
        """Have Keycloak read the directory again, all of it or what has changed."""
        action = "triggerChangedUsersSync" if changed_only else "triggerFullSync"
        self.realm.admin.sync_users(self.link, action)

    def of_the_link(self, action: str) -> None:
        """Do to everybody that was imported what Keycloak's console calls so."""
        path = f"admin/realms/{self.realm.name}/user-storage/{self.link}/{action}"
        self.realm.admin.connection.raw_post(path, data="{}")

    def configure(self, **settings: str) -> None:
        """Change settings of the link."""
        component = {**self._component({**self._settings, **settings}), "id": self.link}
        self.realm.admin.update_component(self.link, component)

    def _component(self, settings: dict[str, str]) -> dict[str, object]:
        return {
            "name": "directory",
            "providerId": "ldap",
            "providerType": "org.keycloak.storage.UserStorageProvider",
            "config": {name: [value] for name, value in settings.items()},
        }


Founding = Callable[[Mode], tuple[Company, Sidecar]]


def written(company: Company, office: Sidecar) -> User:
    """Take on somebody, write an entry as the first contact of all, and let Keycloak give the id."""
    amara = company.person()
    assert office.put(amara.username, "theme", "Dark", profile_claim=True).status_code == 201
    return company.known(amara)
