"""How a client must be set up for its tokens to reach the API: scope, audience, algorithm."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.forge import add_key_provider, header_of
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Client, Realm, User
from tests.integration.refusals import assert_token_refused
from tests.integration.sidecars import Sidecar, running_sidecar

NO_AUDIENCE = (
    "audience lacks user-metadata. It is there when the caller has a role of the client user-metadata"
)
LIGHTWEIGHT = {"client.use.lightweight.access.token.enabled": "true"}
AUDIENCE = {"included.client.audience": "user-metadata"}
ALGORITHM = "access.token.signed.response.alg"
KEY_PROVIDERS = {
    "PS256": ("rsa-generated", {"algorithm": ["PS256"]}),
    "ES256": ("ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-256"]}),
    "ES384": ("ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-384"]}),
    "ES512": ("ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-521"]}),
    "EdDSA": ("eddsa-generated", {"eddsaEllipticCurveKey": ["Ed25519"]}),
}


def manager(realm: Realm, **representation: Any) -> Client:  # noqa: ANN401 - as Realm.client takes it
    """Make a client whose service account holds manage-metadata."""
    client = realm.client(**representation)
    realm.grant(realm.service_account(client), "manage-metadata")
    return client


def add_mapper(realm: Realm, client: Client, mapper: str, **config: str) -> None:
    """Add a protocol mapper to the client, for lightweight tokens as well."""
    switches = {"access.token.claim": "true", "lightweight.claim": "true"}
    model = {"name": mapper, "protocol": "openid-connect", "protocolMapper": mapper}
    realm.admin.add_mapper_to_client(client.id, {**model, "config": {**switches, **config}})


def test_a_client_without_full_scope_needs_the_role_in_its_scope(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """Without full scope the role does not reach the token: 401; with a scope mapping of it: 201."""
    client = manager(realm, fullScopeAllowed=False)
    assert_token_refused(sidecar, realm.client_token(client), someone, NO_AUDIENCE)
    owner = str(realm.admin.get_client_id("user-metadata"))

    role = realm.admin.get_client_role(owner, "manage-metadata")
    realm.admin.assign_client_roles_to_client_scope(client.id, owner, [role])

    assert sidecar.as_caller(realm.client_token(client)).put(someone, "theme", "Dark").status_code == 201


def test_where_the_scope_roles_is_optional_it_must_be_asked_for(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """With roles as an optional scope only a token asked for with scope=roles has the audience."""
    client = manager(realm)
    roles = next(scope["id"] for scope in realm.admin.get_client_scopes() if scope["name"] == "roles")
    realm.admin.delete_client_default_client_scope(client.id, roles)
    realm.admin.add_client_optional_client_scope(client.id, roles, {})

    assert_token_refused(sidecar, realm.client_token(client), someone, NO_AUDIENCE)
    form = {"grant_type": "client_credentials", "scope": "roles", **client.login}
    token = realm.http.post("token", data=form).json()["access_token"]

    assert sidecar.as_caller(token).put(someone, "theme", "Dark").status_code == 201


def test_a_lightweight_token_lacks_the_audience(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A lightweight access token as Keycloak makes it is 401, and the detail names what mends it."""
    client = manager(realm, attributes=LIGHTWEIGHT)

    assert_token_refused(sidecar, realm.client_token(client), someone, "A lightweight token lacks it unless")


def test_a_lightweight_token_with_the_audience_is_enough(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """With an audience mapper for lightweight tokens they serve, without a subject in them and with one."""
    app = realm.client(publicClient=True, directAccessGrantsEnabled=True, attributes=LIGHTWEIGHT)
    person = realm.user()
    realm.grant(person.id, "manage-metadata")
    add_mapper(realm, app, "oidc-audience-mapper", **AUDIENCE)
    without = realm.login(person, app)
    add_mapper(realm, app, "oidc-sub-mapper")
    with_subject = realm.login(person, app)

    assert ("sub" in without.access, "sub" in with_subject.access) == (False, True)
    assert sidecar.as_caller(without.access_token).put(someone, "theme", "Dark").status_code == 201
    assert sidecar.as_caller(with_subject.access_token).put(someone, "theme", "Light").status_code == 200


def test_a_lightweight_token_of_a_service_is_mended_alike(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """The same audience mapper serves a client that calls on its own behalf."""
    client = manager(realm, attributes=LIGHTWEIGHT)
    add_mapper(realm, client, "oidc-audience-mapper", **AUDIENCE)

    assert sidecar.as_caller(realm.client_token(client)).put(someone, "theme", "Dark").status_code == 201


def test_an_audience_alone_gives_no_right(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A token meant for us, of a caller without any role, is let in and may do nothing: 403."""
    client = realm.client()
    add_mapper(realm, client, "oidc-audience-mapper", **AUDIENCE)
    caller = sidecar.as_caller(realm.client_token(client))

    assert [caller.read(someone).status_code, caller.put(someone, "a", 1).status_code] == [403, 403]


@pytest.fixture(scope="module")
def polyglot(keycloak: Keycloak) -> Iterator[Sidecar]:
    """The sidecar of a realm that has a key for every algorithm."""
    realm = Realm(keycloak)
    realm.prepare()
    for provider, config in KEY_PROVIDERS.values():
        add_key_provider(realm, provider, config)
    with running_sidecar(realm) as sidecar:
        yield sidecar
    realm.delete()


@pytest.mark.parametrize("algorithm", ["RS256", *KEY_PROVIDERS])
def test_every_asymmetric_signature_is_accepted(polyglot: Sidecar, algorithm: str) -> None:
    """A client may choose any asymmetric algorithm for its tokens."""
    user = polyglot.realm.user(credentials=[])
    token = polyglot.realm.client_token(manager(polyglot.realm, attributes={ALGORITHM: algorithm}))

    assert header_of(token)["alg"] == algorithm
    assert polyglot.as_caller(token).put(user, "theme", algorithm).status_code == 201


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_a_shared_secret_is_no_signature(polyglot: Sidecar, algorithm: str) -> None:
    """A token that Keycloak signed with a shared secret is 401, and the detail names the algorithm."""
    user = polyglot.realm.user(credentials=[])
    token = polyglot.realm.client_token(manager(polyglot.realm, attributes={ALGORITHM: algorithm}))

    assert header_of(token)["alg"] == algorithm
    assert_token_refused(polyglot, token, user, f"signed with {algorithm}; accepted are RS256")


def test_a_realm_without_an_rsa_key_is_a_realm(
    fresh_realm: Realm, sidecar_of: Callable[..., Sidecar]
) -> None:
    """Where the realm signs with an elliptic curve only, everything works."""
    add_key_provider(fresh_realm, "ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-256"]})
    fresh_realm.admin.update_realm(fresh_realm.name, {"defaultSignatureAlgorithm": "ES256"})
    for provider in fresh_realm.admin.get_components({"type": "org.keycloak.keys.KeyProvider"}):
        if provider["providerId"].startswith("rsa"):
            fresh_realm.admin.delete_component(provider["id"])
    sidecar, user = sidecar_of(fresh_realm), fresh_realm.user(credentials=[])

    assert header_of(sidecar.token)["alg"] == "ES256"
    assert sidecar.put(user, "theme", "Dark").status_code == 201
