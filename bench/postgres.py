"""A PostgreSQL of the bench's own: Debian's programs, a new folder, every commit flushed as it is by default."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import free_port, new_folder
from tools.system import postgres

CONNECTIONS_MAX = 200


@dataclass(frozen=True, slots=True)
class Postgres:
    """`pid` is the parent of all its processes."""

    url: str
    port: int
    pid: int


def missing_postgres() -> str | None:
    """Why no PostgreSQL can be started here, in a few words; None if it can."""
    if postgres() is None:
        return "PostgreSQL is not installed (Debian: postgresql)"
    if os.getuid() == 0 and not any(entry.pw_name == "postgres" for entry in pwd.getpwall()):
        return "PostgreSQL does not run as root and there is no user postgres"
    return None


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    programs, folder, port = postgres(), new_folder(), free_port()
    assert programs is not None, missing_postgres()
    user = "postgres" if os.getuid() == 0 else None
    if user is not None:
        folder.chmod(0o755)
        (folder / "data").mkdir()
        shutil.chown(folder / "data", user)

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder / "data", user=user)

    run(programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
    options = f"-p {port} -k {folder / 'data'} -c listen_addresses=127.0.0.1 -c max_connections={CONNECTIONS_MAX}"
    run(programs / "pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "data" / "log", "-w", "start")
    try:
        pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        yield Postgres(f"postgresql://postgres@127.0.0.1:{port}/postgres", port, pid)
    finally:
        run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)
