"""Opening packets: many people at once, in one transaction and as few statements [GF3] [GF6]."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hongyan.accounts import people
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger, purses
from hongyan.wallet.gifts import rules, store
from hongyan.wallet.gifts.model import Packet, PacketKind, PacketView, Share
from hongyan.wallet.ledger import Code, LedgerId, Order, derived
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody shows the secret of a packet's card."""

    taker: AccountId
    packet_id: bytes
    secret: bytes


@dataclass(slots=True)
class _Open:
    """A packet and its shares, as they are after the openings already served; `given`: those of this batch."""

    packet: Packet
    shares: list[Share]
    by_taker: dict[AccountId, Share]
    given: list[Share]

    def next_for(self, taker: AccountId, now_ms: int) -> Share | None:
        """The share that she is to have, if any is left for her."""
        packet, place = self.packet, self.packet.taken + len(self.given)
        is_open = packet.ended_at_ms is None and now_ms < packet.expires_at_ms and place < packet.shares
        if not is_open or taker in self.by_taker or (packet.kind is PacketKind.ONE and packet.sender == taker):
            return None
        return self.shares[place]

    def give(self, share: Share, taker: AccountId, now_ms: int) -> None:
        taken = replace(share, taker=taker, taken_at_ms=now_ms)
        self.shares[share.place] = self.by_taker[taker] = taken
        self.given.append(taken)


def look(tx: Tx, openings: Sequence[Opening]) -> list[PacketView | Refused]:
    """What those with the card see; opens nothing."""
    return _views(tx, openings, _load(tx, openings))


def take(tx: Tx, openings: Sequence[Opening], *, now_ms: int, notify: Notify) -> list[PacketView | Refused]:
    """Give each the next share of her packet, first come first served; one for each, and a repeat takes nothing more.

    Returns for each opening what she sees of it now. What has nothing left is answered without a write.
    """
    found = _load(tx, openings)
    refused: dict[Opening, Refused] = {}
    orders: list[Order] = []
    purse_of = _Purses(tx, openings, now_ms)
    for opening in dict.fromkeys(openings):
        one = found.get(opening.packet_id)
        if one is None or not _knows(one.packet, opening) or (share := one.next_for(opening.taker, now_ms)) is None:
            continue
        purse = purse_of(opening.taker)
        if isinstance(purse, Refused):
            refused[opening] = purse
            continue
        one.give(share, opening.taker, now_ms)
        orders.append(_order(one.packet, share, purse))
    if orders:
        assert all(verdict.is_done for verdict in ledger.post_all(tx, orders, now_ms=now_ms))
    for one in found.values():
        if one.given:
            _store(tx, one, now_ms, notify)
    views = _views(tx, openings, found)
    return [refused.get(opening, view) for opening, view in zip(openings, views, strict=True)]


class _Purses:
    """Where each taker's share goes; a purse that may not take one is found out before a share is given."""

    def __init__(self, tx: Tx, openings: Sequence[Opening], now_ms: int) -> None:
        self._tx = tx
        self._now_ms = now_ms
        self._asset = purses.asset_open(tx)
        if isinstance(self._asset, Refused):
            return
        code = self._asset.code
        self._there = ledger.accounts(tx, {purses.purse_id(opening.taker, code) for opening in openings})

    def __call__(self, taker: AccountId) -> LedgerId | Refused:
        if isinstance(self._asset, Refused):
            return self._asset
        there = self._there.get(purses.purse_id(taker, self._asset.code))
        if there is None:
            return purses.open_purse(self._tx, taker, self._asset, now_ms=self._now_ms)
        return Refused(Refusal.FROZEN) if there.frozen or there.closed else there.id


def _load(tx: Tx, openings: Sequence[Opening]) -> dict[bytes, _Open]:
    found = {}
    for id, packet in store.packets(tx, {opening.packet_id for opening in openings}).items():
        shares = store.shares(tx, id)
        found[id] = _Open(packet, shares, {one.taker: one for one in shares if one.taker is not None}, [])
    return found


def _knows(packet: Packet, opening: Opening) -> bool:
    return hmac.compare_digest(packet.secret_hash, rules.hash_of_secret(opening.secret))


def _order(packet: Packet, share: Share, purse: LedgerId) -> Order:
    return Order.single(
        derived(packet.id, b"share %d" % share.place),
        debit=purses.escrow_id(packet.id),
        credit=purse,
        amount=share.amount,
        asset=packet.asset,
        code=Code.PACKET_SHARE,
        group_id=packet.id,
    )


def _store(tx: Tx, one: _Open, now_ms: int, notify: Notify) -> None:
    """Note who took what; once it has ended, all who took of it can check the shares, and are told."""
    taken = one.packet.taken + len(one.given)
    ended_at_ms = now_ms if taken == one.packet.shares else None
    store.put_takers(tx, one.packet.id, one.given)
    if ended_at_ms is not None:
        store.set_ended(tx, one.packet.id, now_ms=ended_at_ms)
    one.packet = replace(one.packet, taken=taken, ended_at_ms=ended_at_ms)
    takers = [share.taker for share in one.given if share.taker is not None]
    told = [*{one.packet.sender, *(takers if ended_at_ms is None else one.by_taker)}]
    tx.after_commit(lambda: notify(told, TOPIC))


def _views(tx: Tx, openings: Sequence[Opening], found: dict[bytes, _Open]) -> list[PacketView | Refused]:
    """One list of shares for all who look at a packet."""
    shown = {
        id: [share for share in one.shares if share.taker is not None or one.packet.ended_at_ms is not None]
        for id, one in found.items()
    }
    names = {person.account_id: person for person in people(tx, list(_named(found.values())))}
    views: list[PacketView | Refused] = []
    for opening in openings:
        one = found.get(opening.packet_id)
        if one is None or not _knows(one.packet, opening):
            views.append(Refused(Refusal.ACT_UNKNOWN))
        else:
            views.append(PacketView(one.packet, shown[opening.packet_id], names, one.by_taker.get(opening.taker)))
    return views


def _named(packets: Iterable[_Open]) -> set[AccountId]:
    return {account for one in packets for account in (one.packet.sender, *one.by_taker)}
