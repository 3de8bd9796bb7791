"""Tokens: every check, by keys made here and published on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from keycloak_user_metadata.access import TokenVerifier
from keycloak_user_metadata.connection import Connection
from keycloak_user_metadata.errors import (
    InvalidToken,
    IssuerMismatch,
    KeycloakUnavailable,
    NoKeycloakHere,
    RealmNotFound,
)
from keycloak_user_metadata.keyset import RealmKeys
from keycloak_user_metadata.settings import Settings
from tests.unit.loopback import Stub

_RSA = rsa.generate_private_key(65537, 2048)
_KEYS: dict[str, Any] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), _RSA),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
_SIGNERS = {**_KEYS, "HS256": "x" * 32, "stranger": rsa.generate_private_key(65537, 2048)}
_ISSUER = "https://id.example.com/realms/demo"
_FAR = 4_102_444_800  # the year 2100: the tables below are made long before their last test runs
_DISCOVERY = "/realms/demo/.well-known/openid-configuration"
_CERTS = "/realms/demo/protocol/openid-connect/certs"


def public(algorithm: str, key_id: str | None = None) -> dict[str, Any]:
    """Publish a key as Keycloak does."""
    key = jwt.get_algorithm_by_name(algorithm).to_jwk(_KEYS[algorithm].public_key(), as_dict=True)
    return {**key, "kid": key_id or algorithm, "alg": algorithm, "use": "sig", "key_ops": ["verify"]}


def token(algorithm: str = "RS256", kid: str | None = None, by: str | None = None, **claims: object) -> str:
    """Sign a token that would pass, but for what is given; a claim that is None is left out."""
    claims = {
        "iss": _ISSUER,
        "aud": ["account", "user-metadata"],
        "exp": _FAR,
        "typ": "Bearer",
        **claims,
    }
    present = {name: claim for name, claim in claims.items() if claim is not None}
    return jwt.encode(
        present, _SIGNERS[by or algorithm], algorithm=algorithm, headers={"kid": kid or algorithm}
    )


@asynccontextmanager
async def verifying(stub: Stub, **given: object) -> AsyncIterator[TokenVerifier]:
    """Build a verifier whose realm is the stub."""
    stub.answers.setdefault(_DISCOVERY, {"issuer": _ISSUER})
    encrypts = {**public("RS256", "enc"), "use": "enc", "alg": "RSA-OAEP"}
    unknown = {"kid": "new", "kty": "NEW", "alg": "NEW512", "use": "sig"}
    stub.answers.setdefault(_CERTS, {"keys": [encrypts, unknown, *(public(name) for name in _KEYS)]})
    settings = Settings(keycloak_url=stub.url, realm="demo", **{"issuer": _ISSUER, **given})  # type: ignore[arg-type]
    async with Connection.open(settings) as connection:
        yield TokenVerifier(RealmKeys(connection, settings), settings)


def run(test: Callable[[Stub, TokenVerifier], Awaitable[None]], **given: object) -> None:
    """Run a test while the stub is up."""

    async def main() -> None:
        stub = Stub()
        async with stub.up(), verifying(stub, **given) as verifier:
            await test(stub, verifier)

    asyncio.run(main())


async def refusal(verifier: TokenVerifier, *fields: str) -> InvalidToken:
    """Present Authorization fields that are refused; checks what every refusal has in common."""
    with pytest.raises(InvalidToken) as refused:
        await verifier.verify(list(fields))
    error = refused.value
    challenge = error.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="demo"')
    assert challenge.isascii()
    for field in fields:
        assert not any(len(part) > 20 and part in str(error) for part in field.split())
    return error


@pytest.mark.parametrize("algorithm", list(_KEYS))
def test_every_asymmetric_algorithm_is_accepted(algorithm: str) -> None:
    """A token signed by any algorithm of the list passes, with the key of that algorithm."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        text = token(algorithm)
        verified = await verifier.verify([f"Bearer {text}"])
        assert verified.text == text
        assert text not in repr(verified)

    run(test)


@pytest.mark.parametrize("field", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {}", "  Bearer    {} "])
def test_the_scheme_is_read_as_http_says(field: str) -> None:
    """Neither its case nor the number of blanks matters."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        await verifier.verify([field.format(token())])

    run(test)


def test_a_single_audience_is_enough_and_a_subject_is_not_needed() -> None:
    """A lightweight token has no subject, and an audience may stand alone."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        await verifier.verify([f"Bearer {token(aud='user-metadata', sub=None)}"])

    run(test)


_NOW = int(time.time())
_REFUSED = {
    "garbage": ("Bearer abc", "no signed JWT"),
    "three parts of garbage": ("Bearer a.b.c", "no signed JWT"),
    "deep garbage": ("Bearer " + "W1tb" * 10_000 + ".W10.x", "no signed JWT"),
    "five parts, encrypted": ("Bearer a.b.c.d.e", "no signed JWT"),
    "other characters": ("Bearer <token>", "not of the form"),
    "no token": ("Bearer", "not of the form"),
    "two tokens": ("Bearer a.b.c d", "not of the form"),
    "basic": ("Basic YTpi", "not of the form"),
    "empty": ("", "not of the form"),
    "DPoP": ("DPoP abc", "DPoP"),
    "endless": ("Bearer " + "a" * 70_000, "longer"),
    "no algorithm": ("Bearer " + jwt.encode({"iss": _ISSUER}, "", algorithm="none"), "signed with none"),
    "symmetric": (f"Bearer {token('HS256', kid='RS256')}", "signed with HS256"),
    "other realm": (f"Bearer {token(iss='https://id.example.com/realms/x')}", "realms/x, expected is"),
    "closing slash": (f"Bearer {token(iss=_ISSUER + '/')}", "expected is"),
    "no issuer": (f"Bearer {token(iss=None)}", "expected is"),
    "no key named": (
        f"Bearer {jwt.encode({'iss': _ISSUER}, _RSA, 'RS256')}",
        "does not name the key",
    ),
    "unknown key": (f"Bearer {token(kid='x')}", "a key that the realm does not have"),
    "key that encrypts": (f"Bearer {token(kid='enc')}", "a key that the realm does not have"),
    "forged": (f"Bearer {token(by='stranger')}", "signature"),
    "key of another algorithm": (f"Bearer {token('PS256', kid='RS256')}", "algorithm is not"),
    "expired": (f"Bearer {token(exp=_NOW - 11)}", "expired"),
    "never expiring": (f"Bearer {token(exp=None)}", "lacks the claim exp"),
    "not yet valid": (f"Bearer {token(nbf=_FAR)}", "not valid yet"),
    "other audience": (f"Bearer {token(aud='account')}", "lightweight"),
    "no audience": (f"Bearer {token(aud=None)}", "lightweight"),
    "ID token": (f"Bearer {token(typ='ID')}", "no access token"),
    "no type": (f"Bearer {token(typ=None)}", "no access token"),
    "bound by DPoP": (f"Bearer {token(cnf={'jkt': 'x'})}", "bound to its sender"),
    "bound by a certificate": (f"Bearer {token(cnf={'x5t#S256': 'x'}, typ='Bearer')}", "bound to its sender"),
    "bound to nothing": (f"Bearer {token(cnf={})}", "bound to its sender"),
}


@pytest.mark.parametrize("case", list(_REFUSED))
def test_whatever_fails_a_check_is_refused_with_the_reason(case: str) -> None:
    """The detail and the challenge say what would mend it, and never show the token."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        field, reason = _REFUSED[case]
        error = await refusal(verifier, field)
        assert reason in error.detail
        assert 'error="invalid_token", error_description="' in error.headers["WWW-Authenticate"]

    run(test)


def test_a_request_without_credentials_is_only_asked_for_them() -> None:
    """RFC 6750: no error code where nothing was sent."""

    async def test(stub: Stub, verifier: TokenVerifier) -> None:
        error = await refusal(verifier)
        assert error.headers["WWW-Authenticate"] == 'Bearer realm="demo"'
        assert stub.asked == []

    run(test)


def test_two_authorization_fields_are_refused() -> None:
    """Nobody chooses between two tokens."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        await refusal(verifier, f"Bearer {token()}", f"Bearer {token()}")

    run(test)


def test_claims_of_a_stranger_cannot_break_the_challenge() -> None:
    """An issuer with quotes or line ends stays within the quotes of the header field, or out of it."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        text = token(iss='x", error="')
        error = await refusal(verifier, f"Bearer {text}")
        assert error.headers["WWW-Authenticate"].count('"') == 6
        for issuer in ("a\r\nSet-Cookie: b", "\ud800", "x" * 5000):
            error = await refusal(verifier, f"Bearer {token(iss=issuer)}")
            assert "\n" not in error.detail
            assert len(error.detail) < 500

    run(test)


def test_a_clock_that_differs_a_little_refuses_nobody() -> None:
    """Ten seconds are let pass: Keycloak itself decides whether the token has expired."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        now = int(time.time())
        await verifier.verify([f"Bearer {token(exp=now - 5)}"])
        await verifier.verify([f"Bearer {token(nbf=now + 5, iat=now + 300)}"])

    run(test)


def test_a_remembered_token_still_expires() -> None:
    """A token that was verified is refused once its time is over."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        exp = int(time.time()) - 5
        field = f"Bearer {token(exp=exp)}"
        await verifier.verify([field])
        await asyncio.sleep(exp + 10.2 - time.time())
        assert "expired" in (await refusal(verifier, field)).detail

    run(test)


def test_a_token_is_verified_once() -> None:
    """The second request with it finds it remembered."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        field = f"Bearer {token()}"
        first, second = await verifier.verify([field]), await verifier.verify([field])
        assert first.facts is second.facts

    run(test)


def test_a_token_is_remembered_once_however_its_field_is_written() -> None:
    """Blanks and capitals are the caller's to choose, and would fill the memory with one token."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        text = token()
        first, second = await verifier.verify([f"Bearer {text}"]), await verifier.verify([f"bEARER   {text}"])
        assert first.facts is second.facts

    run(test)


def test_no_token_is_kept() -> None:
    """What is remembered of a token is not the token: memory that leaks opens nothing."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        text = token()
        first = await verifier.verify([f"Bearer {text}"])
        assert (await verifier.verify([f"Bearer {text}"])).facts is first.facts
        assert text not in repr(vars(verifier))

    run(test)


def test_no_more_tokens_are_remembered_than_allowed() -> None:
    """The oldest one is verified anew."""

    async def test(_: Stub, verifier: TokenVerifier) -> None:
        fields = [f"Bearer {token(jti=str(number))}" for number in range(3)]
        first = await verifier.verify([fields[0]])
        for field in fields:
            await verifier.verify([field])
        assert (await verifier.verify([fields[0]])).facts is not first.facts

    run(test, token_cache_size=2)


def test_a_rotated_key_works_at_once_and_a_removed_one_no_more() -> None:
    """The first token of a new key makes the set be fetched; what is not in it then is not trusted."""

    async def test(stub: Stub, verifier: TokenVerifier) -> None:
        old, new = f"Bearer {token()}", f"Bearer {token(kid='new')}"
        await verifier.verify([old])
        stub.answers[_CERTS] = {"keys": [public("RS256", "new")]}
        await verifier.verify([old])
        await verifier.verify([new])
        assert "a key that the realm does not have" in (await refusal(verifier, old)).detail
        await verifier.verify([new])

    run(test)


def test_invented_key_ids_cost_a_few_fetches() -> None:
    """Three hundred of them at once, and then one by one, are refused without as many questions."""

    async def test(stub: Stub, verifier: TokenVerifier) -> None:
        fields = [f"Bearer {token(kid=f'x{number}')}" for number in range(300)]
        for refused in await asyncio.gather(
            *(verifier.verify([field]) for field in fields), return_exceptions=True
        ):
            assert isinstance(refused, InvalidToken)
        for field in fields:
            await refusal(verifier, field)
        await verifier.verify([f"Bearer {token()}"])
        assert stub.asked.count(_CERTS) <= 6

    run(test)


def test_requests_that_arrive_together_fetch_the_keys_once() -> None:
    """A cold start under load asks for the keys once."""

    async def test(stub: Stub, verifier: TokenVerifier) -> None:
        stub.delay = 0.05
        await asyncio.gather(*(verifier.verify([f"Bearer {token(jti=str(number))}"]) for number in range(50)))
        assert stub.asked.count(_CERTS) == 1

    run(test)


def test_without_keycloak_known_keys_go_on_and_unknown_ones_are_no_fault_of_the_caller() -> None:
    """While Keycloak is away the last good set holds; a new key is a 503, and works as soon as it is back."""

    async def main() -> None:
        stub = Stub()
        async with stub.up() as port:
            pass
        async with verifying(stub) as verifier:
            new = f"Bearer {token(kid='new')}"
            with pytest.raises(KeycloakUnavailable):
                await verifier.verify([f"Bearer {token()}"])
            async with stub.up(port):
                await verifier.verify([f"Bearer {token()}"])
                stub.answers[_CERTS] = {"keys": [public("RS256"), public("RS256", "new")]}
            for _ in range(20):
                with pytest.raises(KeycloakUnavailable) as away:
                    await verifier.verify([new])
                assert away.value.headers["Retry-After"]
            await verifier.verify([f"Bearer {token(jti='another')}"])
            async with stub.up(port):
                await verifier.verify([new])

    asyncio.run(main())


def test_a_wrong_setting_is_not_held_against_the_token() -> None:
    """Where the realm's issuer is another than configured, no key is trusted and both are named."""

    async def test(stub: Stub, verifier: TokenVerifier) -> None:
        for issuer in (_ISSUER, "https://wrong.example.com/realms/demo"):
            with pytest.raises(IssuerMismatch) as mismatch:
                await verifier.verify([f"Bearer {token(iss=issuer)}"])
            assert _ISSUER in mismatch.value.detail
            assert "https://wrong.example.com/realms/demo" in mismatch.value.detail
            assert "USER_METADATA_ISSUER" in mismatch.value.detail
        assert _CERTS not in stub.asked

    run(test, issuer="https://wrong.example.com/realms/demo")


@pytest.mark.parametrize(
    ("answer", "error"), [({}, RealmNotFound), ({"hello": "world"}, NoKeycloakHere)], ids=["realm", "address"]
)
def test_what_is_wrong_at_the_other_end_is_told_apart(answer: object, error: type[Exception]) -> None:
    """No such realm is another mistake than no Keycloak."""

    async def test(stub: Stub, verifier: TokenVerifier) -> None:
        stub.answers[_DISCOVERY] = answer
        with pytest.raises(error):
            await verifier.verify([f"Bearer {token()}"])

    run(test)
