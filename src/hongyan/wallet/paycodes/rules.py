"""What a code says, and which minute it is of [PY6]; web/src/core/wallet/paycodes.ts makes the same digits."""

import hashlib
import hmac

from hongyan.wallet.paycodes.model import STEP_MS

HANDLE_MIN = 10**9
HANDLE_MAX = 10**10 - 1
_PROOF_DIGITS = 10
_CONTEXT = b"hongyan pay code v1\0"


def step_at(now_ms: int) -> int:
    """The minute since 1970."""
    return now_ms // STEP_MS


def code_of(handle: int, secret: bytes, step: int) -> str:
    """Twenty digits: ten that name the key, ten that prove it for this minute [PY6]."""
    assert HANDLE_MIN <= handle <= HANDLE_MAX and step >= 0
    digest = hmac.new(secret, _CONTEXT + step.to_bytes(8, "big"), hashlib.sha256).digest()
    proof = int.from_bytes(digest[:8], "big") % 10**_PROOF_DIGITS
    return f"{handle}{proof:0{_PROOF_DIGITS}d}"


def handle_in(code: str) -> int:
    return int(code[:_PROOF_DIGITS])


def step_proved(code: str, handle: int, secret: bytes, *, now_ms: int) -> int | None:
    """The minute that this code is of: this one or the one before; None if it is of neither."""
    now = step_at(now_ms)
    fitting = [
        step
        for step in (now, now - 1)
        if hmac.compare_digest(code_of(handle, secret, max(0, step)).encode(), code.encode())
    ]
    return fitting[0] if fitting else None


def code_hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
