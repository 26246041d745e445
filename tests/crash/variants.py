"""The real server on disks that lose power or fail, and three servers that are wrong on purpose.

Run as the entry of a ServerProcess: `entry("powercut")`. Not part of the product, not reachable from it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from tests.crash.faults import FaultyVfs
from tests.crash.powercut import PowerCutVfs

from hongyan.cli import main
from hongyan.delivery import sorting
from hongyan.delivery.hub import Hub
from hongyan.delivery.line import Line
from hongyan.delivery.model import Decided, Delivery
from hongyan.foundation.db.rounds import Answer, Entry
from hongyan.foundation.db.sqlite import SqliteDatabase
from hongyan.foundation.db.writer import Writer

EARLY_S = 0.03  # by which an answer is early: long beside a round, so that most kills fall into it
SPILL = 0.25  # share of unsynced writes that reach the disk all the same


def entry(*names: str) -> str:
    """Python source that runs `hongyan serve` with these variations."""
    return f"from tests.crash.variants import run; run({names!r})"


def run(names: tuple[str, ...]) -> None:
    kept: list[PowerCutVfs | FaultyVfs] = []
    for name in names:
        if name == "powercut":
            kept.append(PowerCutVfs(spill=SPILL, default=True))
        elif name == "faults":
            kept.append(FaultyVfs())
        elif name == "early_answer":
            answer_before_commit()
        elif name == "no_numbers":
            forget_numbers()
        elif name == "not_synced":
            commit_without_sync()
        else:
            sys.exit(f"unknown variant {name}")
    main()


def answer_before_commit() -> None:
    """Wrong: verdicts leave before the COMMIT. Mail waits for it, or those who were shown it would hide the loss."""
    finish, announce = Writer._finish, Hub.announce
    mail: list[Callable[[], object]] = []

    def announce_in_two(hub: Hub, decided: Iterable[Decided], deliveries: Sequence[Delivery]) -> list[Line]:
        mail.append(lambda: announce(hub, (), deliveries))
        return announce(hub, decided, ())

    def commit(writer: Writer, entries: list[Entry], answers: list[Answer]) -> None:
        given = threading.Event()

        def give() -> None:
            announcements, writer._tx.committed = writer._tx.committed, []
            for done, outcome in answers:
                done(outcome)
            for tell in announcements:
                tell()
            writer._tx.committed, mail[:] = list(mail), []
            given.set()

        writer._call_loop(give)
        given.wait()
        time.sleep(EARLY_S)
        writer._connection.execute("COMMIT")
        writer._call_loop(lambda: finish(writer, entries, [], None))

    setattr(Writer, "_commit", commit)  # noqa: B010 - typed as the method it replaces
    setattr(Hub, "announce", announce_in_two)  # noqa: B010


def forget_numbers() -> None:
    """Wrong: a repeated number is a new message."""
    sorting.is_decided = lambda highest, accepted, no: False  # type: ignore[attr-defined]


def commit_without_sync() -> None:
    """Wrong: synchronous=NORMAL, which syncs the WAL at checkpoints only."""
    opened = SqliteDatabase._open

    def open_lazily(database: SqliteDatabase, *args: int) -> object:
        connection = opened(database, *args)
        connection.pragma("synchronous", "NORMAL")
        return connection

    SqliteDatabase._open = open_lazily  # type: ignore[method-assign, assignment]
