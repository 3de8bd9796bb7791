"""Claims in the less usual kinds: light, signed, offline, of service accounts, beside other mappers."""

import base64

import pytest

from keycloak_user_metadata.realm import MAPPER_TYPE
from tests.integration.browsers import new_browser
from tests.integration.places import PLACES, in_every_place, metadata_everywhere
from tests.integration.realms import Client, Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import claims_of, metadata_in

SWITCHES = ("access.token.claim", "id.token.claim", "userinfo.token.claim", "introspection.token.claim")
LIGHT = "client.use.lightweight.access.token.enabled"
SAML_URL = "https://saml.example.test/acs"
VALUE = {"nested": {"list": [1, 1.0, True, None, "1"]}, "big": 12345678901234567890}
CLAIM = {"metadata_theme": VALUE}


def client_with_mapper(realm: Realm, switches: dict[str, str], *, light: bool = False) -> Client:
    """Register an application that has the mapper itself, in place of the scope."""
    mapper = {
        "name": "metadata",
        "protocol": "openid-connect",
        "protocolMapper": MAPPER_TYPE,
        "config": switches,
    }
    return realm.client(
        publicClient=True,
        directAccessGrantsEnabled=True,
        defaultClientScopes=["basic", "profile", "email", "roles"],
        protocolMappers=[mapper],
        attributes={LIGHT: str(light).lower()},
    )


def login_client(realm: Realm, **attributes: str) -> Client:
    """Register an application with such attributes, as a prepared realm makes it."""
    return realm.client(publicClient=True, directAccessGrantsEnabled=True, attributes=attributes)


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_of_the_mapper_is_for_its_place_alone(
    realm: Realm, sidecar: Sidecar, jane: User, switch: str
) -> None:
    """With one switch on, the claims are in that place and in no other."""
    sidecar.put(jane, "theme", VALUE, profile_claim=True)
    others = dict.fromkeys(SWITCHES, "false")
    client = client_with_mapper(realm, {**others, switch: "true"})

    everywhere = metadata_everywhere(realm, realm.login(jane, client))

    expected = [CLAIM if each == switch else {} for each in SWITCHES]
    assert everywhere == dict(zip(PLACES, expected, strict=True))


@pytest.mark.parametrize("shown", [False, True])
def test_a_lightweight_access_token_carries_the_claims_where_the_mapper_says_so(
    realm: Realm, sidecar: Sidecar, jane: User, *, shown: bool
) -> None:
    """With its switch off it lacks them; the ID token and introspection have them either way."""
    sidecar.put(jane, "theme", VALUE, profile_claim=True)
    switches = {**dict.fromkeys(SWITCHES, "true"), "lightweight.claim": str(shown).lower()}

    tokens = realm.login(jane, client_with_mapper(realm, switches, light=True))

    assert metadata_in(tokens.access) == (CLAIM if shown else {})
    assert metadata_in(tokens.identity) == CLAIM
    assert metadata_in(realm.introspect(tokens.access_token)) == CLAIM


def test_setup_leaves_the_claims_out_of_lightweight_access_tokens(
    realm: Realm, sidecar: Sidecar, jane: User
) -> None:
    """In a prepared realm they are not in a lightweight access token, but beside it and in introspection."""
    sidecar.put(jane, "theme", VALUE, profile_claim=True)

    tokens = realm.login(jane, login_client(realm, **{LIGHT: "true"}))

    assert metadata_in(tokens.access) == {}
    assert metadata_in(tokens.identity) == CLAIM
    assert metadata_in(realm.introspect(tokens.access_token)) == CLAIM


def test_introspection_as_jwt_carries_the_claims(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Asked for a JWT, introspection signs the claims with their JSON types."""
    sidecar.put(jane, "theme", VALUE, profile_claim=True)
    tokens = realm.login(jane)

    answer = realm.http.post(
        "token/introspect",
        data={"token": tokens.access_token, **realm.introspector.login},
        headers={"Accept": "application/jwt"},
    )

    assert metadata_in(claims_of(answer.json()["jwt"])) == CLAIM
    assert repr(claims_of(answer.json()["jwt"])["metadata_theme"]) == repr(VALUE)


def test_signed_userinfo_carries_the_claims(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Userinfo as a JWT holds them with their JSON types."""
    sidecar.put(jane, "theme", VALUE, profile_claim=True)
    tokens = realm.login(jane, login_client(realm, **{"user.info.response.signature.alg": "RS256"}))

    answer = realm.http.get("userinfo", headers={"Authorization": f"Bearer {tokens.access_token}"})

    assert answer.headers["Content-Type"].startswith("application/jwt")
    assert repr(metadata_in(claims_of(answer.text))) == repr(CLAIM)


def test_an_offline_token_brings_what_is_stored_now(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """It outlives the online session, and its access tokens are good here until it is revoked."""
    realm.grant(jane.id, "view-metadata")
    sidecar.put(jane, "theme", "Light", profile_claim=True)
    offline = realm.login(jane, scopes=("openid", "offline_access"))
    online = {"refresh_token": realm.login(jane).refresh_token, **realm.app.login}
    assert realm.http.post("logout", data=online).status_code == 204
    assert realm.admin.get_sessions(jane.id) == []
    sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)

    refreshed = realm.refresh(offline)
    as_jane = sidecar.as_caller(refreshed.access_token)

    assert metadata_everywhere(realm, refreshed) == in_every_place({"metadata_theme": "Dark Mode"})
    assert as_jane.read(jane).status_code == 200
    realm.admin.revoke_consent(jane.id, realm.app.client_id)
    assert as_jane.read(jane).status_code == 401


def test_a_service_account_has_metadata_too(realm: Realm, sidecar: Sidecar) -> None:
    """Named by its username, it gets entries, and its client's own tokens carry them."""
    nightly = realm.client()

    answer = sidecar.put(f"service-account-{nightly.client_id}", "tenant", "t-7", profile_claim=True)

    assert answer.status_code == 201
    assert metadata_in(claims_of(realm.client_token(nightly))) == {"metadata_tenant": "t-7"}


def test_an_old_mapper_of_the_same_claim_never_wins(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """Where a stock mapper writes a claim of ours, there is one claim, and always the stored entry."""
    sidecar.put(jane, "theme", "new", profile_claim=True)
    old = {
        "name": "old theme",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-hardcoded-claim-mapper",
        "config": {
            "claim.name": "metadata_theme",
            "claim.value": "old",
            "jsonType.label": "String",
            **dict.fromkeys(SWITCHES, "true"),
        },
    }
    clients = [
        realm.client(publicClient=True, directAccessGrantsEnabled=True, protocolMappers=[old])
        for _ in range(10)
    ]

    winners = [metadata_everywhere(realm, realm.login(jane, client)) for client in clients]

    assert winners == [in_every_place({"metadata_theme": "new"})] * len(clients)


def test_a_saml_login_is_as_it_was(realm: Realm, sidecar: Sidecar, jane: User) -> None:
    """A SAML application of a prepared realm gets its assertion, without metadata; Keycloak logs no error."""
    logged = len(realm.keycloak.log_text())
    sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
    service = {"saml_idp_initiated_sso_url_name": "saml-app", "saml_assertion_consumer_url_post": SAML_URL}
    realm.client("saml-app", protocol="saml", redirectUris=[SAML_URL], attributes=service)

    with new_browser(SAML_URL) as browser:
        page = browser.open(f"{realm.url}/protocol/saml/clients/saml-app")
        answer = base64.b64decode(browser.log_in(page, jane).form_fields["SAMLResponse"]).decode()

    assert "status:Success" in answer
    assert jane.username in answer
    assert "metadata" not in answer
    assert "Dark Mode" not in answer
    assert [line for line in realm.keycloak.log_text()[logged:].splitlines() if " ERROR " in line] == []
