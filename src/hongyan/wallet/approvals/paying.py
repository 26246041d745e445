"""The one way by which a person's money moves: what is done already, the approval, her limits, then the ledger."""

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger, limits
from hongyan.wallet.approvals.model import Act
from hongyan.wallet.approvals.service import spend
from hongyan.wallet.ledger import Order, Verdict
from hongyan.wallet.refusals import Refusal, Refused, refused_by


def pay(tx: Tx, payer: AccountId, order: Order, *, act: Act, approval: str | None, now_ms: int) -> Refused | None:
    """Carry out `order` from the payer's purse; None when it is done, now or before [WA8] [WA10].

    A repeat needs no approval and counts towards no limit. `approval` None: the act was confirmed in another way
    that its slice answers for. A refusal leaves the limits as they were; the approval is used up.
    """
    if ledger.transfer(tx, order.id) is not None:
        return refused_by(ledger.post(tx, order, now_ms=now_ms))
    if approval is not None and (refused := spend(tx, payer, approval, act.digest, now_ms=now_ms)):
        return refused
    if refused := limits.over(tx, payer, order.amount, now_ms=now_ms):
        return refused
    if refused := post_from_purse(tx, order, now_ms=now_ms):
        return refused
    limits.note(tx, payer, order.amount, now_ms=now_ms)
    return None


def post_from_purse(tx: Tx, order: Order, *, now_ms: int) -> Refused | None:
    """Have the ledger carry it out. In a purse that nobody ever paid into there is not enough [WA2]."""
    verdict = ledger.post(tx, order, now_ms=now_ms)
    if verdict is Verdict.ACCOUNT_UNKNOWN and ledger.account(tx, order.debit) is None:
        return Refused(Refusal.INSUFFICIENT)
    return refused_by(verdict)
