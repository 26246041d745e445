"""The hash chain: each transfer's hash covers the one before it and every field of its own [LE4]."""

import hashlib
import struct

from hongyan.wallet.ledger.model import NO_HASH, Transfer

_FIXED = struct.Struct(">Q16sB16s16sQHQQ16s")
_NONE = bytes(16)


def hash_of(
    before: bytes,
    seq: int,
    id: bytes,
    kind: int,
    debit: bytes,
    credit: bytes,
    amount: int,
    code: int,
    at_ms: int,
    expires_at_ms: int | None,
    pending_id: bytes | None,
    asset: str,
    group_id: bytes,
) -> bytes:
    """SHA-256 of the hash before, the fixed fields, and the two that vary, each after its length."""
    fixed = _FIXED.pack(seq, id, kind, debit, credit, amount, code, at_ms, expires_at_ms or 0, pending_id or _NONE)
    name = asset.encode()
    varying = bytes((len(name),)) + name + bytes((len(group_id),)) + group_id
    return hashlib.sha256(before + fixed + varying).digest()


def expected_hash(before: bytes, one: Transfer) -> bytes:
    return hash_of(
        before,
        one.seq,
        one.id,
        one.kind,
        one.debit,
        one.credit,
        one.amount,
        one.code,
        one.at_ms,
        one.expires_at_ms,
        one.pending_id,
        one.asset,
        one.group_id,
    )


__all__ = ["NO_HASH", "expected_hash", "hash_of"]
