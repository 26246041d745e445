"""docs/capacity.md says what the command prints, and the model and its queues behave as a queue must."""

import re

import pytest
from bench.planning.figures import Cost, measured
from bench.planning.model import Assumptions, cell_loads, demand_of, people_alone, people_of_cell, plan
from bench.planning.pages import BLOCK, PAGES, Pages, filled
from bench.planning.queues import Cell, simulate

COSTS = measured()
USUAL = Assumptions()
CELL = Cell(processes=4, cpu_s=0.000_1, round_s=0.002, lock_s=0.000_2)


@pytest.mark.parametrize("language", PAGES)
def test_every_table_is_what_the_command_prints(language: str) -> None:
    page = PAGES[language].read_text()
    assert {found[2] for found in BLOCK.finditer(page)} == set(Pages(USUAL, COSTS, language).blocks())
    assert filled(page, Pages(USUAL, COSTS, language).blocks()) == page, "run ./dev bench capacity --write"


@pytest.mark.parametrize("language", PAGES)
def test_no_number_stands_outside_of_the_tables(language: str) -> None:
    text = re.sub(r"`[^`]*`", "", BLOCK.sub("", PAGES[language].read_text()))
    assert re.findall(r"(?<![A-Za-z])\d[\d.,]*", text) == []


@pytest.mark.parametrize("people", [1_000, 80_000, 1_000_000, 19_000_000])
def test_nothing_is_fuller_at_the_peak_than_was_assumed(people: int) -> None:
    made = plan(people, USUAL, COSTS)
    assert max(made.loads.values()) <= USUAL.load_max
    assert made.euros < plan(people * 2, USUAL, COSTS).euros


def test_a_way_ends_where_something_is_full() -> None:
    assert plan(people_alone(USUAL, COSTS) * 0.99, USUAL, COSTS).database_machines == 0
    assert plan(people_alone(USUAL, COSTS) * 1.01, USUAL, COSTS).database_machines > 0
    cell = people_of_cell(USUAL, COSTS)
    assert (plan(cell * 0.99, USUAL, COSTS).cells, plan(cell * 1.01, USUAL, COSTS).cells) == (1, 2)


def test_a_node_more_relieves_the_nodes_and_not_the_lock() -> None:
    demand = demand_of(1_000_000, USUAL, COSTS)
    two, four = cell_loads(demand, USUAL, COSTS, 2), cell_loads(demand, USUAL, COSTS, 4)
    assert four["process"] == pytest.approx(two["process"] / 2)
    assert four["lock"] == two["lock"]


def test_deliveries_cost_beside_the_message() -> None:
    assert Cost(10, 2).of(5) == 20


def test_a_lonely_message_waits_for_its_own_round_only() -> None:
    waits = simulate(CELL, 1, 2_000, seed=1)
    assert waits.p50_ms == pytest.approx(2.2, abs=0.2)
    assert waits.messages_per_round == pytest.approx(1, abs=0.01)


def test_the_lock_carries_what_its_rounds_leave_and_no_more() -> None:
    limit_s = 1 / CELL.lock_s
    below, above = simulate(CELL, limit_s * 0.8, 5, seed=2), simulate(CELL, limit_s * 1.3, 5, seed=2)
    assert below.unanswered < limit_s * 0.5
    assert above.unanswered == pytest.approx(limit_s * 0.3 * 5, rel=0.3)
    assert above.p99_ms > 10 * below.p99_ms


def test_the_same_seed_is_the_same_day() -> None:
    assert simulate(CELL, 1_000, 1, seed=3) == simulate(CELL, 1_000, 1, seed=3)
    assert simulate(CELL, 1_000, 1, seed=3) != simulate(CELL, 1_000, 1, seed=4)
