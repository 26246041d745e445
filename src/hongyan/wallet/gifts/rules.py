"""How a packet is split, and what binds its sender's server to that [GF4] [GF5]."""

import hashlib
from collections.abc import Callable

from hongyan.wallet.gifts.model import SHARE_AVERAGE_MAX, SHARES_MAX, PacketKind

_CONTEXT = b"hongyan packet v1\0"

# A number from 0 to below the argument, each as likely as the others, that nobody can foresee.
Draw = Callable[[int], int]


def may_be(kind: PacketKind, total: int, shares: int) -> bool:
    """Whether every share can be worth at least one unit, and none on average more than is allowed."""
    if not 1 <= shares <= SHARES_MAX or not shares <= total <= shares * SHARE_AVERAGE_MAX:
        return False
    if kind is PacketKind.ONE and shares != 1:
        return False
    return kind is PacketKind.LUCKY or total % shares == 0


def split(kind: PacketKind, total: int, shares: int, draw: Draw) -> list[int]:
    """The shares in the order in which they will be taken: each at least 1, `total` in all.

    Of a lucky packet each is drawn evenly up to twice what is left for each on average. Later ones vary more that way,
    so their order is shuffled: no place is better than another.
    """
    if kind is not PacketKind.LUCKY:
        return [total // shares] * shares
    drawn, rest = [], total
    for left in range(shares, 1, -1):
        amount = 1 + draw(2 * rest // left - 1)  # leaves at least 1 for each of the others, as rest >= left
        drawn.append(amount)
        rest -= amount
    drawn.append(rest)
    for place in range(shares - 1, 0, -1):
        other = draw(place + 1)
        drawn[place], drawn[other] = drawn[other], drawn[place]
    return drawn


def commitment(packet_id: bytes, salt: bytes, amounts: list[int]) -> bytes:
    """SHA-256 over id, salt and each share in 8 bytes, in their order."""
    return hashlib.sha256(_CONTEXT + packet_id + salt + b"".join(one.to_bytes(8, "big") for one in amounts)).digest()


def hash_of_secret(secret: bytes) -> bytes:
    return hashlib.sha256(b"hongyan packet secret v1\0" + secret).digest()
