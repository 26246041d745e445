"""Setting limits, and counting what is spent of them [WA10]."""

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.ledger import AMOUNT_MAX
from hongyan.wallet.limits import rules, store
from hongyan.wallet.limits.model import DAYS_KEPT, Span, Spending
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.refusals import Refusal, Refused


def over(tx: Tx, account_id: AccountId, amount: int, *, now_ms: int) -> Refused | None:
    """Whether spending `amount` minor units now would be more than a limit of hers."""
    for span in Span:
        most = rules.at(store.limit(tx, account_id, span), now_ms).now
        if most is None:
            continue
        if store.spent(tx, account_id, from_day=rules.first_day(span, now_ms)) + amount > most:
            return Refused(Refusal.OVER_LIMIT)
    return None


def note(tx: Tx, account_id: AccountId, amount: int, *, now_ms: int) -> None:
    """Count what was spent; always, as a limit may be set later on the same day."""
    store.add_spent(tx, account_id, day=rules.day_of(now_ms), amount=amount)


class SpendingLimits:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    def of(self, tx: Tx, account_id: AccountId) -> dict[Span, Spending]:
        """Both limits, and what was spent of them."""
        now_ms = self._clock.now_ms()
        return {
            span: Spending(
                rules.at(store.limit(tx, account_id, span), now_ms),
                store.spent(tx, account_id, from_day=rules.first_day(span, now_ms)),
            )
            for span in Span
        }

    async def put(self, account_id: AccountId, *, day: int | None, month: int | None) -> Refused | None:
        """Minor units, None for no limit."""
        if any(wanted is not None and wanted > AMOUNT_MAX for wanted in (day, month)):
            return Refused(Refusal.AMOUNT_INVALID)
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> None:
            for span, wanted in ((Span.DAY, day), (Span.MONTH, month)):
                current = store.limit(tx, account_id, span)
                store.put_limit(tx, account_id, span, rules.changed(current, wanted, now_ms))
            tx.after_commit(lambda: self._notify([account_id], TOPIC))

        await self._db.write(work)
        return None

    async def erase_old(self) -> None:
        """Forget what was spent before last month."""
        day = rules.day_of(self._clock.now_ms()) - DAYS_KEPT
        await self._db.write(lambda tx: store.erase_before(tx, day=day))

    def forget(self, tx: Tx, account_id: AccountId) -> None:
        """Erase all that is hers."""
        store.erase_of_account(tx, account_id)
