"""One life of the server process in virtual time, and the people of its database.

What it is made of is real: Delivery with its Sorting, Hub and Lines, DeliveryEndpoint, Readback, the timed jobs, the
Gate, and SqliteDatabase with its Writer. In place of the commit thread the disk takes a while of virtual time.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.reliability.disk import DATABASE, NAME, Disk, SimulatedVfs
from tests.reliability.phone import token_of
from tests.reliability.virtual import START_MS, VirtualClock, VirtualLoop

from hongyan.accounts import accounts_of_devices, standing
from hongyan.app import migrations
from hongyan.contacts import may_reach
from hongyan.delivery.endpoint import DeliveryEndpoint
from hongyan.delivery.hub import Hub
from hongyan.delivery.jobs import schedule
from hongyan.delivery.readback import Readback
from hongyan.delivery.relay import Relay
from hongyan.delivery.service import Delivery
from hongyan.foundation.bus import Alone
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import Tx
from hongyan.foundation.db.sqlite import SqliteDatabase
from hongyan.foundation.ids import token_hash
from hongyan.foundation.jobs import Jobs
from hongyan.foundation.overload import Gate

DEVICES = range(1, 7)  # two a person
GROUPS = {b"family": frozenset({1, 2, 3, 5}), b"lan and mei": frozenset({1, 3})}


@cache
def vfs() -> SimulatedVfs:
    """Registered once; SQLite in exclusive use of nothing but our files."""
    return SimulatedVfs()


@cache
def template() -> bytes:
    """A migrated database with people who are all friends, and their groups in epoch 1."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE
        database = SqliteDatabase(path)
        database.migrate(migrations(), ManualClock())
        seed_people(database._writer._tx)
        database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database._connection.close()
        return path.read_bytes()


def seed_people(tx: Tx) -> None:
    accounts = sorted({account_of(device_id) for device_id in DEVICES})
    for account_id in accounts:
        tx.execute(
            "INSERT INTO account (account_id, name, name_folded, account_key, box_key, box_signature, is_owner, "
            "created_at_ms) VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
            (account_id, f"p{account_id}", f"p{account_id}", _key(account_id), bytes(32), bytes(64), START_MS),
        )
    for device_id in DEVICES:
        tx.execute(
            "INSERT INTO device (device_id, account_id, signature_key, certificate, created_at_ms, label, token_hash, "
            "last_seen_day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                device_id,
                account_of(device_id),
                _key(1000 + device_id),
                bytes(64),
                START_MS,
                b"",
                token_hash(token_of(device_id)),
                None,
            ),
        )
    for one in accounts:
        for other in accounts:
            if one != other:
                tx.execute(
                    "INSERT INTO friendship (account_id, friend_id, since_ms) VALUES (?, ?, ?)", (one, other, START_MS)
                )
    for group_id, roster in GROUPS.items():
        peak = len({account_of(one) for one in roster})
        tx.execute("INSERT INTO mls_group (group_id, epoch, accounts_peak) VALUES (?, 1, ?)", (group_id, peak))
        tx.execute("INSERT INTO group_info (group_id, bytes) VALUES (?, ?)", (group_id, b"group info"))
        for device_id in sorted(roster):
            tx.execute(
                "INSERT INTO member (group_id, device_id, account_id) VALUES (?, ?, ?)",
                (group_id, device_id, account_of(device_id)),
            )


def account_of(device_id: int) -> int:
    return 100 + (device_id + 1) // 2


def _key(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


class Hand:
    """Does a writer's work on the loop, after as long as the disk takes, in order."""

    def __init__(self, loop: VirtualLoop, chance: random.Random) -> None:
        self._loop = loop
        self._chance = chance
        self._free_at_s = 0.0

    def put(self, work: Callable[[], None] | None) -> None:
        if work is not None:
            took_s = self._chance.uniform(0.001, 0.01) if self._chance.random() < 0.95 else self._chance.uniform(0, 1)
            self._free_at_s = max(self._free_at_s, self._loop.time()) + took_s
            self._loop.call_at(self._free_at_s, work)


class Server:
    """Raises StorageUnavailable when it cannot start on the disk."""

    def __init__(
        self,
        disk: Disk,
        folder: Path,
        loop: VirtualLoop,
        clock: VirtualClock,
        chance: random.Random,
        *,
        with_jobs: bool,
    ) -> None:
        self.disk = disk
        folder.mkdir()
        vfs().mount(folder, disk)
        self.db = SqliteDatabase(folder / DATABASE, vfs=NAME)
        try:
            self.db.migrate(migrations(), clock)
        except BaseException:
            self.close()
            raise
        writer = self.db._writer
        writer._loop = loop
        writer._work = Hand(loop, chance)  # type: ignore[assignment]  # in place of the commit thread
        gate = Gate(clock, self.db)
        readback = Readback(self.db, lambda _device: True, _note_nothing)
        relay = Relay(Hub(), readback, self.db, Alone(), standing)
        self.delivery = Delivery(self.db, clock, gate, relay, accounts_of_devices, may_reach)
        self.endpoint = DeliveryEndpoint(self.delivery, readback, clock)
        self._jobs = Jobs(self.db, clock)
        schedule(self._jobs, self.delivery, self.db, clock)
        if with_jobs:
            self._jobs.start()

    def retire(self) -> None:
        """The process is gone: what it still had in mind reaches nobody."""
        for task in self._jobs._tasks:
            task.cancel()

    def close(self) -> None:
        """Give the connections back; what they write on the way is read by nobody."""
        self.disk.is_over = True
        for connection in (self.db._reader, self.db._connection):
            if connection is not None:
                connection.close(True)


async def _note_nothing(_device: object) -> None:
    """When a device was last seen is another feature's."""
