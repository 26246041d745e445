"""转账: money that is held until the payee accepts it, returns it, or a day has passed [GF1] [GF2].

There is no table for it: the ledger's pending transfer says all.
"""

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import approvals, ledger, purses
from hongyan.wallet.approvals import Act
from hongyan.wallet.gifts.model import ENDED_AT_ONCE, GIFT_LIFETIME_MS, SentMoney, TransferState
from hongyan.wallet.ledger import Code, Kind, Order, Resolution, TransferId, derived
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.refusals import Refusal, Refused, refused_by

ACTION = "transfer"
_STATES = {
    Resolution.OPEN: TransferState.WAITING,
    Resolution.POSTED: TransferState.ACCEPTED,
    Resolution.VOIDED: TransferState.RETURNED,
    Resolution.EXPIRED: TransferState.EXPIRED,
}


class Transfers:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    async def send(
        self, payer: AccountId, transfer_id: TransferId, payee: AccountId, amount: int, approval: str
    ) -> SentMoney | Refused:
        """Hold the money for a member of this server; the same again is answered as the first time."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> SentMoney | Refused:
            asset = purses.asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if payee == payer:
                return Refused(Refusal.PERSON_UNKNOWN)
            there = _sent(tx, transfer_id, payer)
            if isinstance(there, SentMoney):
                same = (there.payer, there.payee, there.amount) == (payer, payee, amount)
                return there if same else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
            purse = purses.open_purse(tx, payee, asset, now_ms=now_ms)
            if isinstance(purse, Refused):
                return purse
            order = Order.pending(
                transfer_id,
                debit=purses.purse_id(payer, asset.code),
                credit=purse,
                amount=amount,
                asset=asset.code,
                code=Code.TRANSFER,
                expires_at_ms=now_ms + GIFT_LIFETIME_MS,
                group_id=transfer_id,
            )
            act = Act(ACTION, transfer_id, amount, asset.code, str(payee))
            if refused := approvals.pay(tx, payer, order, act=act, approval=approval, now_ms=now_ms):
                return refused
            tx.after_commit(lambda: self._notify([payer, payee], TOPIC))
            return _sent(tx, transfer_id, payer)

        return await self._db.write(work)

    async def look(self, reader: AccountId, transfer_id: TransferId) -> SentMoney | Refused:
        """As payer or payee; to anybody else it is not there."""
        return await self._db.read(lambda tx: _sent(tx, transfer_id, reader))

    async def answer(self, payee: AccountId, transfer_id: TransferId, *, accept: bool) -> SentMoney | Refused:
        """Take the money, or give it back; a repeat of the same changes nothing."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> SentMoney | Refused:
            there = _sent(tx, transfer_id, payee)
            if isinstance(there, Refused):
                return there
            if there.payee != payee:
                return Refused(Refusal.NOT_YOURS)
            kind, purpose = (Kind.POST, b"accept") if accept else (Kind.VOID, b"return")
            order = Order.resolving(derived(transfer_id, purpose), kind, transfer_id)
            if refused := refused_by(ledger.post(tx, order, now_ms=now_ms)):
                return refused
            tx.after_commit(lambda: self._notify([there.payer, payee], TOPIC))
            return _sent(tx, transfer_id, payee)

        return await self._db.write(work)

    async def return_expired(self) -> None:
        """Let go of what nobody accepted in time."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> None:
            for held in ledger.expire_due(tx, now_ms=now_ms, limit=ENDED_AT_ONCE):
                owners = [ledger.account(tx, side) for side in (held.debit, held.credit)]
                told = [AccountId(one.owner) for one in owners if one is not None and one.owner]
                tx.after_commit(lambda told=told: self._notify(told, TOPIC))  # type: ignore[misc]

        await self._db.write(work)


def _sent(tx: Tx, transfer_id: TransferId, reader: AccountId) -> SentMoney | Refused:
    held = ledger.transfer(tx, transfer_id)
    if held is None or held.kind is not Kind.PENDING or held.code is not Code.TRANSFER:
        return Refused(Refusal.ACT_UNKNOWN)
    payer, payee = ledger.account(tx, held.debit), ledger.account(tx, held.credit)
    assert payer is not None and payee is not None and held.expires_at_ms is not None
    if reader not in (payer.owner, payee.owner):
        return Refused(Refusal.ACT_UNKNOWN)
    ended = ledger.resolving_transfer(tx, transfer_id)
    state = ledger.resolution(tx, transfer_id)
    assert state is not None
    return SentMoney(
        transfer_id,
        AccountId(payer.owner),
        AccountId(payee.owner),
        held.amount,
        _STATES[state],
        held.at_ms,
        held.expires_at_ms,
        None if ended is None else ended.at_ms,
    )
