"""The folder of backups: whose it is, held by one process at a time, and the snapshots in it."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hongyan.foundation.files import sync, write_whole
from hongyan.safekeeping import refusals
from hongyan.safekeeping.model import FORMAT, MANIFEST_BYTES_MAX, Damaged, Manifest, Refused
from hongyan.safekeeping.objects import Objects

MARK: str = "hongyan-backups.json"
LOCK: str = "lock"
SNAPSHOTS: str = "snapshots"


class Mark(msgspec.Struct, frozen=True):
    format: int
    domain: str


class Place:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.objects = Objects(root)

    @property
    def is_there(self) -> bool:
        return (self.root / MARK).is_file()

    def begin(self, domain: str) -> None:
        """Make this folder one of `domain`'s backups, if it is not yet. Raises Refused."""
        self.root.mkdir(mode=0o700, exist_ok=True)
        if self.is_there:
            mark = self.mark()
            if mark.domain != domain:
                raise Refused(refusals.of_another_server(self.root, mark.domain))
        elif any(path.name != "lost+found" for path in self.root.iterdir()):
            raise Refused(refusals.not_empty(self.root))
        else:
            write_whole(self.root / MARK, msgspec.json.encode(Mark(FORMAT, domain)))
        (self.root / SNAPSHOTS).mkdir(mode=0o700, exist_ok=True)

    def mark(self) -> Mark:
        """Raises Refused if there is none, or one of a newer version."""
        try:
            mark = msgspec.json.decode((self.root / MARK).read_bytes(), type=Mark)
        except (OSError, msgspec.MsgspecError) as error:
            raise Refused(refusals.no_backups(self.root)) from error
        if mark.format > FORMAT:
            raise Refused(refusals.newer(self.root.name, f"format {mark.format}"))
        return mark

    @contextmanager
    def held(self, *, to_write: bool) -> Iterator[None]:
        """One writes or several read. Raises Refused."""
        path = self.root / LOCK
        if to_write:
            path.touch(mode=0o600)
        elif not path.exists():  # Copied from elsewhere, perhaps to where nothing can be written.
            yield
            return
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, (fcntl.LOCK_EX if to_write else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise Refused(refusals.busy(self.root)) from error
        try:
            yield
        finally:
            os.close(lock)

    def snapshots(self) -> list[str]:
        """Their names; the oldest is first."""
        return sorted(path.stem for path in (self.root / SNAPSHOTS).glob("*.json"))

    def manifest(self, snapshot: str) -> Manifest:
        """Raises Damaged; Refused if it is of a newer version."""
        path = self.root / SNAPSHOTS / f"{snapshot}.json"
        try:
            if path.stat().st_size > MANIFEST_BYTES_MAX:
                raise Damaged(path.name)
            digest, _, body = path.read_bytes().partition(b"\n")
        except FileNotFoundError as error:
            raise Damaged(path.name) from error
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise Damaged(path.name)
        mark = msgspec.json.decode(body, type=_Format)
        if mark.format > FORMAT:
            raise Refused(refusals.newer(snapshot, mark.version))
        return msgspec.json.decode(body, type=Manifest)

    def add(self, manifest: Manifest) -> str:
        """Make a snapshot of it, durably; its objects must be so already. Returns its name."""
        at = datetime.fromtimestamp(manifest.at_ms / 1000, UTC)
        name = f"{at:%Y-%m-%dT%H-%M-%S}-{manifest.at_ms % 1000:03d}Z"
        body = msgspec.json.encode(manifest)
        write_whole(self.root / SNAPSHOTS / f"{name}.json", hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        return name

    def thin_out(self, *, keep: int) -> bool:
        """Leave the newest `keep` snapshots and what they need. False: one cannot be read, so no object was erased."""
        for name in self.snapshots()[:-keep]:
            (self.root / SNAPSHOTS / f"{name}.json").unlink()
        sync(self.root / SNAPSHOTS)
        wanted: set[str] = set()
        for name in self.snapshots():
            try:
                wanted |= {piece.sha256 for piece in self.manifest(name).pieces()}
            except (Damaged, Refused):
                return False
        self.objects.sweep(wanted)
        return True


class _Format(msgspec.Struct, frozen=True):
    format: int
    version: str = "?"
