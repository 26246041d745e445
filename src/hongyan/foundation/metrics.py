"""Prometheus metrics: counts and times, never of a person; served on 127.0.0.1 only."""

import os
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram

EVENTS_HANDLED = Counter("hongyan_events_handled", "Outbox events handled", ["topic"])
EVENTS_FAILED = Counter("hongyan_events_failed", "Outbox events whose handler failed", ["topic"])
JOBS_RUN = Counter("hongyan_jobs_run", "Timed jobs run", ["job"])
JOBS_FAILED = Counter("hongyan_jobs_failed", "Timed jobs that failed", ["job"])
CONNECTIONS = Gauge("hongyan_realtime_connections", "Open realtime connections")
CONNECTIONS_CUT = Counter("hongyan_realtime_cut", "Realtime connections closed by the server", ["reason"])
WRITER_ROUND_ITEMS = Histogram(
    "hongyan_writer_round_items",
    "Writes made durable by one commit",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048),
)
WRITER_COMMIT_SECONDS = Histogram(
    "hongyan_writer_commit_seconds",
    "Time of one commit, fsync included",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
)
WRITER_QUEUE = Gauge("hongyan_writer_queue", "Writes waiting for the next commit")
TURNED_AWAY = Counter("hongyan_turned_away", "Requests and frames that admission answered busy, unread")
ADMISSION_LEVEL = Gauge("hongyan_admission_level", "Levels of class and person that are admitted, of 768")
STORAGE_FAILURES = Counter("hongyan_storage_failures", "Rounds of writes that the storage refused", ["kind"])
BUS_UP = Gauge("hongyan_bus_up", "Whether this process reaches the bus to the others; 0 also when it is alone")
BUS_MISSED = Counter("hongyan_bus_missed", "Times that something another process told was lost")
HTTP_REQUESTS = Counter("hongyan_http_requests", "HTTP requests answered", ["status"])
UNHANDLED_ERRORS = Counter("hongyan_unhandled_errors", "Requests that ended in an unexpected error")

DISK_FREE_BYTES = Gauge("hongyan_disk_free_bytes", "Room on the disk of the data folder")


def watch_disk(folder: Path) -> None:
    """Tell of the room on this folder's disk whenever somebody asks."""

    def free() -> float:
        disk = os.statvfs(folder)
        return float(disk.f_bavail * disk.f_frsize)

    DISK_FREE_BYTES.set_function(free)


def value_of(metric: Counter | Gauge) -> int:
    """What was counted since the start, or is so now; all labels together."""
    samples = [(family.name, sample) for family in metric.collect() for sample in family.samples]
    return round(sum(sample.value for name, sample in samples if sample.name in (name, f"{name}_total")))


def serve_metrics(port: int) -> None:
    """Answer Prometheus on 127.0.0.1:`port` from a thread of its own."""
    from prometheus_client import start_http_server

    start_http_server(port, addr="127.0.0.1")
