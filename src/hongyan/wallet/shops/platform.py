"""The key by which merchants know that answers and notices are this server's: RSA, in a file beside the database.

The file has the key and its self-signed certificate, so that the serial number stays as long as the key does. It signs
the certificates of shops, too, but a shop's certificate is good because it is in the registry, not because of a chain.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from hongyan.foundation.files import write_once
from hongyan.wallet.shops.model import CERTIFICATE_LIFETIME_MS, PLATFORM_KEY_FILE, SERIAL_BYTES

KEY_FILE_BYTES_MAX = 16_384
KEY_BITS = 2_048
EXPONENT = 65_537
LIFETIME = timedelta(days=20 * 365)
# A merchant's clock may be behind ours.
SLACK = timedelta(days=1)
NAME = "Hongyan merchant platform"
_SERIAL = re.compile(rf"[0-9A-Fa-f]{{{2 * SERIAL_BYTES}}}")


class PlatformKeyUnusable(Exception):
    """The key file is there but has no RSA key with its certificate; `path` is for the operator."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not an RSA key with its certificate in PEM")
        self.path = path


@dataclass(frozen=True, slots=True)
class Platform:
    key: RSAPrivateKey
    certificate: x509.Certificate

    @property
    def serial(self) -> str:
        return shown_serial(serial_of(self.certificate))

    def sign(self, message: bytes) -> bytes:
        """SHA-256 with RSA, PKCS#1 v1.5."""
        return self.key.sign(message, PKCS1v15(), SHA256())

    def issue(self, shop_id: bytes, key: RSAPublicKey, *, now_ms: int) -> x509.Certificate:
        """Certify that a key is a shop's, from now on for CERTIFICATE_LIFETIME_MS; in whole seconds."""
        from_ = datetime.fromtimestamp(now_ms // 1000, UTC)
        until = from_ + timedelta(milliseconds=CERTIFICATE_LIFETIME_MS)
        about = _begun(shop_id.hex(), key, from_, until, is_platform=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        named = about.issuer_name(self.certificate.subject).add_extension(issuer, critical=False)
        return named.sign(self.key, SHA256())


def platform_in(folder: Path, *, now_ms: int) -> Platform:
    """Key and certificate of this data folder, made when they are first needed. Raises PlatformKeyUnusable, OSError.

    Making a key takes tenths of a second.
    """
    path = folder / PLATFORM_KEY_FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(path, _made(now_ms))
    with path.open("rb") as file:
        pem = file.read(KEY_FILE_BYTES_MAX)
    try:
        key, certificate = load_pem_private_key(pem, None), x509.load_pem_x509_certificate(pem)
        is_its = key.public_key() == certificate.public_key()
    except (ValueError, TypeError) as error:
        raise PlatformKeyUnusable(path) from error
    if not isinstance(key, RSAPrivateKey) or not is_its:
        raise PlatformKeyUnusable(path)
    return Platform(key, certificate)


def serial_of(certificate: x509.Certificate) -> bytes:
    return certificate.serial_number.to_bytes(SERIAL_BYTES, "big")


def shown_serial(serial: bytes) -> str:
    """As WeChat Pay writes it: 40 hex digits in upper case."""
    return serial.hex().upper()


def read_serial(text: str) -> bytes | None:
    """The serial number of 40 hex digits in either case; None of anything else."""
    return bytes.fromhex(text) if _SERIAL.fullmatch(text) else None


def _made(now_ms: int) -> bytes:
    key = generate_private_key(EXPONENT, KEY_BITS)
    now = datetime.fromtimestamp(now_ms // 1000, UTC)
    about = _begun(NAME, key.public_key(), now - SLACK, now + LIFETIME, is_platform=True)
    certificate = about.issuer_name(_name(NAME)).sign(key, SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + certificate.public_bytes(Encoding.PEM)


def _begun(
    name: str, key: RSAPublicKey, from_: datetime, until: datetime, *, is_platform: bool
) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_platform,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key)
        .serial_number(_new_serial())
        .not_valid_before(from_)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=is_platform, path_length=0 if is_platform else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _new_serial() -> int:
    """Random, positive (RFC 5280 §4.1.2.2), and of 40 digits for those, too, who leave leading zeros away."""
    while True:
        serial = secrets.randbits(8 * SERIAL_BYTES - 1)
        if serial >> (8 * SERIAL_BYTES - 4):
            return serial
