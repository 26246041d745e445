"""Hashing of password secrets: slow on purpose, so one at a time, off the loop, in a bounded queue."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

HASHES_WAITING_MAX = 64
MEMORY_KIB = 19 * 1024
PASSES = 2
BUSY_RETRY_S = 5
# Checked for accounts that have none, so that the time of an answer tells nothing.
NOBODYS = (
    f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$aG9uZ3lhbiBub2JvZHkncw$Gq+lIZmt4bG22aM+tjVeLbq0d8iCfYNzpswyAFBXbxM"
)

T = TypeVar("T")


class Busy(Exception):
    """HASHES_WAITING_MAX are waiting already."""


class Passwords:
    """Argon2id at OWASP's minimum: the secret itself already is the client's Argon2id [AC1]."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1, type=Type.ID)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")
        self._waiting = 0

    async def hash(self, secret: bytes) -> str:
        """Raises Busy."""
        return await self._run(lambda: self._hasher.hash(secret))

    async def matches(self, stored: str | None, secret: bytes) -> bool:
        """False when `stored` is None, after the same work. Raises Busy."""
        matched = await self._run(lambda: self._verify(stored or NOBODYS, secret))
        return matched and stored is not None

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, secret: bytes) -> bool:
        try:
            return self._hasher.verify(stored, secret)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= HASHES_WAITING_MAX:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1
