"""A partial import that overwrites users replaces them: their metadata is what the file says, or gone."""

from typing import Any

from keycloak_user_metadata.realm import ATTRIBUTE
from tests.integration.profiles import FORGED, Standing, standing
from tests.integration.realms import PASSWORD, Realm, User
from tests.integration.rows import stored
from tests.integration.sidecars import Sidecar


def overwrite(realm: Realm, user: User, **representation: object) -> User:
    """Import a user over the one of this name; give who is there now."""
    person = {
        "username": user.username,
        "email": user.email,
        "emailVerified": True,
        "firstName": "Jane",
        "lastName": "Doe",
        "enabled": True,
        "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        **representation,
    }
    file: dict[str, Any] = {"ifResourceExists": "OVERWRITE", "users": [person]}
    (result,) = realm.admin.partial_import_realm(realm.name, file)["results"]
    assert result["action"] == "OVERWRITTEN"
    return User(result["id"], user.username, user.email)


def test_an_overwriting_import_erases_the_metadata(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """The file does not name it, so the user, who has another id now, begins with nothing."""
    sidecar.put(jane, "theme", "Dark", profile_claim=True)
    before = standing(sidecar, jane)

    imported = overwrite(realm, jane)

    assert before.claims == {"metadata_theme": "Dark"}
    assert imported.id != jane.id
    assert standing(sidecar, imported) == Standing('"0"', {"metadata": []}, {})
    assert stored(realm, imported) == [[]]


def test_an_import_may_bring_a_document(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Who manages the realm may do anything to it: a document in the file is the user's from then on."""
    sidecar.put(jane, "theme", "Dark", profile_claim=True)

    imported = overwrite(realm, jane, attributes={ATTRIBUTE: [FORGED]})

    entry = {"key": "role", "value": "admin", "profileClaim": True}
    assert standing(sidecar, imported) == Standing('"99"', {"metadata": [entry]}, {"metadata_role": "admin"})


def test_only_who_manages_the_realm_may_import(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Managing users is not enough."""
    sidecar.put(jane, "theme", "Dark", profile_claim=True)
    before = standing(sidecar, jane)
    client = realm.client()
    realm.grant(realm.service_account(client), "manage-users", of="realm-management")

    answer = realm.http.post(
        f"{realm.keycloak.url}/admin/realms/{realm.name}/partialImport",
        json={"ifResourceExists": "OVERWRITE", "users": [{"username": jane.username, "enabled": True}]},
        headers={"Authorization": f"Bearer {realm.client_token(client)}"},
    )

    assert answer.status_code == 403
    assert standing(sidecar, jane) == before
