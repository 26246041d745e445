"""A bank that issues, lan who has 1,000 of it, mei who has nothing, and what they ask of the ledger."""

from collections.abc import Callable
from typing import TypeVar

from hongyan.foundation.db import Database, Tx
from hongyan.wallet import ledger
from hongyan.wallet.ledger import Code, Holder, LedgerId, Order, TransferId, Verdict

T = TypeVar("T")
NOW = 1_000_000
DAY = 86_400_000
YAN = "YAN"
BANK, LAN, MEI = (LedgerId(name.ljust(16, b".")) for name in (b"bank", b"lan", b"mei"))


def id_of(n: int) -> TransferId:
    return TransferId(n.to_bytes(16, "big"))


def seed(tx: Tx) -> None:
    ledger.open_account(tx, BANK, Holder.ISSUANCE, 0, YAN, no_overdraft=False, now_ms=NOW)
    for who, owner in ((LAN, 1), (MEI, 2)):
        ledger.open_account(tx, who, Holder.PURSE, owner, YAN, no_overdraft=True, now_ms=NOW)
    order = Order.single(id_of(0), debit=BANK, credit=LAN, amount=1_000, asset=YAN, code=Code.ISSUE)
    assert ledger.post(tx, order, now_ms=NOW) is Verdict.POSTED


def pay(n: int, amount: int, debit: LedgerId = LAN, credit: LedgerId = MEI, asset: str = YAN) -> Order:
    return Order.single(id_of(n), debit=debit, credit=credit, amount=amount, asset=asset, code=Code.TRANSFER)


def hold(n: int, amount: int, until_ms: int = NOW + DAY) -> Order:
    return Order.pending(
        id_of(n), debit=LAN, credit=MEI, amount=amount, asset=YAN, code=Code.TRANSFER, expires_at_ms=until_ms
    )


def amounts(tx: Tx, who: LedgerId) -> tuple[int, int]:
    found = ledger.account(tx, who)
    assert found is not None
    return found.balance, found.available


async def on(db: Database, fn: Callable[[Tx], T]) -> T:
    return await db.write(fn)
