"""The form of what goes over the bus, and who noticed that something of it is missing.

Each process numbers what it tells, beats of its heart among it: a number that is passed over was lost.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_HEAD: Final = struct.Struct(">QQB")
SILENT_FORGOTTEN_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Told:
    """`no` counts what the process `sender` told since it started, from 1."""

    sender: int
    no: int
    topic: str
    message: bytes


def encode(told: Told) -> bytes:
    topic = told.topic.encode()
    return _HEAD.pack(told.sender, told.no, len(topic)) + topic + told.message


def decode(wire: bytes) -> Told | None:
    """None: this was not written by `encode`."""
    if len(wire) < _HEAD.size:
        return None
    sender, no, length = _HEAD.unpack_from(wire)
    start = _HEAD.size + length
    if len(wire) < start or not wire[_HEAD.size : start].isascii():
        return None
    return Told(sender, no, wire[_HEAD.size : start].decode("ascii"), wire[start:])


@dataclass(slots=True)
class _Heard:
    no: int
    at_s: float


class Listening:
    """Remembers the newest number of each other process."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._of: dict[int, _Heard] = {}

    def misses_before(self, told: Told) -> bool:
        """Whether something that `told.sender` told before was not heard here; notes `told` as heard."""
        now_s = self._monotonic_s()
        known = self._of.get(told.sender)
        if known is None:
            self._forget_silent(now_s)
            self._of[told.sender] = _Heard(told.no, now_s)
            return told.no > 1
        is_missing = told.no > known.no + 1
        known.no, known.at_s = max(known.no, told.no), now_s
        return is_missing

    def _forget_silent(self, now_s: float) -> None:
        """Processes that ended; one that comes back is taken for one that was missed."""
        for sender in [one for one, heard in self._of.items() if now_s - heard.at_s > SILENT_FORGOTTEN_S]:
            del self._of[sender]
