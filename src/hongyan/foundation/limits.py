"""Limits that hold across connections, processes and restarts [AC3].

Exact: the times of the latest uses are kept, so no window of `per_s` seconds ever sees more than `count`.
Subjects are stored under a keyed hash only.
"""

import hashlib
import secrets
from array import array

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx

COUNT_MAX = 1_000
_KEY_NAME = "limits"


def take(tx: Tx, scope: str, subject: str | int, *, count: int, per_s: int, now_ms: int) -> int | None:
    """Use one of `count` tries per `per_s` seconds. None: allowed. Else the seconds until one is free again.

    A refused try is not counted. Call it in the transaction of what it limits, or before it.
    """
    assert 0 < count <= COUNT_MAX
    key = _subject_hash(tx, scope, subject)
    times = _times(tx, key)
    # A wall clock set back must not lock anybody out: uses from the future count as now.
    recent = array("q", (min(at, now_ms) for at in times if at > now_ms - per_s * 1000))
    if len(recent) >= count:
        return max(1, -((now_ms - per_s * 1000 - recent[-count]) // 1000))
    recent.append(now_ms)
    tx.execute(
        "INSERT INTO limit_use (subject_hash, times_ms, expires_at_ms) VALUES (?, ?, ?) "
        "ON CONFLICT (subject_hash) DO UPDATE SET times_ms = excluded.times_ms, expires_at_ms = excluded.expires_at_ms",
        (key, recent.tobytes(), now_ms + per_s * 1000),
    )
    return None


def forgive(tx: Tx, scope: str, subject: str | int) -> None:
    """Forget the tries so far: the right password came."""
    tx.execute("DELETE FROM limit_use WHERE subject_hash = ?", (_subject_hash(tx, scope, subject),))


def erase_expired(tx: Tx, now_ms: int) -> int:
    return tx.execute("DELETE FROM limit_use WHERE expires_at_ms <= ?", (now_ms,))


async def erase_all_expired(db: Database, clock: Clock) -> None:
    """The timed job of this module."""
    await db.write(lambda tx: erase_expired(tx, clock.now_ms()))


def _times(tx: Tx, key: bytes) -> "array[int]":
    times = array("q")
    row = tx.one("SELECT times_ms FROM limit_use WHERE subject_hash = ?", (key,))
    if row is not None and isinstance(row[0], bytes):
        times.frombytes(row[0])
    return times


def _subject_hash(tx: Tx, scope: str, subject: str | int) -> bytes:
    return hashlib.blake2b(f"{scope}\0{subject}".encode(), key=_secret(tx), digest_size=16).digest()


def _secret(tx: Tx) -> bytes:
    row = tx.one("SELECT value FROM server_secret WHERE name = ?", (_KEY_NAME,))
    if row is not None and isinstance(row[0], bytes):
        return row[0]
    secret = secrets.token_bytes(32)
    tx.execute("INSERT INTO server_secret (name, value) VALUES (?, ?)", (_KEY_NAME, secret))
    return secret
