"""The whole server on one port: API, web app, socket, TLS, metrics, and an orderly end."""

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from prometheus_client import generate_latest
from tests.conftest import RunningServer

from hongyan.app import build
from hongyan.foundation.starting import listen
from hongyan.settings import Settings

REFUSED = 5


class Client(WSListener):
    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.gone = asyncio.Event()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            self.frames.put_nowait(frame.get_payload_as_bytes())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.gone.set()


async def refused_by(url: str, context: ssl.SSLContext | None = None) -> object:
    """What the server answers to nonsense on its socket [RT1]."""
    transport, client = await ws_connect(Client, url, ssl_context=context, use_aiofastnet=False)
    assert isinstance(client, Client)
    transport.send(WSMsgType.BINARY, b"\xc1")
    async with asyncio.timeout(10):
        frame = await client.frames.get()
        transport.disconnect(graceful=False)
        await client.gone.wait()
    return msgspec.msgpack.decode(frame)[0]


async def test_one_port_serves_everything(server: RunningServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        facts = (await client.get("/api/server")).json()
        assert (facts["domain"], facts["protocol"], facts["has_owner"]) == ("localhost", 1, False)
        assert (await client.get("/api/nothing")).json()["code"] == "not_found"
        assert (await client.get("/i")).headers["content-security-policy"].startswith("default-src 'none'")
        for answer in (await client.get("/api/server"), await client.get("/")):
            assert "server" not in answer.headers
    assert await refused_by(server.realtime_url) == REFUSED


async def test_an_http_client_that_talks_nonsense_is_answered(server: RunningServer) -> None:
    port = int(server.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x16\x03\x01 what is this\r\n\r\n")
    assert b" 400 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()


async def test_metrics_tell_of_writes_and_not_of_people(server: RunningServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        await client.post("/api/device-links", json={})
    text = generate_latest().decode()
    assert "hongyan_writer_round_items_count" in text
    assert 'hongyan_http_requests_total{status="' in text
    assert "127.0.0.1" not in text


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


@pytest.fixture
async def tls_port(tmp_path: Path) -> AsyncIterator[int]:
    cert, key = self_signed(tmp_path)
    sock = listen("127.0.0.1", 0)
    port: int = sock.getsockname()[1]
    app = build(Settings(data_dir=tmp_path, port=port, tls_cert_file=cert, tls_key_file=key))
    await app.start(sock)
    yield port
    await app.stop()


async def test_tls_carries_http_and_the_socket(tls_port: int, tmp_path: Path) -> None:
    context = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    async with httpx.AsyncClient(base_url=f"https://localhost:{tls_port}", verify=context) as client:
        answer = await client.get("/api/server")
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert await refused_by(f"wss://localhost:{tls_port}/realtime", context) == REFUSED


async def test_a_stopped_server_has_let_go_of_everything(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=0)
    for _ in range(2):
        sock = listen("127.0.0.1", 0)
        port = sock.getsockname()[1]
        app = build(settings)
        await app.start(sock)
        _, client = await ws_connect(Client, f"ws://127.0.0.1:{port}/realtime", use_aiofastnet=False)
        await app.stop()
        assert isinstance(client, Client)
        async with asyncio.timeout(10):
            await client.gone.wait()
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hongyan.db", "push-key.pem", "wallet-pepper"]
