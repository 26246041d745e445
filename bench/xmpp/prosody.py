"""Prosody, as Debian ships it: one Lua process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw
from bench.load import free_port, new_folder
from bench.xmpp.client import HOST
from bench.xmpp.servers import Running, started

CONFIGURATION = """
run_as_root = true
pidfile = "{folder}/pid"
data_path = "{folder}"
certificates = "{folder}"
log = {{ error = "{folder}/log" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ }}
modules_disabled = {{ "s2s", "tls" }}
modules_enabled = {{ "disco", "roster", "saslauth", "smacks", "register_ibr", "offline", "mam" }}
allow_registration = true
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
default_archive_policy = true
{store}
VirtualHost "{host}"
Component "rooms.{host}" "muc"
    modules_enabled = {{ "muc_mam" }}
"""
IN_SQLITE = """
storage = {{ archive = "sql", muc_log = "sql", offline = "sql" }}
sql = {{ driver = "SQLite3", database = "{folder}/prosody.sqlite" }}
"""


@dataclass(frozen=True, slots=True)
class Prosody:
    """`in_sqlite`: archive and offline messages in SQLite with WAL, flushed at each commit; else in its own files."""

    in_sqlite: bool

    @property
    def name(self) -> str:
        return "prosody" if self.in_sqlite else "prosody_files"

    @property
    def durability(self) -> str:
        if self.in_sqlite:
            return "flushed before the acknowledgement, in the archives of both (SQLite), where it stays"
        return "its default: in files that are not flushed; a power cut loses what was acknowledged"

    def missing(self) -> str | None:
        if shutil.which("prosody") is None:
            return "prosody is not installed (Debian: prosody)"
        if self.in_sqlite and not list(Path("/usr/lib").glob("*/lua/5.4/dbd/sqlite3.so")):
            return "its SQLite driver is not installed (Debian: lua-dbi-sqlite3)"
        return None

    @contextmanager
    def running(self) -> Iterator[Running]:
        folder, port = new_folder(), free_port()
        store = ""
        if self.in_sqlite:
            store = IN_SQLITE.format(folder=folder)
            database = apsw.Connection(str(folder / "prosody.sqlite"))
            database.execute("PRAGMA journal_mode = WAL")
            database.close()
        configuration = folder / "prosody.cfg.lua"
        configuration.write_text(CONFIGURATION.format(folder=folder, port=port, store=store, host=HOST))
        try:
            with started(["prosody", "-F", "--config", str(configuration)], {}, folder, port) as server:
                yield server
        finally:
            shutil.rmtree(folder, ignore_errors=True)
