"""PostgreSQL: a primary, a synchronous standby, and who decides which is which.

Here this script is the arbiter: it alone starts, stops and promotes, so that there are never two primaries. On
several machines that needs a vote; Patroni or a provider's PostgreSQL has one (docs/scale.md).

A server whose process died is started again in place. One whose node died: if it was the primary, and the standby
is known to have every commit that was answered (`is_protected`), the standby is promoted, and the old primary
comes back as a copy of the new. A standby that is away for ALONE_AFTER_S is waited for no longer, and is not
promoted before it has caught up.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tools.cluster.units import Unit
from tools.system import Command

PORT = 5432
ALONE_AFTER_S = 2.0
LOOK_S = 0.2
# So long after the primary began to wait for its standby, every commit since is known to have waited.
WAITED_FOR_S = 0.5
_FOLLOWING = """
    SELECT sync_state, pg_current_wal_flush_lsn()::text, flush_lsn >= COALESCE(%s, 'FFFFFFFF/0')::pg_lsn
    FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'
"""


@dataclass
class Server:
    """`name` is that by which its primary knows it as a standby."""

    name: str
    address: str
    data: Path
    unit: Unit
    is_up: bool = True  # its node is there
    is_whole: bool = True  # False: to be copied from the primary before it may start


class Pair:
    def __init__(self, programs: Path, primary: Server, standby: Server, password: str, say: Callable[[str], None]):
        self.primary = primary
        self.standby = standby
        self.standby.is_whole = False  # the first copy is yet to be made
        self.is_protected = False
        self._programs = programs
        self._password = password
        self._say = say
        self._copying: subprocess.Popen[bytes] | None = None
        self._followed_at_s = time.monotonic()
        self._waiting_since_s = time.monotonic()
        # The end of what was written before every commit waited.
        self._mark: str | None = None
        self._looked_at_s = 0.0

    @property
    def servers(self) -> tuple[Server, Server]:
        return self.primary, self.standby

    def keep(self) -> None:
        """One look: start what died, promote, copy, protect. Called again and again by one thread."""
        if not self.primary.is_up and self.is_protected and self.standby.unit.is_running:
            self._promote()
        for server in self.servers:
            if server.is_up and server.is_whole:
                server.unit.keep()
        if self.standby.is_up and not self.standby.is_whole:
            self._copy()
        if time.monotonic() - self._looked_at_s >= LOOK_S:
            self._looked_at_s = time.monotonic()
            try:
                self._look()
            except psycopg.Error:
                self._followed_at_s = time.monotonic()  # the primary itself is away: nothing is known of the standby

    def connect(self, server: Server, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=server.address,
            port=PORT,
            user="postgres",
            password=self._password,
            dbname=database,
            autocommit=True,
            connect_timeout=2,
        )

    def _look(self) -> None:
        """Whether the standby follows, and what follows from that."""
        with self.connect(self.primary) as primary:
            row = primary.execute(_FOLLOWING, (self._mark, self.standby.name)).fetchone()
            now_s = time.monotonic()
            if row is None:
                if now_s - self._followed_at_s > ALONE_AFTER_S:
                    self._go_alone(primary)
                return
            self._followed_at_s = now_s
            sync_state, written, has_mark = row
            if sync_state != "sync":
                self._wait_for(primary, ", ".join(sorted(server.name for server in self.servers)))
                self._waiting_since_s = now_s
            elif not self.is_protected and now_s - self._waiting_since_s > WAITED_FOR_S:
                if self._mark is None:
                    self._mark = str(written)
                elif has_mark:
                    self.is_protected = True
                    self._say(f"postgresql: {self.standby.address} has all that {self.primary.address} answers")

    def _go_alone(self, primary: psycopg.Connection[tuple[object, ...]]) -> None:
        if self.is_protected:
            self._expose()
            self._say(f"postgresql: {self.primary.address} goes on alone")
        self._wait_for(primary, "")

    def _expose(self) -> None:
        self.is_protected = False
        self._mark = None

    def _wait_for(self, server: psycopg.Connection[tuple[object, ...]], names: str) -> None:
        shown = server.execute("SHOW synchronous_standby_names").fetchone()
        if shown != (names,):
            server.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
            server.execute("SELECT pg_reload_conf()")

    def _promote(self) -> None:
        """The standby has everything: it is the primary now, and the old one a copy to be made."""
        try:
            with self.connect(self.standby) as standby:
                self._wait_for(standby, "")
                if standby.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
                    standby.execute("SELECT pg_promote(true, 10)")
                if standby.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                    return
        except psycopg.Error:
            return
        self._expose()
        self.primary, self.standby = self.standby, self.primary
        self.standby.is_whole = False
        self._followed_at_s = time.monotonic()
        self._say(f"postgresql: {self.primary.address} is the primary now")

    def _copy(self) -> None:
        """Make the standby anew from the primary; returns at once while that goes on."""
        if self._copying is None:
            if self.primary.unit.is_running:
                shutil.rmtree(self.standby.data, ignore_errors=True)
                self._copying = self._start_copy()
            return
        status = self._copying.poll()
        if status is None:
            return
        self._copying = None
        self.standby.is_whole = status == 0

    def _start_copy(self) -> subprocess.Popen[bytes]:
        conninfo = f"host={self.primary.address} port={PORT} user=postgres password={self._password}"
        command: Command = [
            self._programs / "pg_basebackup",
            "-d",
            conninfo,
            "-D",
            self.standby.data,
            "-R",
            "-c",
            "fast",
        ]
        with self.standby.unit.log.open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=self.standby.unit.user, cwd="/"
            )

    def neglect(self) -> None:
        """A deliberately wrong variant, for tests: commits wait for nobody, and the standby hears no more of them."""
        with self.connect(self.primary) as primary:
            primary.execute("ALTER SYSTEM SET synchronous_commit = 'local'")
            primary.execute("SELECT pg_reload_conf()")
            row = primary.execute("SELECT pid FROM pg_stat_replication").fetchone()
        assert row is not None and isinstance(row[0], int)
        os.kill(row[0], signal.SIGSTOP)

    def stop_copying(self) -> None:
        if self._copying is not None:
            self._copying.kill()
            self._copying.wait()
            self._copying = None
            self.standby.is_whole = False


def owner() -> str | None:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    return "postgres" if os.geteuid() == 0 else None


def give_to_owner(path: Path) -> None:
    user = owner()
    if user is not None:
        shutil.chown(path, user)
