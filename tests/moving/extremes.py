"""Rows in every table there is, of values that engines might treat differently."""

from __future__ import annotations

import re
import secrets

from hongyan.app import INVENTORY, build
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Tx, Value
from hongyan.settings import Settings

_VALUES: dict[str, tuple[Value, ...]] = {
    "INTEGER": (-(2**63), 0, 2**62),
    "TEXT": ("", "鸿雁 🪿 e\u0301\t\\N\\.\r\n'\"%?", "long " * 60),
    "BLOB": (b"", bytes(range(256)), b"\x00\\x00\n"),
}
BLOBS = {"media/0a/0b": b"", "media/ff/00": bytes(range(256)) * 1_000, "backup/7/ab": b"sealed"}

# Where the database itself checks more than the type.
_CHECKED = {
    ("ledger_account", "debits_pending"): (0, 0, 2),
    ("ledger_account", "credits_pending"): (0, 1, 2**62),
    ("ledger_account", "debits_posted"): (0, 1, 2**61),
    ("ledger_account", "credits_posted"): (0, 1, 2**62),
    ("shop_order", "amount"): (1, 2, 2**53 - 1),
}
_POSITIVE = (1, 2, 2**53 - 1)
_CHECK = re.compile(r"CHECK \((\w+) >=? 0")


async def fill(settings: Settings, clock: Clock, *, large_bodies: int = 0) -> None:
    """Three rows in each table of the features on SQLite, NULL where it may be; some blobs; a key for push."""
    app = build(settings, clock)
    await app.push.start()

    def store(tx: Tx) -> None:
        for table in INVENTORY:
            if table.name not in ("schema_migration", "last_writer"):
                tx.execute(f"DELETE FROM {table.name}")
                _fill_one(tx, table.name)
        for n in range(large_bodies):
            tx.execute(
                "INSERT INTO body (seq, kind, group_id, sender, no, received_at_ms, bytes, pending) "
                "VALUES (?, 1, ?, 1, ?, 0, ?, 1)",
                (1_000 + n, b"group", n, secrets.token_bytes(200_000)),
            )

    await app.db.write(store)
    for name, content in BLOBS.items():
        await app.blobs.put(name, content)
    await app.stop()


def _fill_one(tx: Tx, table: str) -> None:
    found = tx.all(f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}')")
    columns = [(str(name), str(kind), bool(filled) or bool(key)) for name, kind, filled, key in found]
    assert columns, table
    defined = tx.one("SELECT sql FROM sqlite_schema WHERE name = ?", (table,))
    positive = set(_CHECK.findall(str(defined)))
    for row in range(3):
        extremes = [_VALUES[kind][row] if filled or row else None for _, kind, filled in columns]
        allowed = [_CHECKED.get((table, name), _POSITIVE if name in positive else None) for name, _, _ in columns]
        values = [one if some is None else some[row] for one, some in zip(extremes, allowed, strict=True)]
        names, places = ", ".join(name for name, _, _ in columns), ", ".join("?" * len(columns))
        tx.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values)
