"""Giving, changing and ending family cards, and paying by one [FC1] [FC2]."""

from collections.abc import Sequence

from hongyan.accounts import people
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.approvals import Act, post_from_purse, spend
from hongyan.wallet.family import store
from hongyan.wallet.family.model import CARDS_MAX, Card, CardSeen
from hongyan.wallet.ledger import AMOUNT_MAX, Order
from hongyan.wallet.limits import Span, first_day
from hongyan.wallet.notices import TOPIC, MayReach, Notify
from hongyan.wallet.purses import asset_open
from hongyan.wallet.refusals import Refusal, Refused, refused_by

GIVE = "family_card"


def pay_by_card(
    tx: Tx, user: AccountId, payer: AccountId, order: Order, *, act: Act, approval: str, now_ms: int
) -> Refused | None:
    """Carry out `order` from the payer's purse by the user's own approval; None when it is done, now or before."""
    if ledger.transfer(tx, order.id) is not None:
        return refused_by(ledger.post(tx, order, now_ms=now_ms))
    card = store.card(tx, payer, user)
    if card is None:
        return Refused(Refusal.CARD_UNKNOWN)
    if refused := spend(tx, user, approval, act.digest, now_ms=now_ms):
        return refused
    month_day = first_day(Span.MONTH, now_ms)
    spent = card.spent_in(month_day) + order.amount
    if spent > card.limit_minor:
        return Refused(Refusal.OVER_CARD_LIMIT)
    if refused := post_from_purse(tx, order, now_ms=now_ms):
        return refused
    store.set_spent(tx, payer, user, month_day=month_day, spent=spent)
    return None


class FamilyCards:
    def __init__(self, db: Database, clock: Clock, may_reach: MayReach, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._may_reach = may_reach
        self._notify = notify

    async def of(self, account_id: AccountId) -> tuple[list[CardSeen], list[CardSeen]]:
        """The cards she gave, and those she got."""
        month_day = first_day(Span.MONTH, self._clock.now_ms())

        def load(tx: Tx) -> tuple[list[CardSeen], list[CardSeen]]:
            given, got = store.given(tx, account_id), store.got(tx, account_id)
            ids = {AccountId(one.user_id) for one in given} | {AccountId(one.payer_id) for one in got}
            names = {int(one.account_id): one.name for one in people(tx, list(ids))}

            def seen(card: Card, other: int) -> CardSeen:
                return CardSeen(other, names.get(other, ""), card.limit_minor, card.spent_in(month_day))

            return [seen(one, one.user_id) for one in given], [seen(one, one.payer_id) for one in got]

        return await self._db.read(load)

    async def give(self, payer: AccountId, user: AccountId, *, id: bytes, limit: int, approval: str) -> Refused | None:
        """Let a friend pay from her purse, up to `limit` minor units a month; the same again needs no approval."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if user == payer or not self._may_reach(tx, payer, user):
                return Refused(Refusal.PERSON_UNKNOWN)
            if not 0 < limit <= AMOUNT_MAX:
                return Refused(Refusal.AMOUNT_INVALID)
            there = store.card(tx, payer, user)
            if there is not None and there.limit_minor == limit:
                return None
            if there is None and len(store.given(tx, payer)) >= CARDS_MAX:
                return Refused(Refusal.TOO_MANY)
            act = Act(GIVE, id, limit, asset.code, str(user))
            if refused := spend(tx, payer, approval, act.digest, now_ms=now_ms):
                return refused
            store.put(tx, payer, user, limit, now_ms=now_ms)
            self._tell(tx, [payer, user])
            return None

        return await self._db.write(work)

    async def end(self, payer: AccountId, user: AccountId) -> None:
        """Whoever of the two asks; none there is no error."""

        def work(tx: Tx) -> None:
            if store.erase(tx, payer, user):
                self._tell(tx, [payer, user])

        await self._db.write(work)

    def forget(self, tx: Tx, account_id: AccountId) -> None:
        """Erase the cards of who leaves, on both sides."""
        store.erase_of_account(tx, account_id)

    def _tell(self, tx: Tx, account_ids: Sequence[AccountId]) -> None:
        tx.after_commit(lambda: self._notify(account_ids, TOPIC))
