"""What a feature sees of the store for large sealed bytes, wherever it lies."""

import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol, TypeAlias

NAME_CHARACTERS_MAX = 200
# What grows larger is cut into pieces by its owner, and each is acknowledged by itself.
PUT_BYTES_MAX = 8 * 1024 * 1024
NAMES_PER_PAGE = 1_000

# All of it, or what arrives over time.
Content: TypeAlias = bytes | AsyncIterable[bytes]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)+")


class NoSuchBlob(Exception):
    """There is nothing under this name, or no more."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stored part of something larger: `start` is its place in the whole."""

    name: str
    start: int
    bytes: int


class Blobs(Protocol):
    """Names are the caller's: its feature, a slash, then random (`media/3f/3f…`); never a person's words.

    What is stored under a name never changes. Something that grows is several pieces under names of their own, and
    the caller's table says which belong to it; `read_pieces` reads them as one.
    """

    async def settle(self) -> None:
        """Erase what a crash left half written. Call once, before the first `put` of the only process."""
        ...

    async def put(self, name: str, content: Content) -> int:
        """Store `content` whole and return its bytes once they survive power loss; or store nothing of it.

        At most PUT_BYTES_MAX. What `content` raises comes through. Raises StorageFull, StorageUnavailable.
        """
        ...

    def read(self, name: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` to before `stop`, a part at a time. Raises NoSuchBlob, StorageUnavailable."""
        ...

    async def size(self, name: str) -> int | None:
        """How many bytes lie under `name`; None if nothing does. Raises StorageUnavailable."""
        ...

    async def erase(self, names: Sequence[str]) -> None:
        """Erase these, durably; what is not there is no error. Raises StorageUnavailable."""
        ...

    def names(self, feature: str) -> AsyncIterator[list[str]]:
        """Every name of a feature, in pages of at most NAMES_PER_PAGE. Raises StorageUnavailable."""
        ...

    async def room_bytes(self) -> int | None:
        """How many more bytes may be put; None when nobody can say."""
        ...


def checked(name: str) -> str:
    """`name`; a broken one is a broken invariant, since names are made and never taken from a request."""
    assert len(name) <= NAME_CHARACTERS_MAX and _NAME.fullmatch(name), "not a blob's name"
    return name


async def read_pieces(blobs: Blobs, pieces: Iterable[Piece], start: int, stop: int) -> AsyncGenerator[bytes, None]:
    """The bytes from `start` to before `stop` of what `pieces`, in order, make up. Raises as `read` does."""
    for piece in pieces:
        first, last = max(start, piece.start), min(stop, piece.start + piece.bytes)
        if first < last:
            async with aclosing(blobs.read(piece.name, first - piece.start, last - piece.start)) as parts:
                async for part in parts:
                    yield part


async def read_whole(blobs: Blobs, name: str) -> bytes | None:
    """All that lies under `name`; None if nothing does, or no more. Raises StorageUnavailable."""
    size = await blobs.size(name)
    if size is None:
        return None
    try:
        return b"".join([part async for part in blobs.read(name, 0, size)])
    except NoSuchBlob:
        return None
