"""Blobs as objects in an S3 bucket, through obstore: when one machine is not enough.

Keys, endpoint and region come from the usual AWS_… variables of the environment, never from the settings file.
"""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from hongyan.foundation.blobs.model import NAMES_PER_PAGE, PUT_BYTES_MAX, Content, NoSuchBlob, checked
from hongyan.foundation.db import StorageUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

READ_BYTES = 1024 * 1024
TIMEOUT = timedelta(seconds=60)
RETRIES_MAX = 3
RETRY_TIMEOUT = timedelta(seconds=30)

T = TypeVar("T")


class BucketBlobs:
    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    async def settle(self) -> None:
        """S3 shows no object before it is whole: there is nothing half written."""

    async def put(self, name: str, content: Content) -> int:
        from obstore import put_async

        whole = content if isinstance(content, bytes) else await _collected(content)
        assert len(whole) <= PUT_BYTES_MAX
        await _asked(put_async(self._store, checked(name), whole, use_multipart=False))
        return len(whole)

    async def read(self, name: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        from obstore import get_range_async

        checked(name)
        while start < stop:  # A request for each part: no answer of S3 waits for a slow reader.
            end = min(start + READ_BYTES, stop)
            part = bytes(await _asked(get_range_async(self._store, name, start=start, end=end)))
            if len(part) != end - start:
                raise StorageUnavailable("a blob is shorter than it was")
            start = end
            yield part

    async def size(self, name: str) -> int | None:
        from obstore import head_async

        try:
            return (await _asked(head_async(self._store, checked(name))))["size"]
        except NoSuchBlob:
            return None

    async def erase(self, names: Sequence[str]) -> None:
        from obstore import delete_async

        for name in names:
            try:
                await _asked(delete_async(self._store, checked(name)))
            except NoSuchBlob:
                continue

    async def names(self, feature: str) -> AsyncIterator[list[str]]:
        import obstore

        pages = obstore.list(self._store, prefix=feature, chunk_size=NAMES_PER_PAGE)
        while True:
            try:
                page = await _asked(anext(pages))
            except StopAsyncIteration:
                return
            yield [found["path"] for found in page]

    async def room_bytes(self) -> int | None:
        return None


def open_bucket(url: str) -> BucketBlobs:
    """`url` is s3://bucket or s3://bucket/folder. Asks nothing of it yet."""
    from obstore.store import S3Store

    parts = urlsplit(url)
    store = S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        client_options={"timeout": TIMEOUT, "allow_http": True},
        retry_config={"max_retries": RETRIES_MAX, "retry_timeout": RETRY_TIMEOUT},
    )
    return BucketBlobs(store)


async def _collected(content: AsyncIterable[bytes]) -> bytes:
    whole = bytearray()
    async for chunk in content:
        whole += chunk
        assert len(whole) <= PUT_BYTES_MAX
    return bytes(whole)


async def _asked(answer: Awaitable[T]) -> T:
    """What S3 answers; its refusals are named but not told, since they may hold addresses and keys."""
    try:
        return await answer
    except FileNotFoundError as error:
        raise NoSuchBlob from error
    except StopAsyncIteration:
        raise
    except Exception as error:
        raise StorageUnavailable(type(error).__name__) from error
