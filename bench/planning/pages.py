"""The tables of docs/capacity.md and docs/capacity.zh.md: all numbers that stand there are made here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from bench.planning.figures import CONDITIONS, Costs, printed
from bench.planning.model import (
    Assumptions,
    Plan,
    demand_of,
    lock_messages_s,
    people_alone,
    people_of_cell,
    plan,
)
from bench.planning.queues import Cell, simulate

DOCUMENTS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGES = {"en": DOCUMENTS / "capacity.md", "zh": DOCUMENTS / "capacity.zh.md"}
STEPS = (1_000, 1_000_000, 19_000_000, 1_200_000_000)
LOCK_LOADS = (0.25, 0.5, 0.75, 0.9)
SIMULATED_S = 10.0
SEED = 20_261_122
NEW_YEAR = 10
BLOCK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

RESOURCES = {
    "process": ("processor of our processes", "我们进程的处理器"),
    "memory": ("memory", "内存"),
    "disk": ("disk", "硬盘"),
    "network": ("network (photos)", "网络（照片）"),
    "lock": ("the one write lock", "唯一的写锁"),
    "postgres": ("processor of PostgreSQL", "PostgreSQL 的处理器"),
    "database_disk": ("disk of PostgreSQL", "PostgreSQL 的硬盘"),
}


def number(value: float) -> str:
    """Three digits that mean something."""
    if value and abs(value) < 100:
        return f"{value:.3g}"
    digits = len(str(int(abs(value)))) - 3
    return f"{round(value, -digits):,.0f}"


def percent(share: float) -> str:
    return f"{number(share * 100)} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


class Pages:
    """Tables in one language: 0 is English, 1 Chinese."""

    def __init__(self, a: Assumptions, c: Costs, language: str) -> None:
        self._a, self._c = a, c
        self._language = language
        self._at = ("en", "zh").index(language)

    def say(self, english: str, chinese: str) -> str:
        return (english, chinese)[self._at]

    def blocks(self) -> dict[str, str]:
        return {
            "assumptions": self.assumptions(),
            "costs": self.costs(),
            "conditions": self.conditions(),
            "steps": self.steps(),
            "first": self.first(),
            "lock": self.lock(),
        }

    def assumptions(self) -> str:
        rows = [
            [f"`{one.name}`", one.metadata[self._language], number(getattr(self._a, one.name))]
            for one in fields(self._a)
        ]
        return table([self.say("name", "名称"), self.say("what", "含义"), self.say("value", "取值")], rows)

    def costs(self) -> str:
        c, rows = self._c, list[list[str]]()
        for english, chinese, cost in (
            ("one process with SQLite, CPU", "单进程 SQLite，CPU", c.alone),
            ("three processes: ours, CPU", "三个进程：我们的，CPU", c.node),
            ("three processes: PostgreSQL, CPU", "三个进程：PostgreSQL，CPU", c.postgres),
            ("three processes: NATS, CPU", "三个进程：NATS，CPU", c.nats),
            ("three processes: the write lock held", "三个进程：占用写锁", c.lock),
        ):
            rows.append([self.say(english, chinese), number(cost.message_us), number(cost.delivery_us)])
        head = [self.say("in microseconds", "单位：微秒"), self.say("a message", "每条消息")]
        first = table([*head, self.say("and each delivery of it", "另加每次送达")], rows)
        other = [
            [self.say("an open connection, memory", "每条连接的内存"), f"{number(c.kb_per_connection)} kB"],
            [self.say("a reconnection, CPU", "一次重连的 CPU"), f"{number(c.reconnect_cpu_ms)} ms"],
            [self.say("a blob taken in, CPU", "收下一个文件的 CPU"), f"{number(c.upload_cpu_ms)} ms"],
            [self.say("and for each megabyte", "另加每 MB"), f"{number(c.upload_cpu_ms_per_mb)} ms"],
            [self.say("a blob fetched, CPU", "取走一个文件的 CPU"), f"{number(c.fetch_cpu_ms)} ms"],
            [self.say("and for each megabyte", "另加每 MB"), f"{number(c.fetch_cpu_ms_per_mb)} ms"],
            [self.say("a person, database", "每人占数据库"), f"{number(c.bytes_per_person)} B"],
            [self.say("a device in a group, database", "每台设备在一个群中"), f"{number(c.bytes_per_membership)} B"],
            [self.say("a waiting message, database", "一条待送消息"), f"{number(c.bytes_per_waiting)} B"],
        ]
        return first + "\n" + table([self.say("what", "项目"), self.say("cost", "开销")], other)

    def conditions(self) -> str:
        rows = []
        for name in ("messages", "fanout", "idle", "storm", "scale", "costs"):
            figures = printed(name)
            rows.append([f"`./dev bench {name}`", *[number(figures[one]) for one in CONDITIONS]])
        head = [
            self.say("measured by", "测量命令"),
            self.say("load of the machine", "机器负载"),
            self.say("flushes a second", "每秒刷盘"),
            self.say("rows a second", "每秒写行"),
            self.say("echoes a second", "每秒回显"),
        ]
        return table(head, rows)

    def steps(self) -> str:
        plans = [plan(people, self._a, self._c) for people in STEPS]
        rows = [
            (self.say("messages a second at the peak", "高峰每秒消息"), [number(p.demand.messages_s) for p in plans]),
            (self.say("deliveries a second", "每秒送达"), [number(p.demand.deliveries_s) for p in plans]),
            (self.say("open connections", "打开的连接"), [number(p.demand.connections) for p in plans]),
            (self.say("database, GB", "数据库（GB）"), [number(p.demand.database_gb) for p in plans]),
            (
                self.say("photos and files stored, GB", "存放的照片和文件（GB）"),
                [number(p.demand.stored_gb) for p in plans],
            ),
            (self.say("cells", "单元"), [number(p.cells) for p in plans]),
            (self.say("nodes in each", "每个单元的节点"), [number(p.nodes) for p in plans]),
            (self.say("machines in all", "机器总数"), [number(p.machines) for p in plans]),
            (self.say("€ a month", "每月（€）"), [number(p.euros) for p in plans]),
            (self.say("€ a person a month", "每人每月（€）"), [number(p.euros / p.demand.people) for p in plans]),
            (self.say("fullest first", "最满的依次是"), [self._fullest(p) for p in plans]),
        ]
        head = [self.say("people", "人数"), *[number(people) for people in STEPS]]
        return table(head, [[name, *cells] for name, cells in rows])

    def _fullest(self, p: Plan) -> str:
        return ", ".join(f"{RESOURCES[name][self._at]} {percent(load)}" for name, load in list(p.loads.items())[:3])

    def first(self) -> str:
        a, c = self._a, self._c
        alone, cell = people_alone(a, c), people_of_cell(a, c)
        rows = []
        for english, chinese, people, grown in (
            ("one machine with SQLite", "一台机器、SQLite", alone, plan(alone, a, c)),
            ("one cell", "一个单元", cell, plan(cell * 0.999, a, c)),
        ):
            breaks = RESOURCES[grown.breaks_first][self._at]
            back_s = grown.demand.connections / grown.nodes * c.reconnect_cpu_ms / 1000
            back_s /= 1 if grown.cells == grown.nodes == 1 else a.cores - 1
            rows.append(
                [self.say(english, chinese), number(people), breaks, number(grown.demand.messages_s), number(back_s)]
            )
        head = [
            self.say("up to", "上限"),
            self.say("people", "人数"),
            self.say("what is full first", "最先满的"),
            self.say("messages a second then", "此时每秒消息"),
            self.say("seconds until all of a node are back", "一个节点的人全部回来（秒）"),
        ]
        return table(head, rows)

    def lock(self) -> str:
        a, c = self._a, self._c
        limit_s = lock_messages_s(a, c)
        cores = demand_of(people_of_cell(a, c), a, c).messages_s * c.node.of(a.recipients) / 1e6
        processes = max(2, round(cores / a.load_max) + 1)
        cell = Cell(
            processes=processes,
            cpu_s=c.node.of(a.recipients) / 1e6,
            round_s=(c.flush_ms + a.standby_ms) / 1000,
            lock_s=c.lock.of(a.recipients) / 1e6,
        )
        rows = []
        for load in LOCK_LOADS:
            waits = simulate(cell, limit_s * load, SIMULATED_S, SEED)
            rows.append(
                [
                    percent(load),
                    number(limit_s * load),
                    number(waits.p50_ms),
                    number(waits.p99_ms),
                    number(waits.messages_per_round),
                    number(waits.unanswered),
                ]
            )
        year = demand_of(people_of_cell(a, c), a, c).messages_s / a.peak_factor * NEW_YEAR
        head = [
            self.say("of the write lock's limit", "写锁上限的"),
            self.say("messages a second", "每秒消息"),
            self.say("median, ms", "中位（毫秒）"),
            "p99, ms" if not self._at else "p99（毫秒）",
            self.say("messages a round", "每轮消息"),
            self.say("unanswered at the end", "结束时未答"),
        ]
        text = self.say(
            f"The lock's limit is {number(limit_s)} messages a second of {number(a.recipients)} deliveries each. "
            f"A full cell has {number(processes)} processes. On New Year's Eve, at {NEW_YEAR} times the average, it "
            f"is asked for {number(year)} messages a second: {percent(year / limit_s)} of that limit.",
            f"写锁的上限是每秒 {number(limit_s)} 条消息，每条送达 {number(a.recipients)} 台设备。满的单元有 "
            f"{number(processes)} 个进程。除夕夜达到平均的 {NEW_YEAR} 倍时，满的单元每秒要接 {number(year)} 条："
            f"上限的 {percent(year / limit_s)}。",
        )
        return table(head, rows) + "\n" + text + "\n"


def filled(page: str, blocks: dict[str, str]) -> str:
    """The page with each block between `<!-- name -->` and `<!-- end -->` as it must be."""
    return BLOCK.sub(lambda found: f"{found[1]}{blocks[found[2]]}{found[3]}", page)
