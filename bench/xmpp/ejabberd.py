"""ejabberd, as Debian ships it: one Erlang machine on all cores, started as its own ejabberdctl starts it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from bench.load import free_port, new_folder
from bench.postgres import missing_postgres, running_postgres
from bench.xmpp.client import HOST
from bench.xmpp.servers import Running, started

SCHEMA = Path("/usr/share/ejabberd/sql/pg.sql")
CONFIGURATION = """
hosts: ["{host}"]
loglevel: error
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, backlog: 1024, access: all}}
auth_method: internal
auth_password_format: plain
registration_timeout: infinity
shaper_rules: {{max_user_offline_messages: 5000}}
default_db: {store}
{database}
modules:
  mod_disco: {{}}
  mod_register: {{access: all, ip_access: all}}
  mod_roster: {{db_type: mnesia}}
  mod_stream_mgmt: {{}}
  mod_offline: {{}}
  mod_mam: {{default: always}}
  mod_muc:
    host: "rooms.{host}"
    db_type: mnesia
    default_room_options: {{mam: true, persistent: true}}
"""
IN_POSTGRES = """
sql_type: pgsql
sql_server: "127.0.0.1"
sql_port: {port}
sql_database: postgres
sql_username: postgres
sql_password: none
"""


@dataclass(frozen=True, slots=True)
class Ejabberd:
    """`in_postgres`: archive and offline messages in PostgreSQL, flushed at each commit; else in Mnesia."""

    in_postgres: bool

    @property
    def name(self) -> str:
        return "ejabberd" if self.in_postgres else "ejabberd_mnesia"

    @property
    def durability(self) -> str:
        if self.in_postgres:
            return (
                "the sender's copy flushed before the acknowledgement, the receiver's after it; both archives keep it"
            )
        return "its default: Mnesia's log, flushed later; a power cut loses what was acknowledged"

    def missing(self) -> str | None:
        if not _programs():
            return "ejabberd is not installed (Debian: ejabberd)"
        if self.in_postgres and not list(Path("/usr/lib/erlang/lib").glob("p1_pgsql-*")):
            return "its PostgreSQL driver is not installed (Debian: erlang-p1-pgsql)"
        return missing_postgres() if self.in_postgres else None

    @contextmanager
    def running(self) -> Iterator[Running]:
        folder, port = new_folder(), free_port()
        others: tuple[int, ...] = ()
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            database = ""
            if self.in_postgres:
                postgres = stack.enter_context(running_postgres())
                with psycopg.connect(postgres.url, autocommit=True) as connection:
                    connection.execute(SCHEMA.read_bytes())
                database, others = IN_POSTGRES.format(port=postgres.port), (postgres.pid,)
            store = "sql" if self.in_postgres else "mnesia"
            text = CONFIGURATION.format(host=HOST, port=port, store=store, database=database)
            (folder / "ejabberd.yml").write_text(text)
            environment = {
                "EJABBERD_CONFIG_PATH": str(folder / "ejabberd.yml"),
                "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
                "ERL_LIBS": str(_programs()[0].parent),
                "ERL_MAX_PORTS": "32000",
                "ERL_CRASH_DUMP": str(folder / "crash"),
            }
            mnesia = f'"{folder}/mnesia"'
            command = ["erl", "+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", mnesia, "-s", "ejabberd"]
            yield stack.enter_context(started(command, environment, folder, port, others))


def _programs() -> list[Path]:
    return sorted(Path("/usr/lib").glob("*/ejabberd-*"))
