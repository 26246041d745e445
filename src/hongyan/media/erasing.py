"""Erases objects whose rows are gone: after the transaction, never before, so that no row names what is not there.

What a crash or a failing store leaves behind is found by `sweep`: an object that no row names in two looks in a
row is nobody's. Between the looks lies more time than a piece may take from its first byte to its row.
"""

import asyncio

import structlog

from hongyan.foundation.blobs import Blobs
from hongyan.foundation.db import Database, StorageUnavailable
from hongyan.media import store
from hongyan.media.model import ERASED_AT_ONCE, FEATURE

_log = structlog.get_logger("media")


class Eraser:
    def __init__(self, db: Database, blobs: Blobs) -> None:
        self._db = db
        self._blobs = blobs
        self._waste: list[str] = []
        self._task: asyncio.Task[None] | None = None
        self._suspects: set[str] = set()

    def erase_soon(self, objects: list[str]) -> None:
        """To be called after the commit that forgot them."""
        self._waste += objects
        if self._waste and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._run(), name="media erasing")

    async def flush(self) -> None:
        """Return once all that was handed over is erased, or has failed to be."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._waste:
            objects, self._waste = self._waste[:ERASED_AT_ONCE], self._waste[ERASED_AT_ONCE:]
            try:
                await self._blobs.erase(objects)
            except StorageUnavailable as error:
                _log.warning("erasing_left_to_the_sweep", objects=len(objects), error=type(error).__name__)

    async def sweep(self) -> int:
        """Erase what was nobody's at the last look already; returns how many objects."""
        suspects: set[str] = set()
        erased = 0
        async for names in self._blobs.names(FEATURE):
            known = await self._db.read(lambda tx, names=names: store.known_objects(tx, names))  # type: ignore[misc]  # mypy cannot infer defaults
            nobodys = set(names) - known
            waste = sorted(nobodys & self._suspects)
            await self._blobs.erase(waste)
            erased += len(waste)
            suspects |= nobodys - self._suspects
        self._suspects = suspects
        if erased:
            _log.info("swept", objects=erased)
        return erased
