"""Red packets: sent whole, opened share by share, and what is left goes back [GF3]-[GF8]."""

import secrets
from dataclasses import dataclass

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import approvals, ledger, purses
from hongyan.wallet.approvals import Act
from hongyan.wallet.gifts import rules, store
from hongyan.wallet.gifts.model import (
    ENDED_AT_ONCE,
    GIFT_LIFETIME_MS,
    SALT_BYTES,
    Packet,
    PacketKind,
    PacketView,
)
from hongyan.wallet.gifts.opening import Opening, look, take
from hongyan.wallet.ledger import Code, Holder, Order, TransferId, Verdict, derived
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.refusals import Refusal, Refused

ACTION = "packet"
# Whom a packet is for, the server is not told.
PAYEE = "packet"


@dataclass(frozen=True, slots=True)
class Sending:
    """A packet as its sender wants it; `approval` is of exactly this."""

    id: TransferId
    kind: PacketKind
    total: int
    shares: int
    secret_hash: bytes
    approval: str


class Packets:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify
        self._openings = db.batch(self._open_all)

    async def send(self, sender: AccountId, wanted: Sending) -> Packet | Refused:
        """Draw the shares and put the money aside for them; the same packet again is answered as the first time."""
        now_ms = self._clock.now_ms()
        if not rules.may_be(wanted.kind, wanted.total, wanted.shares):
            return Refused(Refusal.AMOUNT_INVALID)
        salt = secrets.token_bytes(SALT_BYTES)
        amounts = rules.split(wanted.kind, wanted.total, wanted.shares, secrets.randbelow)

        def work(tx: Tx) -> Packet | Refused:
            asset = purses.asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if (there := store.packet(tx, wanted.id)) is not None:
                return there if _is_same(there, sender, wanted) else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
            escrow = purses.escrow_id(wanted.id)
            ledger.open_account(tx, escrow, Holder.ESCROW, 0, asset.code, no_overdraft=True, now_ms=now_ms)
            order = Order.single(
                wanted.id,
                debit=purses.purse_id(sender, asset.code),
                credit=escrow,
                amount=wanted.total,
                asset=asset.code,
                code=Code.PACKET,
                group_id=wanted.id,
            )
            act = Act(ACTION, wanted.id, wanted.total, asset.code, PAYEE)
            if refused := approvals.pay(tx, sender, order, act=act, approval=wanted.approval, now_ms=now_ms):
                return refused
            packet = Packet(
                wanted.id,
                sender,
                asset.code,
                wanted.kind,
                wanted.total,
                wanted.shares,
                wanted.secret_hash,
                salt,
                rules.commitment(wanted.id, salt, amounts),
                now_ms,
                now_ms + GIFT_LIFETIME_MS,
                0,
                None,
            )
            store.put_packet(tx, packet, amounts)
            tx.after_commit(lambda: self._notify([sender], TOPIC))
            return packet

        return await self._db.write(work)

    async def look(self, reader: AccountId, packet_id: bytes, secret: bytes) -> PacketView | Refused:
        """What somebody with the card sees, opening nothing."""
        return await self._db.read(lambda tx: look(tx, [Opening(reader, packet_id, secret)])[0])

    async def open(self, taker: AccountId, packet_id: bytes, secret: bytes) -> PacketView | Refused:
        """Take the next share, if there is one and she has none; a repeat takes nothing more."""
        return await self._openings.run(Opening(taker, packet_id, secret))

    def _open_all(self, tx: Tx, openings: list[Opening]) -> list[PacketView | Refused]:
        return take(tx, openings, now_ms=self._clock.now_ms(), notify=self._notify)

    async def return_expired(self) -> None:
        """Give back what nobody took in time: once, whenever this is tried again."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> None:
            for packet in store.expired_packets(tx, now_ms, ENDED_AT_ONCE):
                self._return_rest(tx, packet, now_ms)

        await self._db.write(work)

    def _return_rest(self, tx: Tx, packet: Packet, now_ms: int) -> None:
        """A frozen purse takes nothing: its packet waits until it may."""
        shares = store.shares(tx, packet.id)
        rest = sum(share.amount for share in shares if share.taker is None)
        order = Order.single(
            derived(packet.id, b"back"),
            debit=purses.escrow_id(packet.id),
            credit=purses.purse_id(packet.sender, packet.asset),
            amount=rest,
            asset=packet.asset,
            code=Code.PACKET_BACK,
            group_id=packet.id,
        )
        verdict = ledger.post(tx, order, now_ms=now_ms)
        if verdict is Verdict.FROZEN:
            return
        assert verdict.is_done, verdict
        store.set_ended(tx, packet.id, now_ms=now_ms)
        told = [*{packet.sender, *(share.taker for share in shares if share.taker is not None)}]
        tx.after_commit(lambda: self._notify(told, TOPIC))


def _is_same(there: Packet, sender: AccountId, wanted: Sending) -> bool:
    return (there.sender, there.kind, there.total, there.shares, there.secret_hash) == (
        sender,
        wanted.kind,
        wanted.total,
        wanted.shares,
        wanted.secret_hash,
    )
