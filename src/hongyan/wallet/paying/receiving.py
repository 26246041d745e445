"""收款码: who shows hers is paid by whoever scans it [PY1]-[PY3]."""

import hmac

from hongyan.accounts import Person, people
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, new_token
from hongyan.wallet import approvals, ledger, purses
from hongyan.wallet.approvals import Act
from hongyan.wallet.ledger import Code, Order, TransferId
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.paying import store
from hongyan.wallet.paying.model import LOOKS_COUNT, LOOKS_PER_S, LOOKS_SCOPE, Paid
from hongyan.wallet.refusals import Refusal, Refused

ACTION = "pay_receive_code"


class Receiving:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    async def token(self, account_id: AccountId, *, renew: bool) -> str:
        """What her code says; made at the first call, and anew when the old one shall take nothing any more."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> str:
            there = store.token(tx, account_id)
            if there is not None and not renew:
                return there
            made = new_token()
            store.put_token(tx, account_id, made, now_ms=now_ms)
            return made

        return await self._db.write(work)

    async def look(self, reader: AccountId, payee: AccountId, token: str) -> Person | Refused:
        """Who is paid by this code; each question counts."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Person | Refused:
            wait_s = limits.take(tx, LOOKS_SCOPE, reader, count=LOOKS_COUNT, per_s=LOOKS_PER_S, now_ms=now_ms)
            return _payee(tx, payee, token) if wait_s is None else Refused(Refusal.TOO_MANY_TRIES, wait_s)

        return await self._db.write(work)

    async def pay(
        self, payer: AccountId, act_id: TransferId, payee: AccountId, token: str, amount: int, approval: str
    ) -> Paid | Refused:
        """Pay whoever shows the code; the same payment again is answered as the first time."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Paid | Refused:
            asset = purses.asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            shown = _payee(tx, payee, token)
            if isinstance(shown, Refused):
                return shown
            purse = purses.open_purse(tx, payee, asset, now_ms=now_ms)
            if isinstance(purse, Refused):
                return purse
            order = Order.single(
                act_id,
                debit=purses.purse_id(payer, asset.code),
                credit=purse,
                amount=amount,
                asset=asset.code,
                code=Code.RECEIVE_CODE,
                group_id=act_id,
            )
            act = Act(ACTION, act_id, amount, asset.code, str(payee))
            if refused := approvals.pay(tx, payer, order, act=act, approval=approval, now_ms=now_ms):
                return refused
            done = ledger.transfer(tx, act_id)
            assert done is not None
            tx.after_commit(lambda: self._notify([payer, payee], TOPIC))
            return Paid(act_id, payee, amount, done.at_ms)

        return await self._db.write(work)

    def leave(self, tx: Tx, account_id: AccountId) -> None:
        """In the transaction in which an account is erased."""
        store.erase_token(tx, account_id)


def _payee(tx: Tx, payee: AccountId, token: str) -> Person | Refused:
    there = store.token(tx, payee)
    if there is None or not hmac.compare_digest(there.encode(), token.encode()):
        return Refused(Refusal.ACT_UNKNOWN)
    found = people(tx, [payee])
    return found[0] if found else Refused(Refusal.ACT_UNKNOWN)
