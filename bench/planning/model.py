"""From costs and assumptions to loads, machines and money; pure.

A community lives on one machine with SQLite until something of it is full; then in a cell: nodes, PostgreSQL with a
standby, NATS, and blobs in S3; then in several cells, each a deployment of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

from bench.planning.figures import Costs

DAY_S = 86_400
MONTH_DAYS = 30


def assumption(value: float, english: str, chinese: str) -> float:
    """A field with what it means, for the command line and both documents."""
    given: float = field(default=value, metadata={"en": english, "zh": chinese})
    return given


@dataclass(frozen=True, slots=True)
class Assumptions:
    messages_a_day: float = assumption(40, "messages a person sends a day", "每人每天发送的消息")
    recipients: float = assumption(8, "devices that a message goes to, on average", "一条消息平均送达的设备")
    peak_factor: float = assumption(3, "the busiest second over the day's average", "最忙的一秒是全天平均的倍数")
    online_share: float = assumption(0.25, "of the people have the app open at the peak", "高峰时打开应用的人所占比例")
    away_share: float = assumption(0.3, "of the deliveries wait for a device that is away", "要等离线设备的送达比例")
    away_days: float = assumption(0.5, "days such a delivery waits", "这样的送达等待的天数")
    blobs_a_day: float = assumption(4, "photos and files a person sends a day", "每人每天发送的照片和文件")
    blob_mb: float = assumption(0.5, "megabytes of one", "每个的大小（MB）")
    fetches: float = assumption(5, "devices that fetch it", "取走它的设备")
    blob_days: float = assumption(2, "days until the last device has it", "最后一台设备取走前的天数")
    groups: float = assumption(15, "groups a device is in, direct chats among them", "每台设备所在的群和单聊")
    group_info_bytes: float = assumption(600, "bytes of a group's GroupInfo for each member", "GroupInfo 每成员字节")
    standby_ms: float = assumption(1.0, "milliseconds a commit waits for the standby", "一次提交等待备库的毫秒")
    load_max: float = assumption(0.5, "of anything is used at the peak, at most", "高峰时任何一项最多用到的比例")
    process_cores: float = assumption(1, "cores that one process uses at most", "一个进程最多用到的核数")
    cores: float = assumption(8, "cores of a machine", "一台机器的核数")
    memory_gb: float = assumption(16, "gigabytes of memory of a machine", "一台机器的内存（GB）")
    disk_gb: float = assumption(500, "gigabytes of disk of a machine", "一台机器的硬盘（GB）")
    network_gbit: float = assumption(1, "gigabits a second of a machine's network", "一台机器的网络（Gbit/s）")
    machine_price: float = assumption(40, "€ a month for a machine", "一台机器每月的价钱（€）")
    stored_price: float = assumption(10, "€ a month for a terabyte stored in S3", "S3 每 TB 每月的价钱（€）")
    traffic_price: float = assumption(1, "€ for a terabyte sent", "每发送 1 TB 的价钱（€）")


@dataclass(frozen=True, slots=True)
class Demand:
    """What so many people ask for, in the busiest second unless said otherwise."""

    people: float
    messages_s: float
    deliveries_s: float
    connections: float
    uploads_s: float
    fetches_s: float
    stored_gb: float
    database_gb: float
    sent_tb_a_month: float


@dataclass(frozen=True, slots=True)
class Plan:
    """`loads`: how much of each thing the busiest second uses, of one cell or machine, the fullest first."""

    demand: Demand
    cells: int
    nodes: int
    database_machines: int
    other_machines: int
    euros: float
    loads: Mapping[str, float]

    @property
    def machines(self) -> int:
        return self.cells * (self.nodes + self.database_machines + self.other_machines)

    @property
    def breaks_first(self) -> str:
        return next(iter(self.loads))


def demand_of(people: float, a: Assumptions, c: Costs) -> Demand:
    peak_s = a.peak_factor / DAY_S
    waiting = people * a.messages_a_day * a.recipients * a.away_share * a.away_days
    rows = people * (c.bytes_per_person + a.groups * (c.bytes_per_membership + a.group_info_bytes))
    letters = waiting * (c.bytes_per_waiting / a.recipients + c.bytes_per_waiting_recipient)
    return Demand(
        people=people,
        messages_s=people * a.messages_a_day * peak_s,
        deliveries_s=people * a.messages_a_day * a.recipients * peak_s,
        connections=people * a.online_share,
        uploads_s=people * a.blobs_a_day * peak_s,
        fetches_s=people * a.blobs_a_day * a.fetches * peak_s,
        stored_gb=people * a.blobs_a_day * a.blob_mb * a.blob_days / 1000,
        database_gb=(rows + letters) / 1e9,
        sent_tb_a_month=people * a.blobs_a_day * a.blob_mb * a.fetches * MONTH_DAYS / 1e6,
    )


def blob_cores(d: Demand, a: Assumptions, c: Costs) -> float:
    upload_ms = c.upload_cpu_ms + a.blob_mb * c.upload_cpu_ms_per_mb
    fetch_ms = c.fetch_cpu_ms + a.blob_mb * c.fetch_cpu_ms_per_mb
    return (d.uploads_s * upload_ms + d.fetches_s * fetch_ms) / 1000


def network_gbit(d: Demand, a: Assumptions) -> float:
    """In the larger direction: what is sent to those who fetch."""
    return d.fetches_s * a.blob_mb * 8 / 1000


def alone_loads(d: Demand, a: Assumptions, c: Costs) -> dict[str, float]:
    """One process with SQLite and a folder on one machine: its loop and writer take `process_cores` at most."""
    cores = d.messages_s * c.alone.of(a.recipients) / 1e6 + blob_cores(d, a, c)
    return fullest_first(
        {
            "process": cores / a.process_cores,
            "memory": (c.rest_mb + d.connections * c.kb_per_connection / 1024) / 1024 / a.memory_gb,
            "disk": (d.database_gb + d.stored_gb) / a.disk_gb,
            "network": network_gbit(d, a) / a.network_gbit,
        }
    )


def cell_loads(d: Demand, a: Assumptions, c: Costs, nodes: int) -> dict[str, float]:
    """`nodes` machines with a process for every core but one, which NATS and nginx have; one PostgreSQL."""
    node_cores = d.messages_s * (c.node.of(a.recipients) + c.nats.of(a.recipients)) / 1e6 + blob_cores(d, a, c)
    return fullest_first(
        {
            "lock": d.messages_s * c.lock.of(a.recipients) / 1e6,
            "postgres": d.messages_s * c.postgres.of(a.recipients) / 1e6 / a.cores,
            "database_disk": d.database_gb / a.disk_gb,
            "process": node_cores / (nodes * (a.cores - 1)),
            "memory": d.connections * c.kb_per_connection / 1024 / 1024 / (nodes * a.memory_gb),
            "network": network_gbit(d, a) / (nodes * a.network_gbit),
        }
    )


def fullest_first(loads: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(loads.items(), key=lambda one: -one[1]))


def plan(people: float, a: Assumptions, c: Costs) -> Plan:
    """The smallest of the three ways in which nothing is used more than `load_max` at the peak."""
    whole = demand_of(people, a, c)
    loads = alone_loads(whole, a, c)
    if max(loads.values()) <= a.load_max:
        euros = a.machine_price + whole.sent_tb_a_month * a.traffic_price
        return Plan(whole, 1, 1, 0, 0, euros, loads)
    cells = ceil(people / people_of_cell(a, c))
    one = demand_of(people / cells, a, c)
    nodes = 2
    while max(load for name, load in cell_loads(one, a, c, nodes).items() if name not in SHARED) > a.load_max:
        nodes += 1
    euros = cells * (nodes + 2 + 2) * a.machine_price
    euros += whole.stored_gb / 1000 * a.stored_price + whole.sent_tb_a_month * a.traffic_price
    return Plan(whole, cells, nodes, 2, 2, euros, cell_loads(one, a, c, nodes))


# What a cell has one of, however many nodes it has.
SHARED = ("lock", "postgres", "database_disk")


def people_of_cell(a: Assumptions, c: Costs) -> float:
    """How many people fill what a cell has one of up to `load_max`."""
    million = cell_loads(demand_of(1e6, a, c), a, c, 1)
    return 1e6 * a.load_max / max(million[name] for name in SHARED)


def people_alone(a: Assumptions, c: Costs) -> float:
    """How many people fill one machine up to `load_max`; memory at rest is small beside it."""
    few, many = 1.0, 1e8
    while many - few > 1:
        middle = (few + many) / 2
        fits = max(alone_loads(demand_of(middle, a, c), a, c).values()) <= a.load_max
        few, many = (middle, many) if fits else (few, middle)
    return few


def lock_messages_s(a: Assumptions, c: Costs) -> float:
    """With the one write lock held all the time."""
    return 1e6 / c.lock.of(a.recipients)
