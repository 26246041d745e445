"""Looks into a database from beside the server: whole, honest, of our version? Changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hongyan.foundation.db.model import DatabaseHalfMoved, DatabaseTooNew, StorageUnavailable, Tx
from hongyan.foundation.db.schema import Migration, pending

# PostgreSQL's settings without which an acknowledgement is a guess.
_MUST_BE_ON = ("fsync", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Health:
    """`damage` is what the engine complains of; `guesses` are settings under which "stored" is not true.

    `latest_ms`: the newest moment the database knows; None while it is empty. `missing` migrations come at the start.
    """

    engine: str
    damage: tuple[str, ...]
    guesses: tuple[str, ...]
    latest_ms: int | None
    missing: int
    too_new: bool
    half_moved: bool = False


def health_of(url: str, migrations: Sequence[Migration]) -> Health | None:
    """None if there is no database yet. Raises StorageUnavailable."""
    if url.startswith(("postgresql://", "postgres://")):
        return _postgres(url, migrations)
    return _sqlite(Path(url), migrations)


def _sqlite(path: Path, migrations: Sequence[Migration]) -> Health | None:
    import apsw

    from hongyan.foundation.db.sqlite import BUSY_TIMEOUT_MS, SqliteTx

    if not path.exists():
        return None
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        try:
            connection.pragma("query_only", True)
            told = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
            damage = () if told == ["ok"] else tuple(told)
            tables = "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'"
            age = _age(SqliteTx(connection), migrations, tables)
        finally:
            connection.close()
    except apsw.Error as error:
        raise StorageUnavailable(str(error)) from error
    return Health(f"SQLite {apsw.sqlite_lib_version()}", damage, (), *age)


def _postgres(url: str, migrations: Sequence[Migration]) -> Health:
    import psycopg

    from hongyan.foundation.db.postgres import CONNECT_TIMEOUT_S, PostgresTx

    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            tx = PostgresTx(connection)
            guesses = [name for name in _MUST_BE_ON if tx.one(f"SHOW {name}") != ("on",)]
            if tx.one("SHOW synchronous_commit") == ("off",):
                guesses.append("synchronous_commit")
            failures = tx.one(
                "SELECT COALESCE(SUM(checksum_failures), 0) FROM pg_stat_database WHERE datname = current_database()"
            )
            damage = (f"checksum failures: {int(failures[0] or 0)}",) if failures and int(failures[0] or 0) else ()
            version = tx.one("SHOW server_version")
            table = "SELECT 1 FROM information_schema.tables WHERE table_name = 'schema_migration'"
            age = _age(tx, migrations, table)
    except psycopg.Error as error:
        raise StorageUnavailable(type(error).__name__) from error
    engine = f"PostgreSQL {str(version[0]).split()[0] if version else ''}"
    return Health(engine, damage, tuple(guesses), *age)


def _age(tx: Tx, migrations: Sequence[Migration], is_there: str) -> tuple[int | None, int, bool, bool]:
    """The newest moment stored, how many migrations are missing, whether one is unknown, and whether a move goes on."""
    if tx.one(is_there) is None:
        return None, len(migrations), False, False
    newest = tx.one("SELECT MAX(applied_at_ms) FROM schema_migration")
    latest_ms = int(newest[0] or 0) if newest else 0
    try:
        missing = len(pending(tx, migrations))
    except DatabaseHalfMoved:
        return latest_ms, 0, False, True
    except DatabaseTooNew:
        return latest_ms, 0, True, False
    # Jobs are due within the hour after they last ran.
    due = tx.one("SELECT MAX(due_at_ms) FROM job") if missing == 0 else None
    return max(latest_ms, int(due[0] or 0) if due else 0), missing, False, False
