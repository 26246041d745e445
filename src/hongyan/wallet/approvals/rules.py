"""What is decided of PINs and approvals: no database, no clock [WA5] [WA6]."""

import hashlib
import re

TRIES_MAX = 5
LOCK_MS = 24 * 3_600_000

_PIN = re.compile(r"[0-9]{6}")
_RISING = "01234567890"
_FALLING = _RISING[::-1]


def digest_of(action: str, *, id: bytes, amount: int, asset: str, payee: str) -> bytes:
    """What an approval is for, so that it is good for nothing else."""
    text = f"hongyan approval v1\n{action}\n{id.hex()}\n{amount}\n{asset}\n{payee}"
    return hashlib.sha256(text.encode()).digest()


def is_pin(text: str) -> bool:
    return _PIN.fullmatch(text) is not None


def is_too_simple(pin: str) -> bool:
    """One digit only, or counting up or down."""
    return len(set(pin)) == 1 or pin in _RISING or pin in _FALLING


def counted(wrong: int, locked_until_ms: int, *, now_ms: int) -> tuple[int, int] | None:
    """The count and the lock once another try is counted, as if it were wrong; None while the PIN is locked."""
    if locked_until_ms > now_ms:
        return None
    wrong = 1 if locked_until_ms else wrong + 1
    return wrong, (now_ms + LOCK_MS if wrong >= TRIES_MAX else 0)
