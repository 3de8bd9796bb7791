"""Owns what must hold before a realm may be changed, and the application of the plan; does not print."""

from collections.abc import Callable, Collection, Iterator
from http import HTTPStatus

from keycloak import KeycloakAdmin
from keycloak.exceptions import KeycloakError

from .admin import RealmAdmin
from .admin_errors import AdminError, MissingRole
from .plan import NOTHING_MORE, Step, Wishes, plan
from .present import Present
from .realm import ATTRIBUTE, Json, declaration

# Keycloak checks the role before it looks for the object, and none has this id: asking changes nothing.
_NOBODY = "user-metadata-may-i"
_NEEDED: dict[str, Callable[[KeycloakAdmin], object]] = {
    "manage-realm": lambda keycloak: keycloak.update_component(_NOBODY, {}),
    "manage-clients": lambda keycloak: keycloak.add_default_default_client_scope(_NOBODY),
}


def prepare(
    admin: RealmAdmin,
    present: Present,
    wishes: Wishes = NOTHING_MORE,
    *,
    trust_existing: bool = False,
) -> list[Step]:
    """Plan what makes the realm ready; nothing is changed yet.

    Raises:
        AdminError: the realm cannot be prepared, or not safely.
    """
    _require_rights(admin)
    unsealed = not present.info["sealed"]
    census = admin.census()
    if census["foreign"]:
        message = (
            f"{_users(census['foreign'])} an attribute {ATTRIBUTE} that is not a document of ours; "
            "rename or remove it first: it would be neither read nor overwritten"
        )
        raise AdminError(message)
    if unsealed and census["documents"] and _users_can_write(present.profile) and not trust_existing:
        message = (
            f"{_users(census['documents'])} a document in {ATTRIBUTE}, perhaps written by themselves "
            "as it is not sealed: look at these documents, then go on with --trust-existing-documents"
        )
        raise AdminError(message)
    return plan(present, wishes)


def carry_out(admin: RealmAdmin, steps: Collection[Step]) -> Iterator[Step]:
    """Apply the steps, handing out each when it is done.

    Raises:
        AdminError: Keycloak refused one; those before it stay.
    """
    for step in steps:
        with admin.needing(step.role) as keycloak:
            step.apply(keycloak)
        yield step
    if reason := admin.info()["unsealedReason"]:
        message = f"the extension still finds {ATTRIBUTE} not sealed: {reason}"
        raise AdminError(message)


def _require_rights(admin: RealmAdmin) -> None:
    """Make sure that no step will be refused, before the first one: no half-prepared realm.

    Raises:
        MissingRole: naming the roles the login lacks.
    """
    missing = []
    for role, ask in _NEEDED.items():
        try:
            with admin.needing(role) as keycloak:
                _ask(keycloak, ask)
        except MissingRole:
            missing.append(role)
    if missing:
        raise MissingRole(admin.lacks(" and ".join(missing)))


def _users(number: int) -> str:
    return "1 user holds" if number == 1 else f"{number} users hold"


def _ask(keycloak: KeycloakAdmin, ask: Callable[[KeycloakAdmin], object]) -> None:
    try:
        ask(keycloak)
    except KeycloakError as error:
        if error.response_code != HTTPStatus.NOT_FOUND:
            raise


def _users_can_write(profile: Json) -> bool:
    """Tell whether users can write the attribute themselves while it is not sealed."""
    if profile.get("unmanagedAttributePolicy") == "ENABLED":
        return True
    permissions = (declaration(profile) or {}).get("permissions") or {}
    return "user" in permissions.get("edit", ())
