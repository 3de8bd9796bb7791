"""Owns the admin extension as a caller without the sidecar sees it; asserts nothing."""

import httpx

from tests.integration.realms import Realm, User


class Extension:
    """The extension of a realm, called with a token of any realm."""

    def __init__(self, realm: Realm, token: str) -> None:
        self._http = realm.http
        self._url = f"{realm.keycloak.url}/admin/realms/{realm.name}/user-metadata"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: str) -> httpx.Response:
        """Ask for ``info``, ``census`` or ``document``."""
        return self._http.get(f"{self._url}/{path}", params=query, headers=self._headers)

    def document(self, user: User | str) -> httpx.Response:
        """Read a user's document."""
        return self.get("document", user=_name(user))

    def change(self, user: User | str, *, entries: str | None = None, **change: object) -> httpx.Response:
        """Change a user's document; ``entries`` as the query parameter has it."""
        query = {"user": _name(user), **({} if entries is None else {"entries": entries})}
        return self._http.post(f"{self._url}/change", params=query, json=change, headers=self._headers)

    def put(self, user: User | str, key: str, value: object) -> httpx.Response:
        """Set one entry."""
        return self.change(user, set={key: {"value": value}})


def _name(user: User | str) -> str:
    return user.id if isinstance(user, User) else user
