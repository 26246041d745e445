"""The order of a move: look at both places, blobs, tables, and only then is the new place a server's.

Whatever is interrupted is gone on with by the same command. A move that was finished is compared once more.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec

from hongyan.foundation import starting
from hongyan.foundation.blobs import open_blobs
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Migration
from hongyan.foundation.language import Text
from hongyan.moving import refusals, tables
from hongyan.moving.blobs import BlobMove
from hongyan.moving.end import End
from hongyan.moving.mark import Mark, mark_in, new_mark, places_of, write_mark
from hongyan.moving.model import LOOK_EVERY_S, LOOKS_FOR_OTHERS, Moved, Refused, Step, Told
from hongyan.moving.sqlite import SqliteEnd, part_of
from hongyan.moving.tables import State
from hongyan.settings import DATABASE_FILE_NAME, Settings


class Mover:
    """`features` are those that put blobs; `told` is told how far it is."""

    def __init__(self, clock: Clock, migrations: Sequence[Migration], features: Sequence[str], told: Told) -> None:
        self._clock = clock
        self._migrations = migrations
        self._features = features
        self._told = told

    async def move(self, old: Settings, new: Settings) -> Moved:
        """Copy what lies elsewhere by `new` than by `old`, both of one data folder. Raises Refused, CannotStart."""
        if places_of(old) == places_of(new):
            raise Refused(refusals.NOWHERE)
        if not old.data_dir.is_dir():
            raise Refused(refusals.no_database(str(old.data_dir)))
        folder = starting.DataFolder(old.data_dir)
        try:
            starting.refuse_half_restored(old.data_dir)
            return await self._move(old, new)
        finally:
            folder.release()

    async def _move(self, old: Settings, new: Settings) -> Moved:
        started_s = self._clock.monotonic_s()
        known = mark_in(old.data_dir)
        if known is not None and (known.old, known.new) != (places_of(old), places_of(new)):
            known = None
        mark = known or new_mark(old, new)
        database = None
        if mark.old.database != mark.new.database:
            database = _DatabaseMove(self._clock, self._migrations, old, new)
        blobs = None
        if mark.old.blobs != mark.new.blobs:
            blobs = BlobMove(open_blobs(old.blobs_place), open_blobs(new.blobs_place), self._features)
        try:
            state = None if database is None else await asyncio.to_thread(database.look, mark.move_id)
            if database is not None:
                await database.alone()
            if known is not None and known.finished and state is State.EMPTY:
                known, mark = None, new_mark(old, new)  # Somebody made a new one, to move there once more.
            is_whole = mark.finished if state is None else state is State.WHOLE
            if known is None and is_whole:
                raise Refused(_occupied(new))
            if known is None and blobs is not None and await blobs.is_begun():
                raise Refused(refusals.blobs_occupied(str(new.blobs_place)))
            moved = await self._carry(old, mark, database, blobs, only_compare=is_whole)
        finally:
            if database is not None:
                database.close()
        places = places_of(new)
        return Moved(
            database=places.database,
            blobs_place=places.blobs,
            tables=moved[0],
            rows=moved[1],
            blobs=moved[2],
            blob_bytes=moved[3],
            only_compared=is_whole,
            seconds=self._clock.monotonic_s() - started_s,
        )

    async def _carry(
        self,
        old: Settings,
        mark: Mark,
        database: "_DatabaseMove | None",
        blobs: BlobMove | None,
        *,
        only_compare: bool,
    ) -> tuple[int | None, int, int | None, int]:
        if not only_compare:
            write_mark(old.data_dir, mark)
        count: int | None = None
        rows, blob_count, blob_bytes = 0, None, 0
        if blobs is not None:
            told = partial(self._told, Step.BLOBS)
            blob_count, blob_bytes = await (blobs.compare(told) if only_compare else blobs.copy(told))
        if database is not None:
            work = database.compare if only_compare else partial(database.copy, mark.move_id)
            count, rows = await asyncio.to_thread(work, partial(self._told, Step.ROWS))
        write_mark(old.data_dir, msgspec.structs.replace(mark, finished=True))
        return count, rows, blob_count, blob_bytes


class _DatabaseMove:
    """Both ends, opened by `look`."""

    def __init__(self, clock: Clock, migrations: Sequence[Migration], old: Settings, new: Settings) -> None:
        self._clock = clock
        self._migrations = migrations
        self._settings = old, new
        self._ends: list[End] = []

    def look(self, move_id: str) -> State:
        """Open both ends, and say how far the new one is. Raises Refused, CannotStart."""
        old, new = self._settings
        self._ends.append(_open(old, new=False))
        with starting.explained(places_of(old).database):
            self._applied = tables.applied_in(self._ends[0], self._migrations)
        self._ends.append(_open(new, new=True))
        state = tables.state_of(self._ends[1], move_id)
        if state is State.OTHER:
            raise Refused(_occupied(new))
        return state

    async def alone(self) -> None:
        """Raises Refused if anybody else is connected to either end."""
        for end, where in zip(self._ends, (refusals.OLD_DATABASE, refusals.NEW_DATABASE), strict=True):
            for look in range(LOOKS_FOR_OTHERS, 0, -1):
                count = await asyncio.to_thread(end.others)
                if count == 0:
                    break
                if look == 1:
                    raise Refused(refusals.others_there(where, count))
                await asyncio.sleep(LOOK_EVERY_S)

    def copy(self, move_id: str, told: tables.Progress) -> tuple[int, int]:
        old, new = self._ends
        if tables.state_of(new, move_id) is State.EMPTY:
            tables.begin(new, move_id, self._clock.now_ms())
        tables.define(new, self._applied, self._clock.now_ms())
        done = tables.copy(old, new, self._applied, told)
        new.finish()
        return done

    def compare(self, told: tables.Progress) -> tuple[int, int]:
        old, new = self._ends
        done = tables.compare(old, new, told)
        new.finish()
        return done

    def close(self) -> None:
        for end in self._ends:
            end.close()


def _open(settings: Settings, *, new: bool) -> End:
    where = refusals.NEW_DATABASE if new else refusals.OLD_DATABASE
    if settings.database:
        from hongyan.moving.postgres import PostgresEnd

        return PostgresEnd(settings.database, where, new=new)
    return SqliteEnd(settings.data_dir / DATABASE_FILE_NAME, where, new=new)


def _occupied(new: Settings) -> Text:
    if new.database:
        return refusals.DATABASE_OCCUPIED
    path = new.data_dir / DATABASE_FILE_NAME
    return refusals.in_the_way(path if path.exists() else part_of(path))
