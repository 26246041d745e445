"""The state of one device: an SQLite in memory whose every transaction is in the journal before it is true.

So "decrypt, store, advance the ratchet, advance the cursor" is one transaction, as in the app, and what lies on disk
is one SQLite database of sealed records.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import apsw

from hongyan.sdk.store.journal import Journal
from hongyan.sdk.store.keys import KeySource
from hongyan.sdk.store.schema import SCHEMA
from hongyan.sdk.trouble import Trouble

Value = None | int | float | str | bytes
Result = TypeVar("Result")

_SNAPSHOT_AFTER_BYTES: Final = 2 * 1024 * 1024


class Row:
    """One row; each getter says what the column holds."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, Value]) -> None:
        self._values = values

    def integer(self, name: str) -> int:
        value = self._values[name]
        assert isinstance(value, int), name
        return value

    def integer_or_none(self, name: str) -> int | None:
        return None if self._values[name] is None else self.integer(name)

    def text(self, name: str) -> str:
        value = self._values[name]
        assert isinstance(value, str), name
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self._values[name] is None else self.text(name)

    def blob(self, name: str) -> bytes:
        value = self._values[name]
        assert isinstance(value, bytes), name
        return value

    def blob_or_none(self, name: str) -> bytes | None:
        return None if self._values[name] is None else self.blob(name)


class Reader:
    """Reads what is true now; inside of a transaction, what it has made so far."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def all(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return list(self._rows(sql, values))

    def one(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        return next(iter(self.all(sql, values)), None)

    def has(self, sql: str, values: Sequence[Value] = ()) -> bool:
        return self.one(sql, values) is not None

    def number(self, sql: str, values: Sequence[Value] = ()) -> int:
        """The one number a query answers; 0 when it answers none."""
        found = self._db.execute(sql, tuple(values)).fetchall()
        value = found[0][0] if found else 0
        return value if isinstance(value, int) else 0

    def _rows(self, sql: str, values: Sequence[Value]) -> Iterator[Row]:
        cursor = self._db.cursor()
        names: list[str] = []
        for found in cursor.execute(sql, tuple(values)):
            if not names:
                names = [column[0] for column in cursor.get_description()]
            yield Row(dict(zip(names, found, strict=True)))


class Tx(Reader):
    """A transaction under way."""

    def run(self, sql: str, values: Sequence[Value] = ()) -> None:
        self._db.execute(sql, tuple(values)).fetchall()

    def insert(self, sql: str, values: Sequence[Value] = ()) -> int:
        """The number of the row that was put in."""
        self.run(sql, values)
        return self._db.last_insert_rowid()


class Store(Reader):
    def __init__(self, path: Path, source: KeySource) -> None:
        """Raises Trouble as `Journal` does."""
        super().__init__(apsw.Connection(":memory:"))
        self._journal = Journal(path, source)
        self._tx = Tx(self._db)
        self._after: list[Callable[[], None]] = []
        try:
            self._load()
        except BaseException:
            self._journal.close()
            raise

    def _load(self) -> None:
        try:
            for kind, content in self._journal.read():
                if kind == "snapshot":
                    self._db.deserialize("main", content)
                else:
                    apsw.Changeset.apply(content, self._db, conflict=_no_conflict)
        except apsw.Error:
            raise Trouble("state_damaged") from None
        version = self.number("PRAGMA user_version")
        if version > len(SCHEMA):
            raise Trouble("state_newer")
        for script in SCHEMA[version:]:
            self._db.execute(script)
        if version < len(SCHEMA):
            self._db.execute(f"PRAGMA user_version = {len(SCHEMA)}")
        if version < len(SCHEMA) or self._journal.appended_bytes > _SNAPSHOT_AFTER_BYTES:
            self._journal.put_snapshot(self._db.serialize("main"))

    def write(self, change: Callable[[Tx], Result]) -> Result:
        """Run one transaction. What it changed is on disk when this returns, or nothing of it is true.

        Raises Trouble disk_full.
        """
        assert not self._db.in_transaction, "a transaction in a transaction"
        self._after.clear()
        self._db.execute("BEGIN")
        recorder = apsw.Session(self._db, "main")
        try:
            recorder.attach()
            result = change(self._tx)
            made = recorder.patchset()
            if made:
                self._journal.append(made)
        except (apsw.FullError, apsw.IOError):
            self._db.execute("ROLLBACK")
            raise Trouble("disk_full") from None
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        finally:
            recorder.close()
        self._db.execute("COMMIT")
        told, self._after = self._after, []
        for tell in told:
            tell()
        size = self.number("PRAGMA page_count") * self.number("PRAGMA page_size")
        if self._journal.appended_bytes > max(_SNAPSHOT_AFTER_BYTES, size):
            with suppress(apsw.FullError, apsw.IOError):  # there is room for changes, and later for a snapshot
                self._journal.put_snapshot(self._db.serialize("main"))
        return result

    def afterwards(self, tell: Callable[[], None]) -> None:
        """Called in a transaction: runs once it is true."""
        self._after.append(tell)

    def close(self) -> None:
        self._db.close()
        self._journal.close()


def _no_conflict(_reason: int, _change: apsw.TableChange) -> int:
    return apsw.SQLITE_CHANGESET_ABORT
