"""Who is let in at all: credentials that are missing, malformed or made for something else."""

import socket
import time
import uuid

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from dev.ports import HOST
from tests.integration.forge import header_of, new_key, with_payload
from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.refusals import assert_token_refused, assert_unauthorized
from tests.integration.routes import ROUTES
from tests.integration.sidecars import Sidecar, metadata_path
from tests.integration.tokens import claims_of

NOT_THE_FORM = "is not of the form: Bearer <token>"


def _with_fields(sidecar: Sidecar, user: User, *fields: str) -> httpx.Response:
    return sidecar.http.get(metadata_path(user), headers=[("Authorization", field) for field in fields])


def test_without_a_token_there_is_a_challenge_and_nothing_else(sidecar: Sidecar, someone: User) -> None:
    """No credentials: 401 on all routes, for known and unknown users, a challenge without an error."""
    nobody = sidecar.as_caller("")
    for route in ROUTES:
        for user in (someone.id, "nobody@example.com"):
            answer = route.call(nobody, user)
            assert_problem(answer, "invalid_token")
            assert answer.headers["www-authenticate"] == f'Bearer realm="{sidecar.realm.name}"'
    assert sidecar.read(someone).headers["etag"] == '"0"'


@pytest.mark.parametrize(
    ("field", "detail"),
    [
        ("Bearer", NOT_THE_FORM),
        ("Bearer x", "no signed JWT"),
        ("Bearer a.b.c", "no signed JWT"),
        ("Bearer ..", "no signed JWT"),
        ("Bearer eyJhbGciOiJub25lIn0.e30.", "signed with none"),
        ("Bearer a b", NOT_THE_FORM),
        ("Bearer {token}, Bearer {token}", NOT_THE_FORM),
        ("Bearer\t{token}", NOT_THE_FORM),
        ("Bearer:{token}", NOT_THE_FORM),
        ('Bearer "{token}"', NOT_THE_FORM),
        ("{token}", NOT_THE_FORM),
        ("Basic YWRtaW46YWRtaW4=", NOT_THE_FORM),
        ("Token {token}", NOT_THE_FORM),
        ("DPoP {token}", "DPoP-bound tokens are not accepted"),
        ("dpop", "DPoP-bound tokens are not accepted"),
        ("Bearer {token}.x", "no signed JWT"),
        ("Bearer x{token}", "no signed JWT"),
        ("Bearer " + "a" * 60_001, "longer than Keycloak accepts"),
    ],
)
def test_what_is_no_bearer_token_is_refused(sidecar: Sidecar, someone: User, field: str, detail: str) -> None:
    """Other schemes, other forms and garbage are 401 with the reason."""
    answer = _with_fields(sidecar, someone, field.format(token=sidecar.token))

    assert_unauthorized(sidecar, answer, detail)


@pytest.mark.parametrize("start", ["bearer ", "BEARER ", "BeArEr ", "Bearer  ", "Bearer    "])
def test_the_scheme_is_read_as_http_says(sidecar: Sidecar, someone: User, start: str) -> None:
    """Upper and lower case are one in the scheme's name, and more than one blank may follow it."""
    assert _with_fields(sidecar, someone, start + sidecar.token).status_code == 200


def test_two_authorization_fields_are_none(sidecar: Sidecar, someone: User) -> None:
    """Two fields are refused, though both were good: a proxy and Keycloak might each take another one."""
    good = f"Bearer {sidecar.token}"

    assert_unauthorized(
        sidecar, _with_fields(sidecar, someone, good, good), "more than one Authorization field"
    )
    assert_unauthorized(sidecar, _with_fields(sidecar, someone, good, "Basic eDp5"), "more than one")


def test_a_token_elsewhere_is_no_credential(sidecar: Sidecar, someone: User) -> None:
    """A token in the query, a cookie or a form is not looked for."""
    path = metadata_path(someone)
    for answer in (
        sidecar.http.get(path, params={"access_token": sidecar.token}),
        sidecar.http.get(path, headers={"Cookie": f"KEYCLOAK_IDENTITY={sidecar.token}"}),
        sidecar.http.put(path, data={"access_token": sidecar.token}),
    ):
        assert answer.headers["www-authenticate"] == f'Bearer realm="{sidecar.realm.name}"'


def test_a_token_of_another_realm_is_refused(bare_realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A token of another realm of the same Keycloak is 401, and the detail names both issuers."""
    token = bare_realm.client_token(bare_realm.client())

    assert_token_refused(
        sidecar, token, someone, f"issuer is {bare_realm.url}, expected is {sidecar.realm.url}"
    )


def test_a_token_for_somebody_else_is_refused(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A token whose audience is not ours is 401, and the detail names the audience that is missing."""
    assert_token_refused(sidecar, realm.token(), someone, "audience lacks user-metadata")


def test_an_id_token_and_a_refresh_token_are_no_access_tokens(
    realm: Realm, sidecar: Sidecar, someone: User
) -> None:
    """Of what a login gives, only the access token counts here, though the user may manage metadata."""
    manager = realm.user()
    realm.grant(manager.id, "manage-metadata")
    tokens = realm.login(manager)

    assert sidecar.as_caller(tokens.access_token).read(someone).status_code == 200
    assert_token_refused(sidecar, tokens.id_token, someone, "no access token")
    assert_token_refused(sidecar, tokens.refresh_token, someone, "signed with HS512")


def test_other_claims_under_a_signature_are_refused(sidecar: Sidecar, someone: User) -> None:
    """A genuine token with one claim altered, or the signature of another one, is 401."""
    genuine = sidecar.token
    other = sidecar.realm.token("manage-metadata", "view-metadata")
    altered = with_payload(genuine, {**claims_of(genuine), "sub": str(uuid.uuid4())})
    exchanged = with_payload(genuine, claims_of(other))

    for token in (altered, exchanged, genuine.rpartition(".")[0] + ".", genuine[:-6] + "AAAAAA"):
        assert_token_refused(sidecar, token, someone, "signature is not the realm's")


@pytest.mark.parametrize("member", ["jku", "x5u"])
def test_no_address_in_a_token_is_asked(sidecar: Sidecar, someone: User, member: str) -> None:
    """Keys come from the realm only: nobody connects to where a token's header says that they are."""
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(0)
        url = f"http://{HOST}:{listener.getsockname()[1]}/keys"
        header = {"kid": header_of(sidecar.token)["kid"], member: url}
        token = jwt.encode(claims_of(sidecar.token), new_key(), "RS256", header)

        assert_token_refused(sidecar, token, someone, "signature is not the realm's")

        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_token_bound_to_its_sender_is_refused(realm: Realm, sidecar: Sidecar, someone: User) -> None:
    """A DPoP-bound token sent as a bearer token is 401: it cannot be relayed."""
    client = realm.client(attributes={"dpop.bound.access.tokens": "true"})
    realm.grant(realm.service_account(client), "manage-metadata")
    form = {"grant_type": "client_credentials", **client.login}
    proof = _dpop_proof(f"{realm.url}/protocol/openid-connect/token")

    issued = realm.http.post("token", data=form, headers={"DPoP": proof}).json()

    assert issued["token_type"] == "DPoP"
    assert_token_refused(sidecar, issued["access_token"], someone, "bound to its sender")


def _dpop_proof(address: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    claims = {"htm": "POST", "htu": address, "iat": int(time.time()), "jti": str(uuid.uuid4())}
    return jwt.encode(claims, key, "ES256", {"typ": "dpop+jwt", "jwk": public})
