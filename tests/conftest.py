"""What all tests share: a throw-away PostgreSQL, and a real server on a random port."""

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
import pytest
from hypothesis import settings as hypothesis
from tests.s3 import S3Server, running_s3

from hongyan.app import App, build, migrations
from hongyan.foundation.clock import Clock, ManualClock
from hongyan.foundation.db import open_database
from hongyan.foundation.log import set_up_logging
from hongyan.foundation.starting import listen
from hongyan.settings import Settings

set_up_logging("console")
ROOM_BYTES = 1 << 30
# No test asserts a time.
hypothesis.register_profile("patient", deadline=None)
hypothesis.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the long form of tests/crash and tests/reliability")
    parser.addoption("--seeds", type=int, help="how many histories tests/reliability simulates")
    parser.addoption("--seed", type=int, help="the one history to play again, or the moments of tests/crash")


def postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def postgres_user() -> str | None:
    """PostgreSQL refuses to run as root; None if there is nobody else to run it."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    return "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else None


def _quick_folder() -> str:
    """In memory where there is room: each database is hundreds of files."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free >= ROOM_BYTES else "/tmp"


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the tests, in a folder of its own."""
    programs, user = postgres_programs(), postgres_user()
    if programs is None or user is None:
        pytest.skip("no PostgreSQL server is installed here: the PostgreSQL half of the contract was not tested")
    folder = tempfile.mkdtemp(prefix="hongyan-postgres-", dir=_quick_folder())
    if os.getuid() == 0:
        shutil.chown(folder, user)
    data = f"{folder}/data"
    run_as = {"user": user} if os.getuid() == 0 else {}

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **run_as)  # type: ignore[call-overload]

    run(str(programs / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c autovacuum=off -c max_connections=60"
    run(str(programs / "pg_ctl"), "-D", data, "-o", options, "-l", f"{folder}/log", "-w", "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: str) -> str:
    """The name of a database with all of the server's tables, to be copied: faster than making them for each test."""
    with psycopg.connect(postgres_cluster, autocommit=True) as connection:
        connection.execute("CREATE DATABASE hongyan_template")
    made = open_database(_address(postgres_cluster, "hongyan_template"))
    made.migrate(migrations(), ManualClock())
    asyncio.run(made.close())
    return "hongyan_template"


@pytest.fixture
def postgres_url(postgres_cluster: str, postgres_template: str) -> Iterator[str]:
    """The address of a database with all of the server's tables and nothing in them."""
    yield from _database(postgres_cluster, postgres_template)


@pytest.fixture
def empty_postgres_url(postgres_cluster: str) -> Iterator[str]:
    """The address of a database without any table."""
    yield from _database(postgres_cluster, "template1")


def _database(postgres_cluster: str, template: str) -> Iterator[str]:
    name = f"t{os.urandom(6).hex()}"
    with psycopg.connect(postgres_cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address(postgres_cluster, name)
    with psycopg.connect(postgres_cluster, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _address(postgres_cluster: str, name: str) -> str:
    return postgres_cluster.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """An S3 that lives as long as the tests, in a folder of its own."""
    if sys.platform != "linux":
        pytest.skip("the S3 server of the tests runs on Linux only: the S3 half of the contract was not tested")
    with running_s3() as server:
        yield server


@pytest.fixture
def s3_url(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty folder in a bucket, with the environment that opens it."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server.new_folder()


@dataclass(frozen=True, slots=True)
class RunningServer:
    app: App
    url: str
    clock: Clock

    @property
    def realtime_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/realtime"


@pytest.fixture
def server_settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, port=0)


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def server(server_settings: Settings) -> AsyncIterator[RunningServer]:
    """A real server on a random port with a data folder of its own and the system's clock."""
    async for running in _serve(server_settings, None):
        yield running


@pytest.fixture
async def manual_server(server_settings: Settings, manual_clock: ManualClock) -> AsyncIterator[RunningServer]:
    """The same with the clock in the test's hand."""
    async for running in _serve(server_settings, manual_clock):
        yield running


async def _serve(settings: Settings, clock: Clock | None) -> AsyncIterator[RunningServer]:
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    app = build(msgspec.structs.replace(settings, port=port), clock)
    await app.start(sock)
    try:
        yield RunningServer(app, f"http://127.0.0.1:{port}", app.clock)
    finally:
        await app.stop()
