"""Tokens that Keycloak would not issue: each check of the sidecar and of Keycloak, one at a time."""

import base64
import json
import time
from collections.abc import Callable, Iterator

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.integration.forge import Forge, new_key
from tests.integration.keycloaks import Keycloak
from tests.integration.realms import Realm, User
from tests.integration.refusals import assert_token_refused, assert_unauthorized
from tests.integration.sidecars import Sidecar, running_sidecar

SIGNATURE = "signature is not the realm's"
NOT_AS_ISSUED = "not as Keycloak issues them"


@pytest.fixture(scope="module")
def forge(keycloak: Keycloak) -> Iterator[Forge]:
    """A realm that signs with a key known here."""
    realm = Realm(keycloak)
    realm.prepare()
    yield Forge(realm)
    realm.delete()


@pytest.fixture(scope="module")
def strict(forge: Forge) -> Iterator[Sidecar]:
    """The sidecar of that realm."""
    with running_sidecar(forge.realm) as sidecar:
        yield sidecar


@pytest.fixture(scope="module")
def victim(forge: Forge) -> User:
    """A user of that realm, of whom nothing is stored."""
    return forge.realm.user(credentials=[])


def test_what_is_forged_well_passes(forge: Forge, strict: Sidecar, victim: User) -> None:
    """Signed again without a change, a token is as good as before: so the refusals below mean something."""
    assert strict.as_caller(forge.token()).read(victim).status_code == 200
    assert strict.as_caller(forge.token(aud=["x", "user-metadata"])).read(victim).status_code == 200
    assert strict.as_caller(forge.token(aud="user-metadata")).read(victim).status_code == 200


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"exp": 1}, "has expired"),
        ({"exp": None}, "lacks the claim exp"),
        ({"exp": "soon"}, NOT_AS_ISSUED),
        ({"nbf": 4_000_000_000}, "not valid yet"),
        ({"iss": None}, "issuer is none that can be read"),
        ({"iss": ["{issuer}"]}, "issuer is none that can be read"),
        ({"iss": "{issuer}/"}, "issuer is"),
        ({"iss": "https://id.example.com/realms/demo"}, "issuer is https://id.example.com/realms/demo"),
        ({"iss": 'http://x\r\nX-Evil: "1"'}, "issuer is none that can be read"),
        ({"aud": None}, "audience lacks user-metadata"),
        ({"aud": []}, "audience lacks user-metadata"),
        ({"aud": ["account"]}, "audience lacks user-metadata"),
        ({"aud": "user-metadata-2"}, "audience lacks user-metadata"),
        ({"aud": ["User-Metadata"]}, "audience lacks user-metadata"),
        ({"aud": {"user-metadata": True}}, "audience lacks user-metadata"),
        ({"typ": None}, "no access token"),
        ({"typ": "ID"}, "no access token"),
        ({"typ": "Refresh"}, "no access token"),
        ({"typ": "DPoP"}, "no access token"),
        ({"cnf": {"jkt": "x"}}, "bound to its sender"),
        ({"cnf": {"x5t#S256": "x"}}, "bound to its sender"),
    ],
)
def test_every_claim_is_checked(
    forge: Forge, strict: Sidecar, victim: User, changed: dict[str, object], detail: str
) -> None:
    """Signed by the realm, but expired, early, issued elsewhere, for others or of another type: 401."""
    claims = json.loads(json.dumps(changed).replace("{issuer}", forge.realm.url))

    assert_token_refused(strict, forge.token(**claims), victim, detail)


def test_keycloak_has_the_last_word_on_the_time(forge: Forge, strict: Sidecar, victim: User) -> None:
    """A token that expired a moment ago is 401 as well: the sidecar allows for clocks, Keycloak does not."""
    assert_token_refused(strict, forge.token(exp=int(time.time()) - 5), victim, "Keycloak refuses the token")


def test_keycloak_has_the_last_word_on_the_caller(forge: Forge, strict: Sidecar, victim: User) -> None:
    """A token of a session that never was, or for a client that is not there, is 401 by Keycloak."""
    assert_token_refused(strict, forge.token(azp="no-such-client"), victim, "Keycloak refuses the token")
    assert_token_refused(strict, forge.token(sid="no-such-session"), victim, "Keycloak refuses the token")


def test_an_unsigned_token_is_refused(forge: Forge, strict: Sidecar, victim: User) -> None:
    """The algorithm none, in any spelling, with or without a signature, is 401."""
    for algorithm in ("none", "None", "NONE", "nOnE"):
        assert_token_refused(strict, forge.unsigned_token(algorithm), victim, f"signed with {algorithm}")
        assert_token_refused(
            strict, forge.unsigned_token(algorithm, b"x"), victim, f"signed with {algorithm}"
        )
    assert_token_refused(strict, forge.unsigned_token("RS256"), victim, SIGNATURE)


def test_the_public_key_is_no_secret(forge: Forge, strict: Sidecar, victim: User) -> None:
    """HS256 with the realm's public key as its secret, in any of its forms, is 401."""
    public = forge.key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pkcs1 = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    published = forge.realm.http.get(forge.realm.url).json()["public_key"].encode()

    assert base64.b64decode(published) == der
    for secret in (pem, pem.strip(), pkcs1, der, published, b"", forge.key_id.encode()):
        assert_token_refused(strict, forge.hmac_token(secret), victim, "signed with HS256")


@pytest.mark.parametrize(
    "key_id",
    ["../../../../../../dev/null", "/dev/null", "file:///dev/null", "' or '1'='1", "", "x\x00y", "*"],
)
def test_a_key_id_names_one_of_the_realms_keys_or_none(
    forge: Forge, strict: Sidecar, victim: User, key_id: str
) -> None:
    """An invented key id is looked up among the realm's keys and nowhere else."""
    assert_token_refused(strict, forge.token({"kid": key_id}), victim, "a key that the realm does not have")


def test_a_key_id_that_is_missing_or_no_text_is_refused(forge: Forge, strict: Sidecar, victim: User) -> None:
    """Without the id of a key there is nothing to try: no key is guessed."""
    headers: list[tuple[dict[str, object], str]] = [
        ({"kid": 7}, "no signed JWT"),
        ({"kid": ["x"]}, "no signed JWT"),
        ({"kid": None}, "no signed JWT"),
        ({}, "does not name the key"),
    ]
    for header, detail in headers:
        assert_unauthorized(strict, strict.as_caller(_raw(forge, header)).read(victim), detail)


def _raw(forge: Forge, header: dict[str, object]) -> str:
    """Sign with a header that no library would write."""
    parts = ({"alg": "RS256", "typ": "JWT", **header}, forge.claims())
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + ".AA"
    )


@pytest.mark.parametrize("key_id", ["the realm's", "one's own"])
def test_no_key_in_a_token_is_believed(forge: Forge, strict: Sidecar, victim: User, key_id: str) -> None:
    """A stranger's key, under the realm's key id or brought along in the header, is 401."""
    stranger = new_key()
    public = jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public_key(), as_dict=True)
    own = key_id == "one's own"
    header = {"kid": "mine" if own else forge.key_id, "jwk": {**public, "kid": "mine"}, "x5c": ["MIIB"]}

    token = forge.token(header, stranger)

    assert_token_refused(strict, token, victim, "a key that the realm does not have" if own else SIGNATURE)
    assert_token_refused(strict, forge.token(key=stranger), victim, SIGNATURE)


@pytest.mark.parametrize("header", [{"crit": ["x"], "x": 1}, {"crit": ["b64"], "b64": False}])
def test_what_a_token_calls_critical_is_not_passed_over(
    forge: Forge, strict: Sidecar, victim: User, header: dict[str, object]
) -> None:
    """An extension that must be understood and is not makes the token invalid (RFC 7515)."""
    assert_unauthorized(strict, strict.as_caller(forge.token(header)).read(victim), "The token is")


def test_a_key_that_the_realm_no_longer_has_ends_its_tokens(
    fresh_realm: Realm, sidecar_of: Callable[..., Sidecar]
) -> None:
    """A good token is 401 once its key is taken from the realm, and one of the next key is good at once."""
    forge, sidecar = Forge(fresh_realm), sidecar_of(fresh_realm)
    user, token = fresh_realm.user(credentials=[]), forge.genuine
    assert sidecar.as_caller(token).read(user).status_code == 200
    provider = fresh_realm.admin.get_components({"name": "rsa"})[0]

    fresh_realm.admin.delete_component(provider["id"])

    assert_unauthorized(sidecar, sidecar.as_caller(token).read(user), "")
    assert sidecar.as_caller(fresh_realm.token("manage-metadata")).read(user).status_code == 200
