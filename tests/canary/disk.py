"""Looks for byte strings in everything a server leaves behind: its folder, its log, its memory."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

CHUNK_BYTES = 16 * 1024 * 1024
GONE_WITHIN_S = 10.0


def shapes_of(secret: bytes) -> list[bytes]:
    """A secret as it may be written: raw, in hex, in base64 and base64url at any alignment, as UTF-16."""
    found = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for skipped in range(3):
        # Characters that depend on neighbours are left out at both ends.
        usable = secret[skipped:] if skipped else secret
        usable = usable[: len(usable) // 3 * 3]
        if len(usable) >= 9:
            found.append(base64.b64encode(usable))
            found.append(base64.urlsafe_b64encode(usable))
    text = secret.decode(errors="ignore")
    if text.encode() == secret:
        found.append(text.encode("utf-16-le"))
    return list(dict.fromkeys(found))


def find_in_files(paths: Iterable[Path], secrets: Iterable[bytes]) -> list[str]:
    """Each secret found, and where; files may vanish while they are read."""
    wanted = {secret: shapes_of(secret) for secret in secrets}
    found = []
    for path in files_below(paths):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        found += _found_in(content, wanted, path.name)
    return found


def files_below(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return found


def find_in_memory(pid: int, secrets: Iterable[bytes]) -> list[str]:
    """The same in every readable mapping of a live process: what a core dump would hold."""
    wanted = {secret: shapes_of(secret) for secret in secrets}
    longest = max(len(shape) for shapes in wanted.values() for shape in shapes)
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in _mappings(pid):
            at = start
            while at < end:
                try:
                    content = os.pread(memory.fileno(), min(CHUNK_BYTES, end - at) + longest, at)
                except (OSError, OverflowError):
                    break
                found += _found_in(content, wanted, f"memory at {at:x}")
                at += CHUNK_BYTES
    return found


def _mappings(pid: int) -> list[tuple[int, int]]:
    found = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        match = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
        if match and "[vvar" not in line and "[vsyscall]" not in line:
            found.append((int(match[1], 16), int(match[2], 16)))
    assert found, "no mapping was read"
    return found


def _found_in(content: bytes, wanted: dict[bytes, list[bytes]], where: str) -> list[str]:
    return [
        f"{secret[:40]!r} as {shape[:40]!r} in {where}"
        for secret, shapes in wanted.items()
        for shape in shapes
        if shape in content
    ]


async def gone(look: Callable[[], list[str]]) -> float:
    """Seconds until `look` finds nothing. Raises AssertionError with what is still there after GONE_WITHIN_S."""
    started_s = time.monotonic()
    while True:
        found = look()
        waited_s = time.monotonic() - started_s
        if not found:
            return waited_s
        assert waited_s < GONE_WITHIN_S, "\n".join(found[:20])
        await asyncio.sleep(0.1)
