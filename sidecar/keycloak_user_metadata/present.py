"""Owns the reading of what a realm has now, each part when it is first asked for; changes nothing."""

from functools import cached_property

from .admin import RealmAdmin
from .realm import CLIENT, SCOPE, Json


class Present:
    """What the realm has. Each part needs a role to view it, and raises ``MissingRole`` without."""

    def __init__(self, admin: RealmAdmin) -> None:
        self._admin = admin

    @cached_property
    def info(self) -> Json:
        """What the extension says of itself and of the realm."""
        return self._admin.info()

    @cached_property
    def profile(self) -> Json:
        """The user profile in force; Keycloak's default where the realm defines none."""
        with self._admin.needing("view-realm") as keycloak:
            return keycloak.get_realm_users_profile()

    @cached_property
    def clients(self) -> list[Json]:
        """All clients."""
        with self._admin.needing("view-clients") as keycloak:
            return keycloak.get_clients()

    @cached_property
    def scopes(self) -> list[Json]:
        """All client scopes."""
        with self._admin.needing("view-clients") as keycloak:
            return keycloak.get_client_scopes()

    @cached_property
    def default_scopes(self) -> set[str]:
        """The names of the scopes that every new client gets."""
        with self._admin.needing("view-clients") as keycloak:
            return {scope["name"] for scope in keycloak.get_default_default_client_scopes()}

    @cached_property
    def optional_scopes(self) -> set[str]:
        """The names of the scopes that every new client may ask for."""
        with self._admin.needing("view-clients") as keycloak:
            return {scope["name"] for scope in keycloak.get_default_optional_client_scopes()}

    @cached_property
    def client(self) -> Json | None:
        """The client of our name."""
        return next((client for client in self.clients if client["clientId"] == CLIENT), None)

    @cached_property
    def scope(self) -> Json | None:
        """The client scope of our name."""
        return next((scope for scope in self.scopes if scope["name"] == SCOPE), None)

    @cached_property
    def roles(self) -> set[str]:
        """The names of the roles of the client of our name."""
        if self.client is None:
            return set()
        with self._admin.needing("view-clients") as keycloak:
            return {role["name"] for role in keycloak.get_client_roles(self.client["id"])}
