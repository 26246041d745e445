"""What one thing costs, from figures that our benches printed; bench/figures has them as they were printed.

A figure is taken again by `./dev bench NAME --json > bench/figures/NAME.jsonl`; its conditions are in the same file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "figures"
CONDITIONS = ("load_average_1min", "limit_fsyncs_per_s", "limit_writer_rows_per_s", "limit_socket_echoes_per_s")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a message without its deliveries, and of one delivery, its acknowledgement included."""

    message_us: float
    delivery_us: float

    def of(self, recipients: float) -> float:
        return self.message_us + recipients * self.delivery_us


@dataclass(frozen=True, slots=True)
class Costs:
    """`alone`: one process on SQLite. The others are shares of a cell: several processes on one PostgreSQL."""

    alone: Cost
    node: Cost
    postgres: Cost
    nats: Cost
    lock: Cost
    flush_ms: float
    rest_mb: float
    kb_per_connection: float
    reconnect_cpu_ms: float
    upload_cpu_ms: float
    upload_cpu_ms_per_mb: float
    fetch_cpu_ms: float
    fetch_cpu_ms_per_mb: float
    bytes_per_person: float
    bytes_per_membership: float
    bytes_per_waiting: float
    bytes_per_waiting_recipient: float


def printed(name: str) -> dict[str, float]:
    """The figures of one bench, with the conditions under which they were measured."""
    figures: dict[str, float] = json.loads((FOLDER / f"{name}.jsonl").read_text())
    return figures


def cost_of(per_message_with_one: float, per_delivery: float) -> Cost:
    """From a pair's message, which has one delivery, and from deliveries to a hundred."""
    return Cost(max(0.0, per_message_with_one - per_delivery), per_delivery)


def measured() -> Costs:
    messages, fanout, scale = printed("messages"), printed("fanout"), printed("scale")
    idle, storm, costs = printed("idle"), printed("storm"), printed("costs")

    def share(name: str, processes: int) -> Cost:
        return cost_of(scale[f"{name}_us_per_message_{processes}"], scale[f"{name}_us_per_delivery_{processes}"])

    return Costs(
        alone=cost_of(messages["server_cpu_us_per_message"], fanout["server_cpu_us_per_delivery"]),
        node=share("hongyan_cpu", 3),
        postgres=share("postgres_cpu", 3),
        nats=share("nats_cpu", 3),
        lock=share("lock", 3),
        flush_ms=1000 / scale["limit_fsyncs_per_s"],
        rest_mb=idle["rest_mb"],
        kb_per_connection=idle["kb_per_connection"],
        reconnect_cpu_ms=storm["server_cpu_ms_per_client"],
        upload_cpu_ms=costs["upload_cpu_ms"],
        upload_cpu_ms_per_mb=costs["upload_cpu_ms_per_mb"],
        fetch_cpu_ms=costs["fetch_cpu_ms"],
        fetch_cpu_ms_per_mb=costs["fetch_cpu_ms_per_mb"],
        bytes_per_person=costs["bytes_per_person"],
        bytes_per_membership=costs["bytes_per_member_of_a_group"],
        bytes_per_waiting=costs["bytes_per_waiting_message"],
        bytes_per_waiting_recipient=costs["bytes_per_waiting_recipient_of_20"],
    )
