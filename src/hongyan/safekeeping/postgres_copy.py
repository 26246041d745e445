"""A PostgreSQL database by its own programs: pg_dump takes it hot and of one moment, pg_restore brings it back whole.

Its archive is kept in pieces as well, but a dump moves everything behind a changed row: only blobs are incremental.
psycopg is loaded when it is needed: a server on SQLite starts without it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress

from hongyan.safekeeping import refusals
from hongyan.safekeeping.model import PIECE_BYTES, Piece, Refused
from hongyan.safekeeping.objects import Objects

SAID_CHARACTERS_MAX = 300
_DUMP = ("pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges")
# One transaction: a restore that is killed leaves the database as empty as it was.
_RESTORE = ("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")


def take(url: str, objects: Objects) -> tuple[tuple[Piece, ...], dict[str, int]]:
    """The pieces of pg_dump's archive, which pg_restore has read to its end, and the migrations. Raises Refused."""
    migrations = _migrations(url)
    if migrations is None:
        raise Refused(refusals.no_database("PostgreSQL"))
    pieces = _dump(url, objects)
    _feed((_program("pg_restore"), "--file=/dev/null"), dict(os.environ), pieces, objects)
    return pieces, migrations


def give(pieces: Sequence[Piece], objects: Objects, url: str) -> None:
    """Restore into the empty database at `url`: all or nothing. Raises Damaged, Refused."""
    address, environment = _address(url)
    _feed((_program(_RESTORE[0]), *_RESTORE[1:], f"--dbname={address}"), environment, pieces, objects)


def is_empty(url: str) -> bool:
    """Whether no table is there. Raises Refused if nobody answers."""
    return not _rows(url, "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() LIMIT 1")


def holds(url: str, migrations: dict[str, int]) -> bool:
    """Whether the database is one with exactly these migrations."""
    return _migrations(url) == migrations


def _migrations(url: str) -> dict[str, int] | None:
    if not _rows(url, "SELECT 1 FROM information_schema.tables WHERE table_name = 'schema_migration'"):
        return None
    rows = _rows(url, "SELECT feature, MAX(number) FROM schema_migration GROUP BY feature")
    return {str(feature): int(str(number)) for feature, number in rows}


def _rows(url: str, sql: str) -> list[tuple[object, ...]]:
    import psycopg

    from hongyan.foundation.db.postgres import CONNECT_TIMEOUT_S

    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            return connection.execute(sql.encode()).fetchall()
    except psycopg.Error as error:
        raise Refused(refusals.source_unavailable(f"PostgreSQL: {type(error).__name__}")) from error


def _dump(url: str, objects: Objects) -> tuple[Piece, ...]:
    address, environment = _address(url)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            (_program(_DUMP[0]), *_DUMP[1:], f"--dbname={address}"),
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment,
        )
        assert process.stdout is not None
        pieces = []
        try:
            while part := process.stdout.read(PIECE_BYTES):
                pieces.append(objects.put(part))
        finally:
            process.stdout.close()
            status = process.wait()
        if status != 0:
            said.seek(0)
            raise Refused(refusals.program_failed("pg_dump", _short(said.read())))
    return tuple(pieces)


def _feed(command: Sequence[str], environment: dict[str, str], pieces: Sequence[Piece], objects: Objects) -> None:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=environment
        )
        assert process.stdin is not None
        try:
            for piece in pieces:
                process.stdin.write(objects.read(piece))
        except BrokenPipeError:
            pass  # It ended early, and says why below.
        except BaseException:
            process.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
            status = process.wait()
        if status != 0:
            said.seek(0)
            raise Refused(refusals.program_failed("pg_restore", _short(said.read())))


def _address(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which goes by the environment, where no other user can see it."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = parts.pop("password", None)
    environment = dict(os.environ) | ({"PGPASSWORD": password} if password else {})
    return make_conninfo("", **parts), environment


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Refused(refusals.no_program(name))
    return found


def _short(said: bytes) -> str:
    return " ".join(said.decode(errors="replace").split())[:SAID_CHARACTERS_MAX]
