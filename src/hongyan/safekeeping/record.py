"""What a data folder remembers of its newest backup: where and when."""

import os
from pathlib import Path

import msgspec

from hongyan.foundation.files import sync, write_new

FILE_NAME: str = "last-backup.json"


class Record(msgspec.Struct, frozen=True):
    place: str
    snapshot: str
    at_ms: int


def last_backup(data_dir: Path) -> Record | None:
    """None if none was ever made, or nobody can say."""
    try:
        return msgspec.json.decode((data_dir / FILE_NAME).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError):
        return None


def remember(data_dir: Path, record: Record) -> None:
    part = data_dir / f".{FILE_NAME}.{os.getpid()}"
    write_new(part, msgspec.json.encode(record))
    part.rename(data_dir / FILE_NAME)
    sync(data_dir)
