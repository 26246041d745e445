"""The way out: over real TLS, to checked addresses, through nothing else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.push.service import PushService, certificate

from hongyan.foundation import outside as outside_module
from hongyan.foundation.outside import Answer, Outcome, Outside

INSIDE = frozenset({"localhost"})


@pytest.fixture
async def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    context, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    service = PushService()
    await service.start(context)
    yield service
    await service.stop()


async def deliver(outside: Outside, endpoint: str) -> Answer:
    try:
        return await outside.post(endpoint, {"Authorization": "vapid t=a, k=b"}, b"sealed")
    finally:
        await outside.close()


async def test_over_tls(secure: PushService) -> None:
    assert await deliver(Outside(INSIDE), f"{secure.origin}/push/mei") == Answer(Outcome.TAKEN)
    assert secure.got[0].body == b"sealed"


async def test_a_certificate_nobody_vouches_for(secure: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert await deliver(Outside(INSIDE), f"{secure.origin}/push/mei") == Answer(Outcome.UNREACHABLE)
    assert secure.got == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1"])
async def test_a_name_that_leads_inside_is_not_called(secure: PushService, host: str) -> None:
    """[PU5] Whatever it is called and however it is resolved, at every connection."""
    answer = await deliver(Outside(frozenset()), f"https://{host}:{secure.port}/push/mei")
    assert answer.outcome in (Outcome.INNER, Outcome.UNREACHABLE)
    assert secure.got == []


async def test_plain_http_is_for_named_hosts_only(service: PushService) -> None:
    """[PU5]"""
    assert await deliver(Outside(frozenset()), f"{service.origin}/x") == Answer(Outcome.INNER)
    assert await deliver(Outside(frozenset({f"localhost:{service.port}"})), f"{service.origin}/x") == Answer(
        Outcome.TAKEN
    )


async def test_redirects_are_not_followed(service: PushService) -> None:
    """[PU5]"""
    service.answers = [(307, {"Location": f"{service.origin}/elsewhere"})]
    assert await deliver(Outside(INSIDE), f"{service.origin}/x") == Answer(Outcome.REFUSED)
    assert [one.path for one in service.got] == ["/x"]


async def test_no_proxy_is_asked(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await deliver(Outside(INSIDE), f"{service.origin}/x") == Answer(Outcome.TAKEN)


async def test_a_service_that_never_answers(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_module, "TIMEOUT_S", 0.2)
    service.hold.clear()
    assert await deliver(Outside(INSIDE), f"{service.origin}/x") == Answer(Outcome.UNREACHABLE)


async def test_a_name_nobody_knows() -> None:
    assert await deliver(Outside(INSIDE), "https://push.invalid/x") == Answer(Outcome.UNREACHABLE)


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 X\r\n\r\n", b"HTTP/1.1 201 OK\r\n" + b"a: b\r\n" * 50_000]
)
async def test_nonsense_for_an_answer(said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await deliver(Outside(INSIDE), f"http://localhost:{port}/x") == Answer(Outcome.UNREACHABLE)
    server.close()


async def test_an_answer_without_end_is_cut() -> None:
    """Only so much of it is read; the status is enough."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 1000000000\r\n\r\n")
        try:
            while True:
                writer.write(bytes(65_536))
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await deliver(Outside(INSIDE), f"http://localhost:{port}/x") == Answer(Outcome.TAKEN)
    server.close()
