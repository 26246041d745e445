"""Copies every blob, reads it back from the new place, and compares every byte."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from hongyan.foundation.blobs import Blobs, read_whole
from hongyan.foundation.db import StorageFull, StorageUnavailable
from hongyan.foundation.language import Text
from hongyan.moving import refusals
from hongyan.moving.model import BLOBS_AT_ONCE, Refused

Progress = Callable[[int, int], None]


class BlobMove:
    """From `old` to `new`, of these features. All of it raises Refused."""

    def __init__(self, old: Blobs, new: Blobs, features: Sequence[str]) -> None:
        self._old = old
        self._new = new
        self._features = features

    async def is_begun(self) -> bool:
        """Whether anything lies in the new place."""
        with _told(refusals.NEW_BLOBS):
            for feature in self._features:
                async for page in self._new.names(feature):
                    if page:
                        return True
        return False

    async def copy(self, told: Progress) -> tuple[int, int]:
        """Returns how many there are, and their bytes. What an earlier try left and is no more is erased."""
        with _told(refusals.NEW_BLOBS):
            await self._new.settle()
        done = await self._each(self._copy_one, told)
        await self._erase_extra()
        return done

    async def compare(self, told: Progress) -> tuple[int, int]:
        """The same, changing nothing."""
        done = await self._each(self._compare_one, told)
        with _told(refusals.NEW_BLOBS):
            if await _count(self._new, self._features) != done[0]:
                raise Refused(refusals.MOVED_ON)
        return done

    async def _each(self, work: Callable[[str], Awaitable[int]], told: Progress) -> tuple[int, int]:
        with _told(refusals.OLD_BLOBS):
            expected = await _count(self._old, self._features)
        done = done_bytes = 0
        for feature in self._features:
            with _told(refusals.OLD_BLOBS):
                async for page in self._old.names(feature):
                    for start in range(0, len(page), BLOBS_AT_ONCE):
                        sizes = await asyncio.gather(*[work(name) for name in page[start : start + BLOBS_AT_ONCE]])
                        done, done_bytes = done + len(sizes), done_bytes + sum(sizes)
                        told(done, expected)
        return done, done_bytes

    async def _copy_one(self, name: str) -> int:
        content = await self._read_old(name)
        with _told(refusals.NEW_BLOBS):
            if await read_whole(self._new, name) != content:
                await self._new.put(name, content)
                if await read_whole(self._new, name) != content:
                    raise Refused(refusals.differs(name))
        return len(content)

    async def _compare_one(self, name: str) -> int:
        content = await self._read_old(name)
        with _told(refusals.NEW_BLOBS):
            if await read_whole(self._new, name) != content:
                raise Refused(refusals.MOVED_ON)
        return len(content)

    async def _read_old(self, name: str) -> bytes:
        with _told(refusals.OLD_BLOBS):
            content = await read_whole(self._old, name)
        if content is None:
            raise Refused(refusals.failed(refusals.OLD_BLOBS, name))
        return content

    async def _erase_extra(self) -> None:
        """Blobs that were in the old place at an earlier try; people have taken them since."""
        with _told(refusals.NEW_BLOBS):
            for feature in self._features:
                async for page in self._new.names(feature):
                    await self._new.erase([name for name in page if await self._old.size(name) is None])


async def _count(blobs: Blobs, features: Sequence[str]) -> int:
    return sum([len(page) for feature in features async for page in blobs.names(feature)])


@contextmanager
def _told(where: Text) -> Iterator[None]:
    try:
        yield
    except StorageFull as error:
        raise Refused(refusals.full(where)) from error
    except StorageUnavailable as error:
        raise Refused(refusals.failed(where, str(error))) from error
