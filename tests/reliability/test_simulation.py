"""Histories in virtual time [DS2-DS6, DS11, RT2, RT3]: phones, network, disk and clock are seeded, the server is real.

A failing seed is played again by `./dev test reliability --seed N`; it takes the same course each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.reliability.history import CALM, CLOCKS, HURRICANE, STORMY, play
from tests.reliability.judge import Outcome
from tests.reliability.variants import WRONG, Wrong, mail_gone_at_once

ROOT = Path(__file__).parents[2]
CLOCK_SEEDS = 3
FAULT_PLACES = 20
FAULT_STEPS, FAULT_STEPS_LONG = 30, 150
WRONG_SEEDS_MAX = 60


def told(outcomes: list[Outcome]) -> str:
    def total(name: str) -> int:
        return sum(getattr(one, name) for one in outcomes)

    return (
        f"{len(outcomes)} histories, {sum(one.virtual_s for one in outcomes) / 3600:.1f} h of virtual time: accepted "
        f"{total('accepted')}, deliveries {total('deliveries')}, commits {total('commits')}, lives of the server "
        f"{total('lives')}, power cuts {total('cuts')}, disk errors {total('faults')}, "
        f"wrong {sum(not one.is_clean for one in outcomes)}"
    )


def refuse(outcomes: list[Outcome]) -> None:
    """Each wrong history by its seed, with the first of what was wrong."""
    wrong = [f"seed {one.seed} (trace {one.trace}): {'; '.join(one.wrongs[:5])}" for one in outcomes if one.wrongs]
    assert not wrong, "\n".join(wrong[:10])


def test_histories(seeds: range) -> None:
    """R16: cuts, stalls, kills, power cuts and disk errors lose, double and disorder nothing."""
    outcomes = [play(seed) for seed in seeds]
    print(f"\n{told(outcomes)}")
    refuse(outcomes)
    assert sum(one.accepted for one in outcomes) > 10 * len(outcomes)


def test_a_seed_takes_the_same_course_in_another_process() -> None:
    """R16: whatever order that process gives its sets and dictionaries."""
    code = (
        "import sys; sys.unraisablehook = lambda _: None\n"
        "from tests.reliability.history import play\n"
        "print([play(seed).trace for seed in (1, 2, 3)])"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "PYTHONHASHSEED": "4711"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip().splitlines()[-1:] == [str([play(seed).trace for seed in (1, 2, 3)])], done.stderr
    assert play(1).trace != play(2).trace


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_the_simulation_sees(wrong: Wrong) -> None:
    """R3, R16: each of these servers loses, doubles or disorders something, and some seed shows it."""
    for seed in range(WRONG_SEEDS_MAX):
        with wrong():
            outcome = play(seed, weather=HURRICANE)
        if outcome.wrongs:
            print(f"\nseen with seed {seed}: {outcome.wrongs[0]}")
            return
    pytest.fail(f"{WRONG_SEEDS_MAX} histories saw nothing wrong")


def test_the_simulation_sees_commits_that_are_not_synced() -> None:
    """R3"""
    weather = replace(STORMY, power_cuts=60, syncs=False)
    lost = (wrong for seed in range(WRONG_SEEDS_MAX) for wrong in play(seed, weather=weather).wrongs)
    assert any("shown 0 times" in wrong for wrong in lost)


def test_a_clock_that_is_set_erases_nothing_early(pytestconfig: pytest.Config) -> None:
    """R9 [DS5, DS7]: an hour and a month, forth and back, again and again for most of a day, with the timed jobs."""
    count = CLOCK_SEEDS * (25 if pytestconfig.getoption("--long") else 1)
    outcomes = [play(seed, weather=CLOCKS) for seed in range(count)]
    print(f"\n{told(outcomes)}")
    refuse(outcomes)


def test_the_simulation_sees_mail_that_went_early() -> None:
    """R9"""
    weather = replace(CLOCKS, clock_jumps=300, cuts=400)
    with mail_gone_at_once():
        gone = (wrong for seed in range(WRONG_SEEDS_MAX) for wrong in play(seed, weather=weather).wrongs)
        assert any("shown 0 times" in wrong for wrong in gone)


@pytest.mark.parametrize("fail_for", [1, 10**9], ids=["once", "from_then_on"])
def test_the_disk_fails_at_call(fail_for: int, pytestconfig: pytest.Config) -> None:
    """R5: a read, write, sync or truncation fails at call k, for k over a whole history, once or until the disk is
    well again: what was acknowledged is there, and the server goes on by itself."""
    is_long = bool(pytestconfig.getoption("--long"))
    steps = FAULT_STEPS_LONG if is_long else FAULT_STEPS
    whole = play(0, weather=CALM, steps=steps)
    refuse([whole])
    step = 1 if is_long else whole.calls // FAULT_PLACES
    outcomes = [play(0, weather=CALM, steps=steps, fail_at=k, fail_for=fail_for) for k in range(1, whole.calls, step)]
    print(f"\nof {whole.calls} calls each {step}th: {told(outcomes)}")
    refuse(outcomes)
    assert sum(one.faults > 0 for one in outcomes) > len(outcomes) // 2
