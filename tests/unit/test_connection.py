"""The wire to Keycloak: what can go wrong on the network, and what is said of it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from keycloak_user_metadata.connection import Connection
from keycloak_user_metadata.discovery import require_realm
from keycloak_user_metadata.errors import (
    BadGateway,
    GatewayTimeout,
    KeycloakUnavailable,
    MetadataError,
    NoKeycloakHere,
    TlsFailed,
)
from keycloak_user_metadata.settings import Settings
from tests.unit.loopback import Stub

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def call(port: int, method: str = "GET", scheme: str = "http", **given: object) -> MetadataError:
    """Call what listens on the port and return the failure."""
    settings = Settings(keycloak_url=f"{scheme}://127.0.0.1:{port}", realm="demo", **given)  # type: ignore[arg-type]

    async def main() -> None:
        async with Connection.open(settings) as connection:
            body = b"{}" if method == "POST" else None
            await connection.call(method, settings.keycloak_url, body=body)  # type: ignore[arg-type]

    with pytest.raises(MetadataError) as failure:
        asyncio.run(asyncio.wait_for(main(), 5))
    return failure.value


async def listening(peer: Peer) -> asyncio.Server:
    """Listen with a peer that may do anything to a connection."""
    return await asyncio.start_server(peer, "127.0.0.1", 0)


def call_peer(peer: Peer, method: str = "GET", calls: int = 1, **given: object) -> list[object]:
    """Call a peer so many times, one after the other; returns the answers or failures."""

    async def main() -> list[object]:
        server = await listening(peer)
        port = server.sockets[0].getsockname()[1]
        settings = Settings(keycloak_url=f"http://127.0.0.1:{port}", realm="demo", **given)  # type: ignore[arg-type]
        outcomes: list[object] = []
        async with server, Connection.open(settings) as connection:
            for _ in range(calls):
                try:
                    body = b"{}" if method == "POST" else None
                    url = settings.keycloak_url
                    outcomes.append((await connection.call(method, url, body=body)).status)  # type: ignore[arg-type]
                except MetadataError as error:
                    outcomes.append(error)
                await asyncio.sleep(0.05)
        return outcomes

    return asyncio.run(main())


def test_nobody_listening_is_unavailable() -> None:
    """Where nothing answers, nothing was done; the address goes to the operator only."""
    failure = call(1)
    assert type(failure) is KeycloakUnavailable
    assert "127.0.0.1" not in failure.detail
    assert "127.0.0.1:1" in str(failure)
    assert "may have been made" not in call(1, "POST").detail


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_answer_in_time_is_a_timeout(method: str) -> None:
    """The time limit holds; of a write nobody knows whether it was made, and it says so."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    (failure,) = call_peer(silent, method, keycloak_timeout=0.3)
    assert isinstance(failure, GatewayTimeout)
    assert "0.3 seconds" in failure.detail
    assert ("may have been made" in failure.detail) == (method == "POST")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"])
def test_a_connection_that_breaks_is_unavailable(answer: bytes) -> None:
    """Cut before or within the answer: unavailable, with the doubt about a write."""

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(answer)
        writer.close()

    (failure,) = call_peer(cut, "POST")
    assert type(failure) is KeycloakUnavailable
    assert "may have been made" in failure.detail
    assert failure.headers["Retry-After"]


def test_an_answer_that_is_no_http_is_a_bad_gateway() -> None:
    """Something else listens there."""

    async def smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await reader.read(1000)
        writer.close()

    (failure,) = call_peer(smtp)
    assert isinstance(failure, BadGateway)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_pooled_connection_that_was_closed_meanwhile_fails_no_call(method: str) -> None:
    """After a restart of Keycloak the next call, a write too, opens a connection of its own."""
    received: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    assert call_peer(once, method, calls=4) == [200] * 4
    assert len(received) == 4


@pytest.mark.parametrize(("method", "sent"), [("GET", 2), ("POST", 1)])
def test_a_write_is_never_sent_twice(method: str, sent: int) -> None:
    """A reused connection that breaks after the request was sent: a read is sent again, a write is not."""
    second: list[bytes] = []

    async def breaks_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = True
        while request := await reader.read(1000):
            if not first or second:
                second.append(request)
                break
            first = False
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
        writer.close()

    good, failure = call_peer(breaks_later, method, calls=2)
    assert good == 200
    assert type(failure) is KeycloakUnavailable
    assert len(second) == sent


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (web.Response(text="<html>Welcome</html>", content_type="text/html"), NoKeycloakHere),
        (web.Response(status=301, headers={"Location": "https://id.example.com/"}), NoKeycloakHere),
        (
            web.json_response({"error": "Unable to find matching target resource method"}, status=404),
            NoKeycloakHere,
        ),
        (web.json_response({"issuer": 7}), NoKeycloakHere),
        (web.Response(text="NaN"), NoKeycloakHere),
        (web.Response(body=b"\xff"), NoKeycloakHere),
        (web.Response(text="[" * 10_000), NoKeycloakHere),
        (web.Response(status=502), KeycloakUnavailable),
        (web.Response(status=503), KeycloakUnavailable),
        (web.Response(status=504), KeycloakUnavailable),
        (
            web.json_response(
                {"error": "invalid_request", "error_description": "HTTPS required"}, status=403
            ),
            BadGateway,
        ),
        (web.Response(status=500), KeycloakUnavailable),
    ],
)
def test_odd_answers_to_discovery_are_told_apart(answer: web.Response, error: type[MetadataError]) -> None:
    """No Keycloak at this address, a proxy before one that is away, a Keycloak that refuses."""

    async def main() -> None:
        stub = Stub()
        async with stub.up():
            stub.answers["/realms/demo/.well-known/openid-configuration"] = answer
            settings = Settings(keycloak_url=stub.url, realm="demo")
            async with Connection.open(settings) as connection:
                with pytest.raises(error) as failure:
                    await require_realm(connection, settings)
                assert type(failure.value) is error
                if answer.status == 403:
                    assert "HTTPS required" in str(failure.value)

    asyncio.run(main())


def _certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, str]:
    """Make an authority of its own kind, and a server's certificate by it."""
    key, authority_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)

    def signed(name: str, public_key: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=ca,
                    crl_sign=ca,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .sign(authority_key, hashes.SHA256())
        )

    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(
        signed("authority", authority_key.public_key(), ca=True).public_bytes(pem)
    )
    (folder / "server.pem").write_bytes(signed(host, key.public_key(), ca=False).public_bytes(pem))
    (folder / "server.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context, str(folder / "ca.pem")


@pytest.mark.parametrize(
    ("host", "trusted", "reason"),
    [
        ("localhost", True, None),
        ("localhost", False, "unable to get local issuer certificate"),
        ("other.example.com", True, "mismatch"),
    ],
)
def test_one_setting_trusts_an_authority(
    tmp_path: Path, host: str, reason: str | None, *, trusted: bool
) -> None:
    """A private authority needs CA_FILE; without it, or with another name, the failure says it is TLS."""
    context, authority = _certificate(tmp_path, host)

    async def hello(_: web.Request) -> web.Response:
        return web.json_response({"hello": "world"})

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/", hello)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "localhost", ssl_context=context).start()
        url = f"https://localhost:{runner.addresses[0][1]}"
        settings = Settings(keycloak_url=url, realm="demo", ca_file=authority if trusted else None)
        try:
            async with Connection.open(settings) as connection:
                if reason is None:
                    assert (await connection.call("GET", url)).member("hello") == "world"
                    return
                with pytest.raises(TlsFailed) as failure:
                    await connection.call("GET", url)
            assert reason in failure.value.detail.lower()
            assert "USER_METADATA_CA_FILE" in failure.value.detail
            assert url in str(failure.value)
        finally:
            await runner.cleanup()

    asyncio.run(main())


def test_https_to_a_port_without_it_is_named() -> None:
    """The wrong scheme shows itself as what it is."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def main() -> None:
        server = await listening(plain)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Connection.open(Settings(keycloak_url=url, realm="demo")) as connection:
            with pytest.raises(TlsFailed):
                await connection.call("GET", url)

    asyncio.run(main())
