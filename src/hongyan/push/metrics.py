"""Counts of wake-ups, never of whom."""

from prometheus_client import Counter, Gauge

WAKES = Counter("hongyan_push_wakes", "Wake-ups tried", ["outcome"])
WAITING = Gauge("hongyan_push_waiting", "Devices that are to be looked at or tried again")
