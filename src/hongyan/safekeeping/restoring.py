"""Brings a backup back into an empty place: all of it is read and checked before anything is written.

While it is under way, a mark lies in the data folder and no server starts there; a restore that was killed is gone
on with by the same command.
"""

import asyncio
import errno
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from hongyan.foundation.blobs import Blobs, open_blobs
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import StorageFull, StorageUnavailable
from hongyan.foundation.files import sync, write_new, write_whole
from hongyan.foundation.starting import LOCK_FILE_NAME, RESTORING_FILE_NAME, DataFolder
from hongyan.safekeeping import postgres_copy, refusals, sqlite_copy
from hongyan.safekeeping.model import BLOBS_AT_ONCE, FILES, Damaged, Manifest, Named, Refused
from hongyan.safekeeping.objects import Objects
from hongyan.safekeeping.place import Place
from hongyan.settings import FILE_NAME as SETTINGS_NAME
from hongyan.settings import Settings

# What may lie in a place that counts as empty: settings for the new machine, and what a file system makes.
_ALLOWED: Final = {LOCK_FILE_NAME, SETTINGS_NAME, "lost+found", f"{RESTORING_FILE_NAME}.part"}
_DATABASE_BEGUN: Final = "\ndatabase"


@dataclass(frozen=True, slots=True)
class Restored:
    snapshot: str
    at_ms: int
    database_bytes: int
    blobs: int
    blob_bytes: int
    left_out: int
    went_on: bool
    seconds: float


class Restorer:
    """`load` reads the settings of a data folder; `known` is the newest migration of each feature here."""

    def __init__(self, load: Callable[[Path], Settings], clock: Clock, known: Mapping[str, int]) -> None:
        self._load = load
        self._clock = clock
        self._known = known

    async def restore(
        self, root: Path, data_dir: Path, *, snapshot: str | None = None, leave_out_damaged: bool = False
    ) -> Restored:
        """Make `data_dir` the server that `snapshot` (None: the newest) was. Raises Refused, CannotStart."""
        started_s = self._clock.monotonic_s()
        place = Place(root)
        place.mark()
        with _explained(data_dir), place.held(to_write=False):
            name, manifest = self._chosen(place, snapshot)
            sound = await asyncio.to_thread(_sound_blobs, place.objects, name, manifest, leave_out_damaged)
            folder = DataFolder(data_dir)
            try:
                went_on = await self._fill(place.objects, name, manifest, sound, data_dir)
            finally:
                folder.release()
        return Restored(
            snapshot=name,
            at_ms=manifest.at_ms,
            database_bytes=sum(piece.bytes for piece in manifest.database),
            blobs=len(sound),
            blob_bytes=sum(blob.piece.bytes for blob in sound),
            left_out=len(manifest.blobs) - len(sound),
            went_on=went_on,
            seconds=self._clock.monotonic_s() - started_s,
        )

    def _chosen(self, place: Place, snapshot: str | None) -> tuple[str, Manifest]:
        names = place.snapshots()
        if not names:
            raise Refused(refusals.no_backups(place.root))
        name = snapshot or names[-1]
        if name not in names:
            raise Refused(refusals.unknown_snapshot(name, names))
        try:
            manifest = place.manifest(name)
        except Damaged as error:
            raise Refused(refusals.damaged(name, refusals.THE_LIST)) from error
        if any(number > self._known.get(feature, 0) for feature, number in manifest.migrations.items()):
            raise Refused(refusals.newer(name, manifest.version))
        return name, manifest

    async def _fill(self, objects: Objects, name: str, manifest: Manifest, sound: list[Named], data_dir: Path) -> bool:
        """True if an earlier try was gone on with."""
        mark = _Mark(data_dir)
        went_on = mark.is_there
        if went_on and mark.snapshot != name:
            raise Refused(refusals.other_restore(data_dir, mark.snapshot))
        if not went_on and not _is_empty(data_dir):
            raise Refused(refusals.occupied(data_dir))
        settings = self._settings(objects, manifest, data_dir)
        if not mark.has_begun_database and settings.database and not postgres_copy.is_empty(settings.database):
            raise Refused(refusals.DATABASE_OCCUPIED)
        mark.write(name)
        _write_files(objects, manifest, data_dir)
        blobs = open_blobs(settings.blobs_place)
        await blobs.settle()
        for start in range(0, len(sound), BLOBS_AT_ONCE):
            await asyncio.gather(*[_put(blobs, objects, blob) for blob in sound[start : start + BLOBS_AT_ONCE]])
        mark.write(name + _DATABASE_BEGUN)
        await asyncio.to_thread(_give_database, objects, manifest, settings)
        mark.erase()
        return went_on

    def _settings(self, objects: Objects, manifest: Manifest, data_dir: Path) -> Settings:
        """As the server will read them here: this folder's own file, else the backup's; and the environment."""
        with tempfile.TemporaryDirectory() as aside:
            folder = data_dir
            for it in manifest.files:
                if it.name == SETTINGS_NAME and not (data_dir / SETTINGS_NAME).exists():
                    folder = Path(aside)
                    write_new(folder / SETTINGS_NAME, objects.read(it.piece))
            loaded = self._load(folder)
        settings = msgspec.structs.replace(loaded, data_dir=data_dir)
        if ("postgresql" if settings.database else "sqlite") != manifest.engine:
            raise Refused(refusals.other_engine(manifest.engine))
        if settings.domain != manifest.domain:
            raise Refused(refusals.other_domain(manifest.domain, settings.domain))
        return settings


def _is_empty(data_dir: Path) -> bool:
    return all(path.name in _ALLOWED for path in data_dir.iterdir())


class _Mark:
    """Says that this folder is no server yet, of which snapshot it will be, and how far it got."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / RESTORING_FILE_NAME
        self._text = self._path.read_text() if self._path.exists() else ""

    @property
    def is_there(self) -> bool:
        return bool(self._text)

    @property
    def snapshot(self) -> str:
        return self._text.partition("\n")[0]

    @property
    def has_begun_database(self) -> bool:
        return self._text.endswith(_DATABASE_BEGUN)

    def write(self, text: str) -> None:
        if self.has_begun_database:
            return
        write_whole(self._path, text.encode())
        self._text = text

    def erase(self) -> None:
        self._path.unlink()
        sync(self._path.parent)


def _sound_blobs(objects: Objects, name: str, manifest: Manifest, leave_out_damaged: bool) -> list[Named]:
    """Read everything; the blobs that are whole. Raises Refused."""
    if not all(objects.has(piece) for piece in manifest.database):
        raise Refused(refusals.damaged(name, refusals.THE_DATABASE))
    if not all(objects.has(file.piece) for file in manifest.files):
        raise Refused(refusals.damaged(name, refusals.A_FILE))
    sound = [blob for blob in manifest.blobs if objects.has(blob.piece)]
    if len(sound) < len(manifest.blobs) and not leave_out_damaged:
        raise Refused(refusals.damaged_blobs(name, len(manifest.blobs) - len(sound)))
    return sound


def _write_files(objects: Objects, manifest: Manifest, data_dir: Path) -> None:
    for it in manifest.files:
        path = data_dir / it.name
        if it.name in FILES and not path.exists():
            write_whole(path, objects.read(it.piece))


async def _put(blobs: Blobs, objects: Objects, blob: Named) -> None:
    if await blobs.size(blob.name) != blob.piece.bytes:
        await blobs.put(blob.name, await asyncio.to_thread(objects.read, blob.piece))


def _give_database(objects: Objects, manifest: Manifest, settings: Settings) -> None:
    if not settings.database:
        sqlite_copy.give(manifest.database, objects, Path(settings.database_url))
    elif postgres_copy.is_empty(settings.database):
        postgres_copy.give(manifest.database, objects, settings.database)
    elif not postgres_copy.holds(settings.database, manifest.migrations):
        raise Refused(refusals.DATABASE_OCCUPIED)


@contextmanager
def _explained(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except StorageFull as error:
        raise Refused(refusals.restore_full(data_dir)) from error
    except StorageUnavailable as error:
        raise Refused(refusals.restore_failed(data_dir, str(error))) from error
    except Damaged as error:
        raise Refused(refusals.restore_failed(data_dir, "SHA-256")) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(refusals.restore_full(data_dir)) from error
        raise Refused(refusals.restore_failed(data_dir, error.strerror or type(error).__name__)) from error
