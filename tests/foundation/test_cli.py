"""The command as an operator runs it: its answers, its sentences, and its exit codes."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hongyan import __version__
from hongyan.foundation.starting import listen

SECONDS_MAX = 60


def environment(language: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HONGYAN_", "LC_"))}
    source = str(Path(__file__).parents[2] / "src")
    return kept | {"LANG": language, "PYTHONPATH": source, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def hongyan(*arguments: str, language: str = "en_US.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hongyan.cli", *arguments],
        capture_output=True,
        text=True,
        env=environment(language),
        timeout=SECONDS_MAX,
    )


@contextmanager
def serving(
    folder: Path, *arguments: str, language: str = "en_US.UTF-8"
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A server in its own process; gives what it said until it was ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hongyan.cli", "serve", "--data-dir", str(folder), "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(language),
    )
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "welcome.html" in line or "Traceback" in line:
                break
        yield said, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS_MAX)


def test_version() -> None:
    assert hongyan("version").stdout.strip() == __version__


def test_a_first_start_shows_the_owners_link_and_page(tmp_path: Path) -> None:
    with serving(tmp_path) as (said, process):
        found = re.search(r"(http://localhost:\d+)/i#([\w-]{43})\n", said)
        assert found, said
        assert "no owner yet" in said
        page = (tmp_path / "welcome.html").read_text(encoding="utf-8")
        assert found[0].strip() in page and "<svg" in page
        assert (tmp_path / "welcome.html").stat().st_mode & 0o077 == 0
        with urllib.request.urlopen(found[1].replace("localhost", "127.0.0.1") + "/api/server", timeout=10) as answer:
            assert json.load(answer)["has_owner"] is False
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS_MAX) == 0
    assert not (tmp_path / "hongyan.db-wal").exists(), "an orderly end leaves one file"
    assert (tmp_path / "hongyan.db").stat().st_mode & 0o077 == 0


def test_the_terminal_speaks_chinese_to_chinese_readers(tmp_path: Path) -> None:
    with serving(tmp_path, language="zh_CN.UTF-8") as (said, _):
        assert "鸿雁已启动" in said and "成为这台服务器的主人" in said


def test_a_second_process_on_the_folder_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path):
        for language, sentence in (("en_GB.UTF-8", "Another Hongyan process"), ("zh_TW.UTF-8", "另一個鴻雁程序")):
            refused = hongyan("serve", "--data-dir", str(tmp_path), "--port", "0", language=language)
            assert (refused.returncode, sentence in refused.stderr) == (1, True), refused.stderr


def test_an_invitation_can_be_made_beside_a_running_server(tmp_path: Path) -> None:
    with serving(tmp_path):
        made = hongyan("invite", "--data-dir", str(tmp_path), "--uses", "3")
        assert re.search(r"/i#[\w-]{43}\n", made.stdout), made.stderr


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as sock:
        port = str(sock.getsockname()[1])
        refused = hongyan("serve", "--data-dir", str(tmp_path), "--port", port)
    assert refused.returncode == 1
    assert f"Port {port} is taken" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = hongyan("serve", "--data-dir", str(tmp_path / "file" / "data"), "--port", "0")
    assert (refused.returncode, "Cannot write to the data folder" in refused.stderr) == (1, True), refused.stderr


def test_a_newer_database_is_refused_and_untouched(tmp_path: Path) -> None:
    with serving(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "hongyan.db") as connection:
        connection.execute("INSERT INTO schema_migration VALUES ('accounts', 9999, 'future', 0)")
    connection.close()
    before = (tmp_path / "hongyan.db").read_bytes()
    refused = hongyan("serve", "--data-dir", str(tmp_path), "--port", "0")
    assert (refused.returncode, "newer version" in refused.stderr) == (1, True), refused.stderr
    assert (tmp_path / "hongyan.db").read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hongyan.db").write_bytes(b"not a database" * 1000)
    refused = hongyan("serve", "--data-dir", str(tmp_path), "--port", "0")
    assert (refused.returncode, "Cannot open the database" in refused.stderr) == (1, True), refused.stderr


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_tls_files_that_cannot_be_used_are_refused(tmp_path: Path, content: bytes | None) -> None:
    pem = tmp_path / "a.pem"
    if content is not None:
        pem.write_bytes(content)
    (tmp_path / "hongyan.toml").write_text(f'tls_cert_file = "{pem}"\ntls_key_file = "{pem}"\n')
    refused = hongyan("serve", "--data-dir", str(tmp_path), "--port", "0")
    assert (refused.returncode, str(pem) in refused.stderr) == (1, True), refused.stderr
    assert "Traceback" not in refused.stderr


def test_bad_settings_are_refused(tmp_path: Path) -> None:
    refused = hongyan("serve", "--data-dir", str(tmp_path), "--port", "99999")
    assert (refused.returncode, "from 0 to 65535" in refused.stderr) == (2, True), refused.stderr


def test_settings_are_listed_with_their_meaning(tmp_path: Path) -> None:
    (tmp_path / "hongyan.toml").write_text("port = 9000\n")
    listed = hongyan("settings", "--data-dir", str(tmp_path), language="zh_CN.UTF-8").stdout
    assert re.search(r"port\s+9000\s+\S*hongyan\.toml\s+监听的端口", listed), listed


def test_the_openapi_document_is_printed() -> None:
    document = json.loads(hongyan("openapi").stdout)
    assert document["openapi"].startswith("3.1")
    assert "/api/join" in document["paths"]
    assert not [path for path in document["paths"] if not path.startswith("/api/")]
