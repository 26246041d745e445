"""A push service on this machine, as a browser's maker runs one, and the browser's side of a subscription.

It answers what it is told to, keeps what it got, and holds every wake-up to RFC 8030, 8291 and 8292: whatever is
wrong with one fails the test that reads it.
"""

import asyncio
import json
import os
import ssl
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hongyan.push.model import Registering
from hongyan.push.sealing import public_bytes

WITHIN_S = 20.0


@dataclass(frozen=True)
class WakeUp:
    path: str
    headers: dict[str, str]
    body: bytes

    def claims(self, public_key: bytes) -> dict[str, object]:
        """What the VAPID token says, once its signature was found good (RFC 8292 §2, §3)."""
        scheme, _, rest = self.headers["authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert scheme == "vapid" and unbase64(parts["k"]) == public_key
        signed, _, signature = parts["t"].rpartition(".")
        raw = unbase64(signature)
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
        numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        key.verify(encode_dss_signature(*numbers), signed.encode(), ECDSA(SHA256()))
        header, claims = (json.loads(unbase64(part)) for part in signed.split("."))
        assert header == {"typ": "JWT", "alg": "ES256"}
        assert isinstance(claims, dict)
        return claims


@dataclass
class Browser:
    """One subscription as a browser holds it."""

    endpoint: str
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    auth_secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def device_key(self) -> bytes:
        return public_bytes(self.key)

    def registering(self, *muted: bytes) -> Registering:
        return Registering(self.endpoint, self.device_key, self.auth_secret, list(muted))

    def open(self, wake_up: WakeUp) -> bytes:
        """What the browser hands to the service worker (RFC 8291 §3, RFC 8188 §2)."""
        body = wake_up.body
        assert wake_up.headers["content-encoding"] == "aes128gcm"
        salt, record_size, key_size = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender = body[21 : 21 + key_size]
        sealed = body[21 + key_size :]
        assert len(sealed) <= record_size
        shared = self.key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), sender))
        secret = derive(self.auth_secret, shared, b"WebPush: info\0" + self.device_key + sender, 32)
        key = derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(salt, secret, b"Content-Encoding: nonce\0", 12)
        record = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert record.endswith(b"\x02")
        return record[:-1]


@dataclass
class PushService:
    """`answers` are the statuses of the next answers, then 201; `hold` keeps every answer back until it is set."""

    port: int = 0
    scheme: str = "http"
    got: list[WakeUp] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://localhost:{self.port}"

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self.hold.set()
        self.scheme = "https" if tls else "http"
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self.hold.set()
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    def browser(self, name: str) -> Browser:
        return Browser(f"{self.origin}/push/{name}")

    def of(self, name: str) -> list[WakeUp]:
        return [one for one in self.got if one.path == f"/push/{name}"]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                method, path, _ = first.split(" ")
                assert method == "POST"
                self.got.append(WakeUp(path, headers, body))
                self._changed.set()
                await self.hold.wait()
                status, extra = self.answers.pop(0) if self.answers else (201, {})
                more = "".join(f"{name}: {value}\r\n" for name, value in extra.items())
                writer.write(f"HTTP/1.1 {status} Answer\r\ncontent-length: 0\r\n{more}\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


def derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def unbase64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A TLS context for localhost, and the file of the authority that vouches for it."""
    key, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    cert_file, key_file = folder / "push-cert.pem", folder / "push-tls-key.pem"
    cert_file.write_bytes(made.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    return context, cert_file
