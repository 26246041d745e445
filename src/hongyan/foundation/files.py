"""Small files that are on the disk whole, of their owner only, or not at all."""

import os
import threading
from contextlib import suppress
from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Of its owner only; not yet durable."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in the place of what was at `path`, durably: a crash leaves the one or the other."""
    part = path.with_name(f"{path.name}.part")
    write_new(part, content)
    sync(part)
    part.rename(path)
    sync(path.parent)


def write_once(path: Path, content: bytes) -> None:
    """Put `content` at `path`, durably, unless something is there: of several who try at once one wins."""
    part = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
    write_new(part, content)
    sync(part)
    with suppress(FileExistsError):
        os.link(part, path)
    part.unlink()
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or a folder's list, durable."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
