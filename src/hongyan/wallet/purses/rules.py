"""Which account of the ledger is whose, and where a month begins."""

import hashlib
from datetime import datetime, timedelta, timezone

from hongyan.foundation.ids import AccountId
from hongyan.wallet.ledger import ID_BYTES, LedgerId

_CONTEXT = b"hongyan ledger account v1\0"
SECOND_MS = 1_000


def purse_id(account_id: AccountId, asset: str) -> LedgerId:
    return _id("purse", str(account_id), asset)


def issuance_id(asset: str) -> LedgerId:
    """Where issued money comes from: its debits less its credits are what is in circulation."""
    return _id("issuance", asset)


def cash_id(asset: str) -> LedgerId:
    """Where money comes from that was topped up against cash, and goes to that is paid out."""
    return _id("cash", asset)


def rail_id(rail: str, asset: str) -> LedgerId:
    """Where money comes from that was paid in by a rail: what it holds for the community, as a negative balance."""
    return _id("rail", rail, asset)


def escrow_id(act_id: bytes) -> LedgerId:
    """Where the money of one act waits."""
    return _id("escrow", act_id.hex())


def month_bounds(month: str, offset_minutes: int) -> tuple[int, int]:
    """From when until before when a month `YYYY-MM` lasts, in ms, where the clock is ahead of UTC by the offset."""
    there = timezone(timedelta(minutes=offset_minutes))
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=there)
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return _ms(first), _ms(following)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND_MS


def _id(*parts: str) -> LedgerId:
    return LedgerId(hashlib.sha256(_CONTEXT + "\0".join(parts).encode()).digest()[:ID_BYTES])
