"""What is admitted: the rule by tables and a virtual server, the gate on a virtual clock [OV1] [OV2] [OV3]."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.foundation.clock import ManualClock
from hongyan.foundation.overload import (
    ADMITTED_PER_S_MIN,
    BEAT_S,
    LEVELS,
    RETRY_MS_MAX,
    RETRY_MS_MIN,
    USER_LEVELS,
    WAIT_S_MAX,
    WINDOW_S,
    Class,
    Control,
    Gate,
)

LONG_S = WAIT_S_MAX * 2
MESSAGES = Class.MESSAGE * USER_LEVELS


def ask(control: Control, times: int, *, kind: Class = Class.MESSAGE) -> int:
    """Spread over all people; returns how many were admitted."""
    return sum(control.admit(kind * USER_LEVELS + n % USER_LEVELS) for n in range(times))


def test_all_is_admitted_while_nothing_waits() -> None:
    """[OV2]"""
    control = Control()
    for _ in range(10):
        assert ask(control, 5_000, kind=Class.BULK) == 5_000
        control.done = 5_000
        control.close(wait_s=WAIT_S_MAX, window_s=WINDOW_S)


def test_a_cut_follows_what_was_done_not_only_what_was_admitted() -> None:
    """[OV2] From ten times the capacity one window is enough; 5 % at a time would take forty-five."""
    control = Control()
    ask(control, 12_800)
    control.done = 1_280
    control.close(wait_s=LONG_S, window_s=WINDOW_S)
    assert 1_100 <= ask(control, 12_800) <= 0.95 * 1_280


def test_higher_classes_are_cut_first() -> None:
    """[OV1]"""
    control = Control()
    for _ in range(3):
        counts = {kind: ask(control, 1_000, kind=kind) for kind in Class}
        control.done = 2_000
        control.close(wait_s=LONG_S, window_s=WINDOW_S)
    assert counts[Class.FIRST] == 1_000
    assert 700 <= counts[Class.MESSAGE] < 1_000
    assert counts[Class.ASK] == counts[Class.BULK] == 0


def test_a_little_is_never_turned_away() -> None:
    """[OV2] However slow the machine feels."""
    control = Control()
    few = round(ADMITTED_PER_S_MIN * WINDOW_S)
    for _ in range(50):
        assert ask(control, few) == few
        control.done = few // 2
        control.close(wait_s=10.0, window_s=WINDOW_S)


def test_it_opens_again_by_one_percent_of_what_is_asked_and_at_once_when_little_is() -> None:
    """[OV2]"""
    control = Control()
    ask(control, 12_800)
    control.done = 6_400
    control.close(wait_s=LONG_S, window_s=WINDOW_S)
    before = ask(control, 12_800)
    control.done = before
    control.close(wait_s=0.0, window_s=WINDOW_S)
    assert before < ask(control, 12_800) <= before + 0.01 * 12_800 + 100
    control.close(wait_s=0.0, window_s=WINDOW_S)
    control.close(wait_s=0.0, window_s=WINDOW_S)
    assert control.limit == LEVELS


def test_who_comes_in_vain_is_sent_away_for_longer() -> None:
    """[OV3] Between a fifth of a second and half a minute."""
    control = Control()
    times = []
    for _ in range(60):
        ask(control, 12_800)
        control.done = 1_000
        control.close(wait_s=LONG_S, window_s=WINDOW_S)
        times.append(control.retry_ms)
    assert times == sorted(times) and times[1] == RETRY_MS_MIN * 1.25 and times[-1] == RETRY_MS_MAX
    for _ in range(60):
        control.close(wait_s=0.0, window_s=WINDOW_S)
    assert control.retry_ms == RETRY_MS_MIN


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, LEVELS - 1), max_size=300), st.integers(0, 300), st.floats(0, 1), st.floats(0.1, 1)
        )
    )
)
def test_whatever_happens_the_lowest_that_asked_is_admitted(
    windows: list[tuple[list[int], int, float, float]],
) -> None:
    """[OV2] No history shuts everybody out."""
    control = Control()
    for levels, done, wait_s, window_s in windows:
        admitted = [level for level in levels if control.admit(level)]
        assert all(level < control.limit for level in admitted)
        control.done = done
        control.close(wait_s=wait_s, window_s=window_s)
        if levels and wait_s > WAIT_S_MAX and admitted:
            assert control.limit > min(levels)
        assert 0 < control.limit <= LEVELS
        assert RETRY_MS_MIN <= control.retry_ms <= RETRY_MS_MAX


@dataclass
class Shop:
    """A server in virtual time that does `per_s` things a second, one after the other."""

    per_s: float
    control: Control
    queue_s: float = 0.0

    def window(self, asked: int, rng: random.Random) -> int:
        """What it did in one window of WINDOW_S."""
        for _ in range(asked):
            if self.control.admit(MESSAGES + rng.randrange(USER_LEVELS)):
                self.queue_s += 1 / self.per_s
        done_s = min(self.queue_s, WINDOW_S)
        self.queue_s -= done_s
        self.control.done = round(done_s * self.per_s)
        self.control.close(wait_s=self.queue_s, window_s=WINDOW_S)
        return round(done_s * self.per_s)


@pytest.mark.parametrize("times", [1, 2, 5, 10])
def test_goodput_stays_whatever_is_asked(times: int) -> None:
    """[OV2] A model of the rule alone; the real server is measured by `./dev bench overload`."""
    rng = random.Random(20261122)
    shop = Shop(10_000, Control())
    done = [shop.window(1_000 * times, rng) for _ in range(200)]
    assert sum(done[20:]) >= 0.9 * 1_000 * 180
    assert shop.queue_s < 0.5
    back = [shop.window(980, rng) for _ in range(20)]
    assert shop.control.limit == LEVELS and sum(back[10:]) >= 0.97 * 980 * 10


class Disk:
    commit_s = 0.0
    backlog_s = 0.0


async def beats(gate: Gate, clock: ManualClock, seconds: float, *, late_s: float = 0.0) -> None:
    """Let the gate's heartbeat happen in virtual time, each `late_s` after it was due."""
    for _ in range(round(seconds / (BEAT_S + late_s))):
        clock.advance(BEAT_S + late_s)
        if gate._timer is not None:
            gate._timer.cancel()
            gate._beat()
    await asyncio.sleep(0)


def admits(gate: Gate, count: int) -> int:
    return sum(gate.admit(Class.MESSAGE, who * 7_919) for who in range(count))


@pytest.mark.parametrize("signal", ["queue", "loop", "backlog"])
async def test_the_worst_signal_counts(signal: str) -> None:
    """[OV2] Each of the three closes the gate alone, and the disk's own time does not."""
    clock, disk = ManualClock(), Disk()
    gate = Gate(clock, disk)
    assert admits(gate, 2_000) == 2_000
    gate.done(1_000)
    if signal == "queue":
        gate.begun(LONG_S * 1_000, 1_000)
    disk.backlog_s = LONG_S if signal == "backlog" else 0.0
    await beats(gate, clock, 0.2, late_s=LONG_S if signal == "loop" else 0.0)
    assert 0 < admits(gate, 2_000) < 2_000


async def test_a_slow_disk_is_no_overload() -> None:
    """[OV2] What waits for one commit waits for the disk; more would not make it quicker or slower."""
    clock, disk = ManualClock(), Disk()
    disk.commit_s, disk.backlog_s = 0.05, 0.055
    gate = Gate(clock, disk)
    admits(gate, 2_000)
    gate.done(1_000)
    gate.begun(0.055 * 1_000, 1_000)
    await beats(gate, clock, 0.2)
    assert admits(gate, 2_000) == 2_000


async def test_the_heartbeat_rests_when_nobody_asks() -> None:
    """An idle server costs nothing."""
    clock = ManualClock()
    gate = Gate(clock, Disk())
    admits(gate, 10)
    gate.done(10)
    assert gate._timer is not None
    await beats(gate, clock, 0.5)
    assert gate._timer is None
    assert admits(gate, 10) == 10 and gate._timer is not None
    gate._timer.cancel()


async def test_a_person_is_not_shut_out_for_long() -> None:
    """[OV1] Places are drawn anew every ten seconds: over ten minutes everybody is admitted about as often."""
    clock, disk = ManualClock(), Disk()
    gate = Gate(clock, disk)
    admitted = dict.fromkeys(range(200), 0)
    for _ in range(60):
        gate._control.limit = MESSAGES + USER_LEVELS // 2
        for who in admitted:
            admitted[who] += gate.admit(Class.MESSAGE, (who + 1) * 48_271 * 65_537)
        gate._control.done = 100
        await beats(gate, clock, 10.0)
        gate._control.limit = LEVELS
    if gate._timer is not None:
        gate._timer.cancel()
    assert min(admitted.values()) >= 12 and max(admitted.values()) <= 48
