"""Owns certificates of an authority that nobody knows; asserts nothing."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from dev.ports import HOST, free_port


@dataclass(frozen=True)
class Tls:
    """Where a server shall speak TLS, and by what: authority, certificate for 127.0.0.1, and its key."""

    port: int
    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def issue(cls, folder: Path) -> "Tls":
        """Make all of it in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(free_port(), *issue_certificates(folder))

    @property
    def options(self) -> tuple[str, ...]:
        """How Keycloak is told."""
        return (
            f"--https-port={self.port}",
            f"--https-certificate-file={self.certificate}",
            f"--https-certificate-key-file={self.key}",
        )


def issue_certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Make a private authority and by it a certificate for 127.0.0.1; return where they and the key lie."""
    now = dt.datetime.now(dt.UTC)
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, leaf_name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("Our authority", HOST)
    )

    def certificate(
        name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(root_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(root_key, hashes.SHA256())
        )

    root = certificate(root_name, root_key, x509.BasicConstraints(ca=True, path_length=0))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    leaf = certificate(leaf_name, leaf_key, names)
    files = folder / "authority.pem", folder / "server.pem", folder / "server-key.pem"
    files[0].write_bytes(root.public_bytes(Encoding.PEM))
    files[1].write_bytes(leaf.public_bytes(Encoding.PEM))
    files[2].write_bytes(leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
