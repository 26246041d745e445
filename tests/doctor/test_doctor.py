"""The doctor beside real servers: one that is well, one that is stopped, and those with something wrong."""

import asyncio
import http.server
import json
import os
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.conftest import RunningServer
from tests.crash.test_disk import fill, small_disk
from tests.foundation.test_cli import hongyan, serving
from tests.foundation.test_server import self_signed

from hongyan.app import build, migrations
from hongyan.doctor import Doctor, Finding, Verdict, answers
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db.health import health_of
from hongyan.foundation.starting import DataFolder, listen
from hongyan.settings import Settings

__all__ = ["small_disk"]

INSTALLED = "0.1.0"


async def examine(settings: Settings) -> dict[str, Finding]:
    """In a thread: the server that is asked runs on this loop."""
    doctor = Doctor(settings, SystemClock(), installed=INSTALLED, migrations=migrations())
    found = await asyncio.to_thread(lambda: asyncio.run(doctor.examine()))
    return {finding.check: finding for finding in found}


@pytest.fixture
async def held(server: RunningServer) -> AsyncIterator[Settings]:
    """The settings of a server that runs and holds its folder."""
    settings = server.app.settings
    settings.data_dir.chmod(0o700)
    folder = DataFolder(settings.data_dir)
    yield settings
    folder.release()


async def test_a_server_that_is_well(held: Settings) -> None:
    found = await examine(held)
    well = ("version", "port", "address", "data_folder", "disk_room", "fsync", "database", "pictures")
    assert {check: found[check].verdict for check in well} == dict.fromkeys(well, Verdict.GOOD)
    assert not list(held.data_dir.glob(".doctor*")), "nothing is left behind"


async def test_whether_it_is_alive(held: Settings) -> None:
    assert await asyncio.to_thread(answers, held)
    with listen("127.0.0.1", 0) as silent:
        port = silent.getsockname()[1]
    assert not answers(msgspec.structs.replace(held, port=port))


async def test_an_address_that_leads_elsewhere(held: Settings) -> None:
    found = await examine(msgspec.structs.replace(held, domain="other.example", public_url=held.url))
    assert found["address"].verdict is Verdict.BROKEN
    assert "localhost" in found["address"].text.en


async def test_telephones_need_https(held: Settings) -> None:
    found = await examine(msgspec.structs.replace(held, public_url="http://chat.example.org"))
    assert (found["address"].verdict, "https://" in found["address"].text.zh_hans) == (Verdict.BROKEN, True)


class HalfProxy(http.server.BaseHTTPRequestHandler):
    """Passes pages on and forgets the WebSocket, as a reverse proxy without two lines does."""

    def do_GET(self) -> None:
        facts = {"domain": "localhost", "version": INSTALLED, "time_ms": SystemClock().now_ms()}
        is_page = self.path == "/api/server"
        self.send_response(200 if is_page else 400)
        self.end_headers()
        self.wfile.write(json.dumps(facts).encode() if is_page else b"")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def half_proxy() -> Iterator[str]:
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HalfProxy)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{proxy.server_port}"
    proxy.shutdown()
    thread.join()
    proxy.server_close()


async def test_a_proxy_that_forgets_the_socket(held: Settings, half_proxy: str) -> None:
    found = await examine(msgspec.structs.replace(held, public_url=half_proxy))
    assert (found["address"].verdict, "/realtime" in found["address"].text.en) == (Verdict.BROKEN, True)


async def test_a_certificate_that_the_address_shows(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    with_files = Settings(data_dir=tmp_path, port=port, tls_cert_file=cert, tls_key_file=key)
    app = build(with_files)
    await app.start(sock)
    folder = DataFolder(tmp_path)
    try:
        found = await examine(with_files)
        assert found["address"].verdict is Verdict.GOOD
        assert found["certificate"].verdict is Verdict.WARNING, "it ends tomorrow"
        assert found["certificate_key"].verdict is Verdict.WARNING, "everybody may read the key"
        behind_a_proxy = Settings(data_dir=tmp_path, port=port, public_url=f"https://localhost:{port}")
        shown = (await examine(behind_a_proxy))["certificate"]
        assert (shown.verdict, "who issued" in shown.text.en) == (Verdict.WARNING, True)
        not_named = msgspec.structs.replace(behind_a_proxy, public_url=f"https://127.0.0.1:{port}")
        assert (await examine(not_named))["certificate"].verdict is Verdict.BROKEN
    finally:
        folder.release()
        await app.stop()


async def test_a_stopped_server_and_a_taken_port(tmp_path: Path) -> None:
    assert (await examine(Settings(data_dir=tmp_path, port=0)))["port"].verdict is Verdict.WARNING
    with listen("127.0.0.1", 0) as sock:
        found = await examine(Settings(data_dir=tmp_path, port=sock.getsockname()[1]))
    assert (found["port"].verdict, "taken" in found["port"].text.en) == (Verdict.BROKEN, True)


async def test_a_damaged_database_and_a_missing_folder(tmp_path: Path) -> None:
    database = tmp_path / "hongyan.db"
    app = build(Settings(data_dir=tmp_path))
    await app.stop()
    content = bytearray(database.read_bytes())
    for page in range(8, len(content) // 4096, 3):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    database.write_bytes(content)
    assert (await examine(Settings(data_dir=tmp_path)))["database"].verdict is Verdict.BROKEN
    missing = await examine(Settings(data_dir=tmp_path / "none"))
    assert (missing["data_folder"].verdict, missing["database"].verdict) == (Verdict.BROKEN, Verdict.UNKNOWN)


async def test_a_full_disk(small_disk: Path) -> None:
    """Nothing can be written, and the doctor says so instead of failing."""
    fill(small_disk)
    found = await examine(Settings(data_dir=small_disk, port=0))
    assert found["disk_room"].verdict is Verdict.BROKEN
    assert found["disk_kind"].verdict is Verdict.BROKEN, "it is in memory, too"
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


def test_the_health_of_postgres_is_what_it_says(empty_postgres_url: str) -> None:
    """The tests' own PostgreSQL runs with fsync off, which is just what an operator must hear of."""
    health = health_of(empty_postgres_url, migrations())
    assert health is not None and health.engine.startswith("PostgreSQL ")
    assert (health.guesses, health.damage, health.missing) == (("fsync",), (), len(migrations()))


def test_the_command_beside_a_running_server(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with serving(tmp_path) as (said, _):
        port = re.findall(r":(\d+)", said)[0]
        told = hongyan("doctor", "--data-dir", str(tmp_path), "--port", port, "--json")
        report = json.loads(told.stdout)
        verdicts = {finding["check"]: finding["verdict"] for finding in report["findings"]}
        assert (verdicts["port"], verdicts["address"], verdicts["backup"]) == ("good", "good", "warning")
        assert (report["worst"], told.returncode) == ("warning", 1)
        assert hongyan("alive", "--data-dir", str(tmp_path), "--port", port).returncode == 0
    with sqlite3.connect(tmp_path / "hongyan.db") as connection:
        connection.execute("INSERT INTO schema_migration VALUES ('accounts', 9999, 'future', 0)")
    connection.close()
    (tmp_path / "hongyan.toml").write_text('language = "zh-Hant"\nport = 0\n')
    told = hongyan("doctor", "--data-dir", str(tmp_path))
    assert (told.returncode, "更新版本的鴻雁" in told.stdout) == (2, True), told.stdout
