"""What the books say of themselves: signed checkpoints, proofs, and what a check of everything finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hongyan.foundation.language import Text
from hongyan.wallet.ledger import Holder, Transfer

# A job that is due may wait for the next look: so that the newest signature is a minute old at most.
SIGN_EVERY_S: Final = 25
# Of one write: the event loop waits for it.
NODES_AT_ONCE: Final = 16
TOTALS_REUSED_MS: Final = 10_000
# One wrong transfer may make all after it look wrong.
FINDINGS_OF_A_KIND_MAX: Final = 20
KEY_FILE_NAME: Final = "ledger-key.pem"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The first `size` transfers have this Merkle root (RFC 9162 §2.1.1), says the holder of `key` (Ed25519)."""

    size: int
    root: bytes
    at_ms: int
    key: bytes
    signature: bytes


def signed_bytes(size: int, root: bytes, at_ms: int) -> bytes:
    """What a checkpoint's signature covers [LE7]."""
    return f"hongyan books v1\n{size}\n{root.hex()}\n{at_ms}\n".encode()


@dataclass(frozen=True, slots=True)
class Total:
    """Of all accounts of a kind: minor units, negative where more went out than came in."""

    holder: Holder
    asset: str
    accounts: int
    balance: int
    held: int


@dataclass(frozen=True, slots=True)
class Books:
    """`consistency` is the proof from the checkpoint of a size the caller knows; None when she named none."""

    transfers: int
    totals: tuple[Total, ...]
    checkpoint: Checkpoint | None
    consistency: tuple[bytes, ...] | None


@dataclass(frozen=True, slots=True)
class Included:
    """A transfer with the hash before it and its audit path (RFC 9162 §2.1.3)."""

    transfer: Transfer
    before: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """One transfer, and the one that resolved it if it was pending; `consistency` as in Books."""

    checkpoint: Checkpoint
    consistency: tuple[bytes, ...] | None
    included: tuple[Included, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the books; `seq` is the transfer or the size of the checkpoint, 0 for neither."""

    code: str
    seq: int
    text: Text
