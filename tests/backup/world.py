"""Backups beside accounts and contacts on a real database, with files in a folder and a clock that stands still."""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from tests.accounts.world import Member, World

from hongyan.backup import Backups
from hongyan.backup.model import NewBackup
from hongyan.backup.vault import verifier_of
from hongyan.contacts import may_reach
from hongyan.foundation.blobs import open_blobs
from hongyan.foundation.db import open_database

MEGABYTE = 1024 * 1024
NETWORK = "192.0.2.7"


@dataclass
class BackupWorld(World):
    folder: Path = Path()
    bytes_max: int = 4 * MEGABYTE

    def _build(self) -> None:
        super()._build()
        self.backups = Backups(
            self.db,
            self.clock,
            open_blobs(self.folder),
            self.accounts,
            may_reach,
            self._notify,
            bytes_max=self.bytes_max,
        )

    def files(self) -> int:
        return sum(1 for path in (self.folder / "backup").rglob("*") if path.is_file())

    async def upload(self, who: Member, size: int = 100) -> bytes:
        content = secrets.token_bytes(size)
        segment_id = hashlib.sha256(content).digest()
        assert await self.backups.put_segment(who.id, segment_id, content) is None
        return segment_id

    async def set_pin(self, who: Member, proof: bytes) -> None:
        assert await self.backups.vaults.put(who.id, b"s" * 32, verifier_of(proof), b"box") is None


def new_backup_world(database_url: str, folder: Path) -> BackupWorld:
    return BackupWorld(open_database(database_url), folder=folder)


def version(number: int, *segments: bytes, after: int | None = None, manifest: bytes = b"manifest") -> NewBackup:
    return NewBackup(
        after=number - 1 if after is None else after,
        version=number,
        format=1,
        manifest=manifest + bytes([number]),
        key_for_devices=b"wrapped",
        segments=segments,
    )
