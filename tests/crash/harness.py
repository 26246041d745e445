"""Load, kills, and the count of what was lost or doubled.

Pairs of people write to each other and the owner's group writes to all its members, with retries under the same
numbers, while the server is killed again and again. At the end everything accepted must have been shown exactly
once on every other device of its group, in the sender's order [DS4, DS6, DS11].
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import apsw
from tests.crash.device import Device
from tests.crash.server import ServerProcess
from tests.crash.town import Person, Town, digest_of, text_message

from hongyan.delivery.frames import VerdictCode

FIRST_ANSWER_WITHIN_S = 60.0
LOOK_S = 1.0
DRAINED_WITHIN_S = 60.0


@dataclass
class Report:
    cycles: int = 0
    accepted: int = 0
    deliveries: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    altered: int = 0
    refused: int = 0
    delayed: int = 0
    left_on_disk: int = 0
    integrity: str = ""
    first_answer_s: list[float] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return self.is_whole and self.out_of_order + self.refused == 0

    @property
    def is_whole(self) -> bool:
        """Nothing lost, doubled or altered; what was refused and sent again may have lost its place."""
        return self.lost + self.doubled + self.altered + self.left_on_disk == 0 and self.integrity == "ok"

    def __str__(self) -> str:
        times_ms = [round(one * 1000) for one in self.first_answer_s] or [0]
        return (
            f"cycles {self.cycles}, accepted {self.accepted}, deliveries {self.deliveries}, lost {self.lost}, "
            f"doubled {self.doubled}, out of order {self.out_of_order}, altered {self.altered}, "
            f"refused {self.refused}, put off {self.delayed}, left on disk {self.left_on_disk}, "
            f"integrity {self.integrity}, "
            f"start to first answer p50 {statistics.median(times_ms):.0f} ms, max {max(times_ms)} ms"
        )


class Harness:
    def __init__(self, server: ServerProcess, *, pairs: int = 5, seed: int = 1) -> None:
        self.server = server
        self._pairs = pairs
        self._chance = random.Random(seed)
        self._town = Town(server.url)
        self._devices: dict[int, Device] = {}
        self._first_answer = asyncio.Event()
        self._feeding = False
        self.report = Report()

    async def set_up(self) -> None:
        """People, friendships and groups, on the server under test."""
        await asyncio.to_thread(self.server.start_and_wait)
        await asyncio.to_thread(self._town.populate, self.server.owner_token(), self._pairs)
        for person in self._town.people:
            device = self._devices[person.device_id] = self._town.device(person)
            device.on_answer = self._first_answer.set
            device.start()
        owner = self._town.owner
        self._group(owner, [mei for mei, _ in self._town.pairs])
        for mei, bo in self._town.pairs:
            self._group(mei, [bo])
        for device in self._devices.values():
            await device.answered()
            assert not device.refused, device.refused
            device.feed = self._feeder(device)

    def _group(self, founder: Person, others: list[Person]) -> None:
        self._town.make_group(self._devices[founder.device_id], founder, others)

    def _feeder(self, device: Device) -> Feeder:
        mine = [
            group_id
            for group_id, members in self._town.groups.items()
            if device.device_id in [person.device_id for person in members]
        ]
        return Feeder(self, mine, self._chance)

    @property
    def is_feeding(self) -> bool:
        return self._feeding

    async def kill_cycles(self, cycles: int, *, accepted_min: int = 0, entry: str | None = None) -> None:
        """Kill 20–250 ms after the first answer of each cycle; goes on beyond `cycles` until enough is accepted.

        `entry`: the server to run from here on, on the data that the set-up left.
        """
        self.server.kill()
        if entry is not None:
            self.server.entry = entry
        self._feeding = True
        while self.report.cycles < cycles or self._accepted() < accepted_min:
            self.report.cycles += 1
            self._first_answer.clear()
            self.server.start()
            started_s = time.monotonic()
            await self._wait_for_first_answer()
            self.report.first_answer_s.append(time.monotonic() - started_s)
            await asyncio.sleep(self._chance.uniform(0.02, 0.25))
            self.server.kill()
        self._feeding = False

    async def _wait_for_first_answer(self) -> None:
        """Starts the server again, as its supervisor would, when it could not start on a failing disk."""
        async with asyncio.timeout(FIRST_ANSWER_WITHIN_S):
            while not self._first_answer.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._first_answer.wait(), LOOK_S)
                if not self.server.is_running:
                    self.server.start()

    async def feed_for(self, seconds: float) -> None:
        """Load without kills."""
        self._feeding = True
        for device in self._devices.values():
            device.pump()
        await asyncio.sleep(seconds)
        self._feeding = False

    def let_mail_pile_up(self, *, piling: bool) -> None:
        """Nobody acknowledges, so the server has to store more and more; or everybody does again, at once."""
        for device in self._devices.values():
            device.acknowledges = not piling
            if not piling:
                device.acknowledge()

    @property
    def codes(self) -> Counter[str]:
        """How often each refusal was answered."""
        return Counter(verdict.code.name for device in self._devices.values() for verdict in device.refused)

    async def until_refused(self, code: str) -> None:
        while not self.codes[code]:
            await asyncio.sleep(0.05)

    @property
    def town(self) -> Town:
        return self._town

    def _accepted(self) -> int:
        return sum(len(device.accepted) for device in self._devices.values())

    async def settle(self) -> Report:
        """Start once more, let everybody finish, stop, and count."""
        await asyncio.to_thread(self.server.start_and_wait)
        async with asyncio.timeout(DRAINED_WITHIN_S):
            for device in self._devices.values():
                await device.answered()
            for device in self._devices.values():
                await device.stop()
                device.start()
            for device in self._devices.values():
                await device.ready.wait()
                await device.emptied()
        await asyncio.sleep(1.0)  # acknowledgements are gathered before they are written
        for device in self._devices.values():
            await device.stop()
        await asyncio.to_thread(self.server.stop)
        self._town.close()
        self._count()
        self._look_at_disk(self.server.folder / "hongyan.db")
        return self.report

    async def give_up(self) -> None:
        for device in self._devices.values():
            await device.stop()
        self._town.close()
        if self.server.is_running:
            self.server.kill()

    def _count(self) -> None:
        report = self.report
        for group_id, members in self._town.groups.items():
            for sender in members:
                sent = {
                    no: digest_of(frame.message)
                    for no, frame in self._devices[sender.device_id].accepted.items()
                    if frame.group_id == group_id and no > self._setup_numbers(sender)
                }
                report.accepted += len(sent)
                for reader in members:
                    if reader is not sender:
                        self._count_reader(sent, group_id, sender, reader)
        verdicts = [verdict for device in self._devices.values() for verdict in device.refused]
        report.delayed = sum(verdict.code is VerdictCode.BUSY for verdict in verdicts)
        report.refused = len(verdicts) - report.delayed

    def _setup_numbers(self, sender: Person) -> int:
        return sum(1 for members in self._town.groups.values() if members[0] is sender)

    def _count_reader(self, sent: dict[int, bytes], group_id: bytes, sender: Person, reader: Person) -> None:
        seen = [
            one
            for one in self._devices[reader.device_id].shown
            if one.group_id == group_id and one.sender == sender.device_id
        ]
        times = Counter(one.no for one in seen)
        self.report.deliveries += len(seen)
        self.report.lost += sum(1 for no in sent if no not in times)
        self.report.doubled += sum(count - 1 for count in times.values())
        self.report.altered += sum(1 for one in seen if sent.get(one.no, one.digest) != one.digest)
        numbers = [one.no for one in seen]
        self.report.out_of_order += sum(1 for i in range(1, len(numbers)) if numbers[i] < numbers[i - 1])

    def _look_at_disk(self, path: Path) -> None:
        """All is acknowledged: nothing may wait, and the file must be sound."""
        db = apsw.Connection(str(path))
        self.report.integrity = str(db.pragma("integrity_check"))
        for table in ("mail", "body"):
            self.report.left_on_disk += int(db.execute(f"SELECT count(*) FROM {table}").get)
        db.close()


@dataclass
class Feeder:
    """Says something in one of a device's groups while the harness feeds."""

    harness: Harness
    groups: list[bytes]
    chance: random.Random

    def __call__(self) -> tuple[bytes, bytes] | None:
        if not self.harness.is_feeding:
            return None
        group_id = self.chance.choice(self.groups)
        return group_id, text_message(group_id)
