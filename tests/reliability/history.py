"""One history from one seed: phones, a network, a disk and the real Delivery Service, all in virtual time.

`play(seed)` gives the same outcome and the same trace each time, on any machine with the same SQLite.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from structlog.testing import capture_logs
from tests.reliability.disk import DATABASE, Disk
from tests.reliability.judge import Outcome, judge
from tests.reliability.phone import Registry, SimulatedPhone
from tests.reliability.server import DEVICES, GROUPS, Server, template, vfs
from tests.reliability.virtual import Deadlock, Endless, VirtualClock, VirtualLoop, VirtualTime
from tests.reliability.wire import Wire

from hongyan.foundation.db import StorageFull, StorageUnavailable
from hongyan.foundation.ids import DeviceId

HEALED_WITHIN_S = 600.0  # and four times as long as a phone stays away
BOOTS_MAX = 5


@dataclass(frozen=True)
class Weather:
    """How often what goes wrong goes wrong, of a thousand steps."""

    cuts: int = 40
    stalls: int = 40
    restarts: int = 15
    kills: int = 15
    power_cuts: int = 15
    faults: int = 20
    clock_jumps: int = 0
    syncs: bool = True
    # How long things take: between steps, between pings, and until a phone that lost its connection tries again.
    step_s: float = 0.4
    ping_s: float = 5.0
    away_s: float = 3.0
    # A history takes about a tenth of it; who does something again and again is stopped.
    turns_max: int = 20_000


STORMY = Weather()
HURRICANE = Weather(cuts=200, stalls=100, kills=30, power_cuts=30)
CALM = Weather(cuts=0, stalls=0, restarts=0, kills=0, power_cuts=0, faults=0)
# Most of a day in which somebody sets the clock again and again; phones are away for hours.
CLOCKS = Weather(
    clock_jumps=150, cuts=250, stalls=0, faults=0, step_s=1_800.0, ping_s=600.0, turns_max=80_000, away_s=14_000.0
)


class History:
    def __init__(self, seed: int, weather: Weather, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.loop = VirtualLoop(turns_max=weather.turns_max)
        self.clock = VirtualClock(self.loop)
        self.weather = weather
        self.outcome = Outcome(seed)
        self.registry = Registry()
        self._folder = folder
        self._trace = hashlib.blake2b(digest_size=8)
        self._lives: list[Server] = []
        self._wires: list[Wire] = []
        self.is_down = False
        self.phones = {
            one: SimulatedPhone(
                one,
                self.loop,
                random.Random(self.chance.random()),
                self.registry,
                self._dial,
                self.note,
                ping_s=weather.ping_s,
                away_s=weather.away_s,
            )
            for one in DEVICES
        }
        for group_id, roster in GROUPS.items():
            for one in sorted(roster):
                self.phones[one].enter(group_id, 1, roster)

    @property
    def trace(self) -> str:
        return self._trace.hexdigest()

    @property
    def server(self) -> Server:
        return self._lives[-1]

    def note(self, *what: object) -> None:
        self._trace.update(repr((round(self.loop.time(), 6), *what)).encode())

    # --- the course of it -------------------------------------------------------------------------------

    async def run(self, steps: int, disk: Disk) -> None:
        self.boot(disk)
        for phone in self.phones.values():
            phone.connect()
        for _ in range(steps):
            await pause(self.loop, self.chance.uniform(0, self.weather.step_s))
            self.step()
        self.heal()
        await self.until_quiet()

    def step(self) -> None:
        chance, weather = self.chance, self.weather
        self.note("step")
        dice = chance.randrange(1000)
        for often, what in (
            (weather.cuts, self._cut_some_wire),
            (weather.stalls, self._stall_some_wire),
            (weather.restarts, lambda: self._some_phone().restart()),
            (weather.kills, lambda: self.kill(power_cut=False)),
            (weather.power_cuts, self._cut_power_soon),
            (weather.faults, self._fail_soon),
            (weather.clock_jumps, self._set_clock),
        ):
            if dice < often:
                what()
                return
            dice -= often
        self._live(self._some_phone())

    def _live(self, phone: SimulatedPhone) -> None:
        group_id = self.chance.choice(list(GROUPS))
        if self.chance.random() < 0.85:
            for _ in range(self.chance.choice((1, 1, 1, 2, 8))):
                phone.say(group_id)
        elif group_id == b"family" and self.chance.random() < 0.6:
            some = frozenset(self.chance.sample(list(DEVICES), 2))
            came, gone = (some, frozenset[int]()) if self.chance.random() < 0.6 else (frozenset[int](), some)
            phone.change(group_id, came, gone)
        else:
            phone.change(group_id, frozenset(), frozenset())

    def heal(self) -> None:
        """From here on nothing goes wrong any more."""
        self.note("heal")
        if self._lives:
            self.outcome.calls = self.server.disk.calls
            self.server.disk.fail_at = self.server.disk.cut_at = None

    async def until_quiet(self) -> None:
        away_s = self.weather.away_s
        until_s = self.loop.time() + HEALED_WITHIN_S + 4 * away_s
        while not self.is_quiet() and self.loop.time() < until_s:
            await pause(self.loop, away_s / 3)
        await pause(self.loop, 10.0)

    def is_quiet(self) -> bool:
        phones = self.phones.values()
        if self.is_down or any(phone.unanswered or phone.to_say or not phone.is_ready for phone in phones):
            return False
        hub = self.server.delivery.hub
        waiting = self.server.db._connection.execute("SELECT count(*) FROM mail").get
        return waiting == 0 and all(hub.is_connected(DeviceId(one)) for one in self.phones)

    # --- what goes wrong ------------------------------------------------------------------------------

    def boot(self, disk: Disk, failed: int = 0) -> None:
        """Start on what is on the disk; a start that fails is tried again, as a supervisor would."""
        disk.on_cut = lambda: self.loop.call_soon(self.kill)  # type: ignore[assignment, return-value]
        self.outcome.lives += 1
        try:
            self._lives.append(
                Server(
                    disk,
                    self._folder / str(self.outcome.lives),
                    self.loop,
                    self.clock,
                    self.chance,
                    with_jobs=self.weather.clock_jumps > 0,
                )
            )
            self.is_down = False
        except (StorageFull, StorageUnavailable) as error:
            self.is_down = True
            self.outcome.faults += disk.failed
            if failed == BOOTS_MAX:
                self.outcome.wrongs.append(f"the server does not start: {error}")
                return
            left = disk.survivor(power_cut=False, chance=self.chance)
            self.loop.call_later(1.0, self.boot, left, failed + 1)

    def kill(self, *, power_cut: bool = True) -> None:
        """The process is gone with all it had in memory; its supervisor starts another in a while."""
        if self.is_down or not self._lives:
            return
        self.note("kill", power_cut)
        self.outcome.cuts += power_cut
        self.loop.call_later(self.chance.uniform(0.05, 2.0), self.boot, self.end(power_cut=power_cut))

    def end(self, *, power_cut: bool = False) -> Disk:
        """The server is no more; what it leaves on its disk."""
        self.is_down = True
        self.outcome.faults += self.server.disk.failed
        left = self.server.disk.survivor(power_cut=power_cut, chance=self.chance)
        self.server.retire()
        self.server.disk.is_over = True
        for wire in self._wires:
            wire.end_of_server()
        self._wires.clear()
        return left

    def _dial(self, phone: SimulatedPhone) -> Wire | None:
        if self.is_down:
            return None
        wire = Wire(self.loop, self.chance, self.server.endpoint, phone)
        self._wires.append(wire)
        return wire

    def _some_phone(self) -> SimulatedPhone:
        return self.phones[self.chance.choice(list(DEVICES))]

    def _some_wire(self) -> Wire | None:
        self._wires = [wire for wire in self._wires if wire.is_open]
        return self.chance.choice(self._wires) if self._wires else None

    def _cut_some_wire(self) -> None:
        if (wire := self._some_wire()) is not None:
            wire.cut()

    def _stall_some_wire(self) -> None:
        if (wire := self._some_wire()) is not None:
            wire.stall()

    def _cut_power_soon(self) -> None:
        """At one of the next calls of the disk, whichever the server is at then."""
        if not self.is_down:
            self.server.disk.arm_cut(self.chance.randrange(1, 60), self.chance, self.chance.choice((0.0, 0.25, 0.9)))

    def _fail_soon(self) -> None:
        if not self.is_down:
            disk = self.server.disk
            disk.fail_at = disk.calls + self.chance.randrange(1, 60)
            disk.fail_for = self.chance.choice((1, 1, 5, 40))

    def _set_clock(self) -> None:
        """Somebody sets the wall clock, an hour or a month, forth or back."""
        self.clock.wall_off_s += self.chance.choice((-1, 1)) * self.chance.choice((3_600, 30 * 86_400))

    def close(self) -> None:
        for server in self._lives:
            server.retire()
        self.loop.begin_again()
        self.loop.run_until_complete(pause(self.loop, 0.0))
        for server in self._lives:
            server.close()
        self.loop.close()


async def pause(loop: VirtualLoop, seconds: float) -> None:
    future = loop.create_future()
    loop.call_later(seconds, future.set_result, None)
    await future


def play(
    seed: int, *, steps: int = 60, weather: Weather = STORMY, fail_at: int | None = None, fail_for: int = 1
) -> Outcome:
    """Run a history to its end and judge it. `fail_at`: the disk fails at its call of this number, `fail_for` times."""
    disk = Disk({DATABASE: template()}, syncs=weather.syncs)
    disk.fail_at, disk.fail_for = fail_at, fail_for
    with staged(seed, weather) as history:
        try:
            history.loop.run_until_complete(history.run(steps, disk))
        except (Deadlock, Endless) as error:
            history.outcome.wrongs.append(f"it never ended: {type(error).__name__}")
        history.outcome.faults += history.server.disk.failed
        history.outcome.trace = history.trace
        return judge(history.outcome, history.loop, history.phones, history.registry, history.server.db)


@contextmanager
def staged(seed: int, weather: Weather) -> Iterator[History]:
    """A history that has not begun, with all that would depend on the machine put in its hands."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_scratch())))
        history = History(seed, weather, folder)
        stack.callback(vfs().unmount_all)
        stack.callback(history.close)
        time = VirtualTime(history.loop)
        for module in ("writer", "pace"):
            stack.enter_context(patch(f"hongyan.foundation.db.{module}.time", time))
        stack.enter_context(patch("hongyan.foundation.jobs.random", history.chance))
        stack.enter_context(capture_logs())
        window = history.chance.choice((2, 8, 256))
        for module in ("line", "readback"):
            stack.enter_context(patch(f"hongyan.delivery.{module}.MAIL_IN_FLIGHT_MAX", window))
        stack.enter_context(patch("hongyan.foundation.overload.secrets.randbits", lambda _bits: 1))
        yield history


def _scratch() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
