"""A server with something in it, its backups, and places to bring it back to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hongyan import __version__
from hongyan.app import BLOB_FEATURES, PACKAGES, build, migrations
from hongyan.foundation.blobs import open_blobs
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import Row, Tx
from hongyan.foundation.inventory import Table
from hongyan.safekeeping import BackedUp, Keeper, Restored, Restorer
from hongyan.settings import Settings, load

KNOWN = {migration.feature: migration.number for migration in migrations()}
FILLING = 40
assert PACKAGES


@dataclass
class House:
    """`environment` is what the restored server is told of its engines."""

    settings: Settings
    environment: dict[str, str]
    clock: ManualClock
    place: Path
    new: Path

    async def fill(self, *, blobs: int = 3, rows: int = FILLING) -> None:
        """An owner's invitation, a push key, `rows` of ballast and some blobs."""
        app = build(self.settings, self.clock)
        await app.accounts.invitations.ensure_owner()
        await app.push.start()

        def store(tx: Tx) -> None:
            for n in range(rows):
                tx.execute(
                    "INSERT INTO server_secret (name, value) VALUES (?, ?)", (f"ballast {n}", os.urandom(65_536))
                )

        await app.db.write(store)
        for n in range(blobs):
            await app.blobs.put(f"media/{n % 16:02x}/{n:04x}", os.urandom(50_000))
        await app.blobs.put("backup/7/ab", b"sealed")
        await app.stop()

    async def write(self, name: str, value: bytes = b"") -> None:
        app = build(self.settings, self.clock)
        sql = "INSERT INTO server_secret (name, value) VALUES (?, ?)"
        await app.db.write(lambda tx: tx.execute(sql, (name, value)))
        await app.stop()

    async def back_up(self, *, keep: int = 7, place: Path | None = None, new_place: bool = False) -> BackedUp:
        self.clock.advance(3_600)
        settings = msgspec.structs.replace(self.settings, backup_keep=keep)
        keeper = Keeper(settings, self.clock, version=__version__, features=BLOB_FEATURES)
        return await keeper.back_up(place or self.place, new_place=new_place)

    async def restore(
        self, *, known: Mapping[str, int] = KNOWN, snapshot: str | None = None, leave_out_damaged: bool = False
    ) -> Restored:
        restorer = Restorer(self.settings_of, self.clock, known)
        return await restorer.restore(self.place, self.new, snapshot=snapshot, leave_out_damaged=leave_out_damaged)

    def settings_of(self, folder: Path) -> Settings:
        return load(self.environment, data_dir=folder).settings

    def clear_new(self) -> None:
        shutil.rmtree(self.new, ignore_errors=True)

    async def old(self) -> dict[str, object]:
        return await contents(self.settings)

    async def brought_back(self) -> dict[str, object]:
        """What a server holds that starts on what was restored."""
        return await contents(self.settings_of(self.new))


async def contents(settings: Settings) -> dict[str, object]:
    """Every row of every table, every blob, and the key for push."""
    from hongyan.app import INVENTORY

    app = build(settings, ManualClock())

    def rows(tx: Tx, table: Table) -> list[Row]:
        return sorted(tx.all(f"SELECT * FROM {table.name}"), key=repr)

    found: dict[str, object] = {}
    for table in INVENTORY:
        if table.name == "last_writer":  # whoever looks
            continue
        found[table.name] = await app.db.read(lambda tx, table=table: rows(tx, table))  # type: ignore[misc]
    await app.stop()
    found["blobs"] = await blobs_of(settings)
    found["push key"] = (settings.data_dir / "push-key.pem").read_bytes()
    return found


async def blobs_of(settings: Settings) -> dict[str, bytes]:
    blobs, found = open_blobs(settings.blobs_place), {}
    for feature in BLOB_FEATURES:
        async for page in blobs.names(feature):
            for name in page:
                size = await blobs.size(name) or 0
                found[name] = b"".join([part async for part in blobs.read(name, 0, size)])
    return found
