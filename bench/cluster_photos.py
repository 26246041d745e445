"""Photos taken up and fetched again while nodes die: a blob that was said to be there must be there, byte for byte."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from tests.delivery.seed import Seeded
from tests.media.client import MediaClient, Sealed, sealed

PHOTO_BYTES = 64 * 1024
EVERY_S = 1.0
TRY_WITHIN_S = 5.0
AGAIN_S = 0.2
FETCHED_WITHIN_S = 60.0


@dataclass
class Photo:
    by: int
    sealed: Sealed


class Photos:
    """Each of `members` in turn sends one to the group; what failed is tried again, as the app does."""

    def __init__(self, group_id: bytes, members: Sequence[Seeded], doors: Sequence[str]) -> None:
        self._group_id = group_id
        self._members = members
        self._doors = itertools.cycle(doors)
        self._task: asyncio.Task[None] | None = None
        self._is_over = False
        self.accepted: list[Photo] = []
        self.longest_s = 0.0

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._send())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def finish(self) -> None:
        """Returns once the last one is taken up."""
        self._is_over = True
        if self._task is not None:
            await self._task

    async def lost(self) -> int:
        """How many somebody else cannot fetch as they were sent."""
        missing = 0
        for photo in self.accepted:
            reader = self._members[(photo.by + 1) % len(self._members)]
            missing += not await self._is_there(photo.sealed, reader)
        return missing

    async def _send(self) -> None:
        for by in itertools.cycle(range(len(self._members))):
            if self._is_over:
                return
            photo = Photo(by, await asyncio.to_thread(lambda: sealed(os.urandom(PHOTO_BYTES))))
            began_s = time.perf_counter()
            while not await self._took_up(photo):
                await asyncio.sleep(AGAIN_S)
            self.longest_s = max(self.longest_s, time.perf_counter() - began_s)
            self.accepted.append(photo)
            await asyncio.sleep(EVERY_S)

    async def _took_up(self, photo: Photo) -> bool:
        client = MediaClient(next(self._doors), self._members[photo.by].token)
        try:
            async with asyncio.timeout(TRY_WITHIN_S):
                answer = await client.create(photo.sealed, self._group_id, first=photo.sealed.blob)
                offset = int(answer.headers.get("upload-offset", "0"))
                if answer.status_code == 201 and offset < len(photo.sealed.blob):
                    answer = await client.patch(photo.sealed, offset)
                return answer.status_code in (201, 204)
        except (httpx.HTTPError, TimeoutError):
            return False
        finally:
            await client.close()

    async def _is_there(self, photo: Sealed, reader: Seeded) -> bool:
        """False only once it is answered with something else, or not at all for a minute."""
        end_s = time.perf_counter() + FETCHED_WITHIN_S
        while time.perf_counter() < end_s:
            client = MediaClient(next(self._doors), reader.token)
            try:
                answer = await client.get(photo)
                if answer.status_code < 500:
                    return answer.status_code == 200 and answer.content == photo.blob
            except httpx.HTTPError:
                pass
            finally:
                await client.close()
            await asyncio.sleep(AGAIN_S)
        return False
