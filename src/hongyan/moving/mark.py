"""What a data folder remembers of a move: from where to where, and whether it was finished.

As long as it is not, no server starts on the new place; when it is, none starts on the old one.
"""

import errno
import secrets
from pathlib import Path

import msgspec

from hongyan.foundation.files import write_whole
from hongyan.moving import refusals
from hongyan.moving.model import Refused
from hongyan.settings import Settings

FILE_NAME: str = "moved.json"
SQLITE: str = "sqlite"
FOLDER: str = "folder"


class Places(msgspec.Struct, frozen=True):
    """Where a server's data lie; without users and passwords."""

    database: str
    blobs: str


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    move_id: str
    old: Places
    new: Places
    finished: bool


def new_mark(old: Settings, new: Settings) -> Mark:
    return Mark(move_id=secrets.token_hex(8), old=places_of(old), new=places_of(new), finished=False)


def mark_in(data_dir: Path) -> Mark | None:
    """None if nothing was ever moved from here, or nobody can say."""
    try:
        return msgspec.json.decode((data_dir / FILE_NAME).read_bytes(), type=Mark)
    except (OSError, msgspec.MsgspecError):
        return None


def write_mark(data_dir: Path, mark: Mark) -> None:
    """Raises Refused."""
    try:
        write_whole(data_dir / FILE_NAME, msgspec.json.format(msgspec.json.encode(mark)))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(refusals.full(refusals.DATA_FOLDER)) from error
        raise Refused(refusals.failed(refusals.DATA_FOLDER, error.strerror or type(error).__name__)) from error


def refuse_moved(settings: Settings) -> None:
    """Raises Refused if these settings name what was moved away, or what is not moved to the end."""
    mark = mark_in(settings.data_dir)
    if mark is None:
        return
    here = places_of(settings)
    if mark.finished and _any_common(here, mark.old, mark.new):
        raise Refused(refusals.has_moved(settings.data_dir / FILE_NAME, mark.new.database, mark.new.blobs))
    if not mark.finished and _any_common(here, mark.new, mark.old):
        raise Refused(refusals.NOT_FINISHED)


def places_of(settings: Settings) -> Places:
    return Places(_address(settings.database) if settings.database else SQLITE, settings.blobs or FOLDER)


def _any_common(here: Places, there: Places, other: Places) -> bool:
    """Whether a place of `here` is that of `there`, where `there` and `other` differ."""
    database = here.database == there.database != other.database
    return database or here.blobs == there.blobs != other.blobs


def _address(url: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    host = parts.get("host") or parts.get("hostaddr") or ""
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{host}{port}/{parts.get('dbname') or ''}"
