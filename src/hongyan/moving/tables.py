"""Copies every table, a slice at a time, and compares: how many rows, and a digest over all of them.

A table that an earlier try has copied whole is left as it is; one that differs is copied anew.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import msgspec

from hongyan.foundation.db import Migration, Row
from hongyan.foundation.db.schema import HALF_MOVED, IMMUTABLE, LEDGER, pending, record
from hongyan.moving import refusals
from hongyan.moving.end import End
from hongyan.moving.model import SLICE_BYTES, SLICE_ROWS, Refused

LEDGER_TABLE: str = "schema_migration"

Progress = Callable[[int, int], None]


class State(Enum):
    """Of the new end. OTHER: something is in it that is not of this move."""

    EMPTY = auto()
    BEGUN = auto()
    WHOLE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Sum:
    """Of a table's rows in whatever order: each is hashed, and the hashes are added."""

    rows: int = 0
    digest: int = 0

    def plus(self, rows: Iterable[Row]) -> "Sum":
        count, digest = self.rows, self.digest
        for row in rows:
            count += 1
            digest += int.from_bytes(hashlib.sha256(msgspec.msgpack.encode(row)).digest())
        return Sum(count, digest % 2**256)


def state_of(new: End, move_id: str) -> State:
    columns = new.columns()
    if not columns:
        return State.EMPTY
    if LEDGER_TABLE not in columns:
        return State.OTHER
    with new.told():
        row = new.tx.one("SELECT name FROM schema_migration WHERE feature = ?", (HALF_MOVED,))
    if row is None:
        return State.WHOLE
    return State.BEGUN if row[0] == move_id else State.OTHER


def applied_in(old: End, migrations: Sequence[Migration]) -> list[Migration]:
    """Those of the old end. Raises DatabaseTooNew, Refused."""
    if LEDGER_TABLE not in old.columns():
        raise Refused(refusals.no_database("PostgreSQL"))
    with old.told():
        missing = pending(old.tx, migrations)
    return [it for it in migrations if it not in missing]


def begin(new: End, move_id: str, now_ms: int) -> None:
    """From now on it is of this move, and no server starts on it."""
    with new.whole():
        new.define(LEDGER)
        record(new.tx, Migration(HALF_MOVED, 1, move_id, ()), now_ms)


def define(new: End, migrations: Sequence[Migration], now_ms: int) -> None:
    """Make the tables as they are in the old end: the same migrations, no more.

    What may not be changed later may be until all is copied: an earlier try may have to be erased.
    """
    with new.told():
        there = {tuple(row) for row in new.tx.all("SELECT feature, number FROM schema_migration")}
    for migration in migrations:
        if (migration.feature, migration.number) not in there:
            with new.whole():
                for statement in migration.statements:
                    if not IMMUTABLE.fullmatch(statement):
                        new.define(statement)
                record(new.tx, migration, now_ms)


def copy(old: End, new: End, migrations: Sequence[Migration], told: Progress) -> tuple[int, int]:
    """Returns how many tables and rows there are in all. Raises Refused."""
    tables = _tables(new)
    expected = _count(old, [*tables, LEDGER_TABLE])
    done = 0
    for table, columns in tables.items():
        done += _copy_one(old, new, table, columns, lambda rows, before=done: told(before + rows, expected))  # type: ignore[misc]
        told(done, expected)
    done += _hand_over(old, new, migrations)
    told(done, expected)
    return len(tables) + 1, done


def compare(old: End, new: End, told: Progress) -> tuple[int, int]:
    """The same of an end that is whole. Raises Refused if anything differs."""
    columns, of_old = new.columns(), old.columns()
    if any(set(found) != set(of_old.get(table, ())) for table, found in columns.items()):
        raise Refused(refusals.MOVED_ON)
    expected, done = _count(old, columns), 0
    for table in columns:
        found = Sum().plus(new.rows(table, columns[table]))
        if found != Sum().plus(old.rows(table, columns[table])):
            raise Refused(refusals.MOVED_ON)
        done += found.rows
        told(done, expected)
    return len(columns), done


def _tables(new: End) -> dict[str, tuple[str, ...]]:
    return {name: columns for name, columns in new.columns().items() if name != LEDGER_TABLE}


def _count(old: End, tables: Iterable[str]) -> int:
    with old.told():
        counts = [old.tx.one(f"SELECT COUNT(*) FROM {table}") for table in tables]  # noqa: S608 - our names
    return sum(int(row[0] or 0) for row in counts if row)


def _copy_one(old: End, new: End, table: str, columns: Sequence[str], told: Callable[[int], None]) -> int:
    there = Sum().plus(new.rows(table, columns))
    if there.rows:  # Of an earlier try, or put there by a migration.
        if there == Sum().plus(old.rows(table, columns)):
            new.count_on(table)
            return there.rows
        with new.whole():
            new.tx.execute(f"DELETE FROM {table}")  # noqa: S608 - our names
    sent = Sum()
    for some in _slices(old.rows(table, columns)):
        with new.whole():
            new.insert(table, columns, some)
        sent = sent.plus(some)
        told(sent.rows)
    if Sum().plus(new.rows(table, columns)) != sent:
        raise Refused(refusals.differs(table))
    new.count_on(table)
    return sent.rows


def _hand_over(old: End, new: End, migrations: Sequence[Migration]) -> int:
    """The old end's ledger takes the place of the mark: from here on it is a server's database."""
    columns = old.columns()[LEDGER_TABLE]
    rows = list(old.rows(LEDGER_TABLE, columns))
    with new.whole():
        new.tx.execute(f"DELETE FROM {LEDGER_TABLE}")  # noqa: S608 - our names
        new.insert(LEDGER_TABLE, columns, rows)
        for statement in (it for migration in migrations for it in migration.statements):
            if IMMUTABLE.fullmatch(statement):
                new.define(statement)
    return len(rows)


def _slices(rows: Iterator[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    weight = 0
    for row in rows:
        some.append(row)
        weight += sum(len(value) for value in row if isinstance(value, bytes | str))
        if len(some) == SLICE_ROWS or weight >= SLICE_BYTES:
            yield some
            some, weight = [], 0
    if some:
        yield some
