"""Makes a backup: pictures, then the database of one moment, then the pictures that came meanwhile.

In this order each blob that the database names is in the copy, for a blob is there before its row and goes after it.
A snapshot is added only when all that it names is on the disk and was read back. What a killed backup leaves is
erased by the next one.
"""

import asyncio
import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hongyan.foundation.blobs import open_blobs, read_whole
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import StorageUnavailable
from hongyan.safekeeping import postgres_copy, refusals, sqlite_copy
from hongyan.safekeeping.model import BLOBS_AT_ONCE, FILES, FORMAT, Damaged, Manifest, Named, Piece, Refused
from hongyan.safekeeping.objects import Objects
from hongyan.safekeeping.place import Place
from hongyan.safekeeping.record import Record, last_backup, remember
from hongyan.settings import Settings

STAGING: str = ".staging"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """`new_bytes` were not in the place before. `swept`: False if an unreadable snapshot keeps old objects alive."""

    place: Path
    snapshot: str
    database_bytes: int
    blobs: int
    blob_bytes: int
    new_bytes: int
    seconds: float
    swept: bool


class Keeper:
    """`features` are those that put blobs; `version` is this program's."""

    def __init__(self, settings: Settings, clock: Clock, *, version: str, features: Sequence[str]) -> None:
        self._settings = settings
        self._clock = clock
        self._version = version
        self._features = features
        self._blobs = open_blobs(settings.blobs_place)

    async def back_up(self, root: Path | None = None, *, new_place: bool = False) -> BackedUp:
        """Add a snapshot of the server to `root`. Nothing counts, and nothing earlier is touched, if it fails.

        `root` None: where the settings say. `new_place`: that earlier backups are not there is no mistake. Raises
        Refused.
        """
        root = root or self._settings.backup_dir
        if root is None:
            raise Refused(refusals.NO_PLACE)
        started_s = self._clock.monotonic_s()
        self._check(root, new_place=new_place)
        place = Place(root)
        with explained(root):
            place.begin(self._settings.domain)
            with place.held(to_write=True):
                manifest = await self._gather(place)
                name = place.add(manifest)
                new_bytes = place.objects.new_bytes
                swept = place.thin_out(keep=self._settings.backup_keep)
        self._remember(root, name, manifest.at_ms)
        return BackedUp(
            place=root,
            snapshot=name,
            database_bytes=sum(piece.bytes for piece in manifest.database),
            blobs=len(manifest.blobs),
            blob_bytes=sum(blob.piece.bytes for blob in manifest.blobs),
            new_bytes=new_bytes,
            seconds=self._clock.monotonic_s() - started_s,
            swept=swept,
        )

    def _check(self, root: Path, *, new_place: bool) -> None:
        """Is this a place where backups are safe, and the disk that it should be?"""
        if root.resolve().is_relative_to(self._settings.data_dir.resolve()):
            raise Refused(refusals.inside_data(root))
        if not root.parent.is_dir():
            raise Refused(refusals.no_parent(root))
        before = last_backup(self._settings.data_dir)
        if before and before.place == str(root.resolve()) and not new_place and not Place(root).is_there:
            day = datetime.fromtimestamp(before.at_ms / 1000, UTC).strftime("%Y-%m-%d")
            raise Refused(refusals.gone(root, day))

    def _remember(self, root: Path, name: str, at_ms: int) -> None:
        remember(self._settings.data_dir, Record(str(root.resolve()), name, at_ms))

    async def _gather(self, place: Place) -> Manifest:
        objects, staging = place.objects, place.root / STAGING
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        objects.begin()
        try:
            before = _newest_blobs(place)
            blobs: dict[str, Piece] = {}
            await self._copy_blobs(objects, before, blobs)
            at_ms = self._clock.now_ms()
            database, migrations = await asyncio.to_thread(self._take_database, staging, objects)
            await self._copy_blobs(objects, before, blobs)
            files = self._copy_files(objects)
            await asyncio.to_thread(objects.make_durable)
        except BaseException:
            objects.forget_new()
            raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return Manifest(
            format=FORMAT,
            version=self._version,
            domain=self._settings.domain,
            at_ms=at_ms,
            engine="postgresql" if self._settings.database else "sqlite",
            migrations=migrations,
            database=database,
            files=files,
            blobs=tuple(Named(name, piece) for name, piece in sorted(blobs.items())),
        )

    def _take_database(self, staging: Path, objects: Objects) -> tuple[tuple[Piece, ...], dict[str, int]]:
        if self._settings.database:
            return postgres_copy.take(self._settings.database, objects)
        return sqlite_copy.take(Path(self._settings.database_url), staging / "copy.db", objects)

    async def _copy_blobs(self, objects: Objects, before: dict[str, Piece], copied: dict[str, Piece]) -> None:
        """Add to `copied` every blob that is not in it yet."""
        for feature in self._features:
            async for page in self._blobs.names(feature):
                names = [name for name in page if name not in copied]
                for start in range(0, len(names), BLOBS_AT_ONCE):
                    some = names[start : start + BLOBS_AT_ONCE]
                    pieces = await asyncio.gather(*[self._copy_blob(objects, name, before.get(name)) for name in some])
                    copied.update({name: piece for name, piece in zip(some, pieces, strict=True) if piece})

    async def _copy_blob(self, objects: Objects, name: str, before: Piece | None) -> Piece | None:
        """None: everybody has it by now, and it is gone. What lies under a name never changes."""
        if before is not None and await asyncio.to_thread(objects.has, before):
            return before
        content = await read_whole(self._blobs, name)
        return None if content is None else await asyncio.to_thread(objects.put, content)

    def _copy_files(self, objects: Objects) -> tuple[Named, ...]:
        found = []
        for name in FILES:
            with suppress(FileNotFoundError):
                found.append(Named(name, objects.put((self._settings.data_dir / name).read_bytes())))
        return tuple(found)


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """Turn what the disks and the blob store raise into Refused."""
    try:
        yield
    except StorageUnavailable as error:
        raise Refused(refusals.source_unavailable(str(error))) from error
    except Damaged as error:
        raise Refused(refusals.failed(root, "SHA-256")) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(refusals.full(root)) from error
        raise Refused(refusals.failed(root, error.strerror or type(error).__name__)) from error


def _newest_blobs(place: Place) -> dict[str, Piece]:
    for name in reversed(place.snapshots()):
        with suppress(Damaged, Refused):
            return {blob.name: blob.piece for blob in place.manifest(name).blobs}
    return {}
