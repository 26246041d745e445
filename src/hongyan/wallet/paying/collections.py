"""请求收款 and AA 收款: somebody asks others for money, and each pays her part once [PY4] [PY5]."""

from collections.abc import Sequence

from hongyan.accounts import people
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import approvals, purses
from hongyan.wallet.approvals import Act
from hongyan.wallet.ledger import AMOUNT_MAX, Code, Order, TransferId, derived
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.paying import store
from hongyan.wallet.paying.model import PARTS_MAX, Collection, CollectionView, Part
from hongyan.wallet.refusals import Refusal, Refused

ACTION = "pay_part"


class Collections:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    async def ask(self, creator: AccountId, act_id: TransferId, parts: Sequence[Part]) -> CollectionView | Refused:
        """Ask these people for these amounts; the same again changes nothing."""
        if not 1 <= len(parts) <= PARTS_MAX or not all(0 < part.amount <= AMOUNT_MAX for part in parts):
            return Refused(Refusal.AMOUNT_INVALID)
        asked = {part.account_id for part in parts}
        if len(asked) != len(parts) or creator in asked:
            return Refused(Refusal.PERSON_UNKNOWN)
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> CollectionView | Refused:
            asset = purses.asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if (there := store.collection(tx, act_id)) is not None:
                wanted = {(part.account_id, part.amount) for part in parts}
                same = there.creator == creator and {(one.account_id, one.amount) for one in there.parts} == wanted
                return _view(tx, there) if same else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
            if len(people(tx, list(asked))) != len(asked):
                return Refused(Refusal.PERSON_UNKNOWN)
            made = Collection(act_id, creator, asset.code, now_ms, None, tuple(parts))
            store.put_collection(tx, made)
            return _view(tx, made)

        return await self._db.write(work)

    async def look(self, reader: AccountId, act_id: TransferId) -> CollectionView | Refused:
        """As who asks or is asked; to anybody else it is not there."""

        def load(tx: Tx) -> CollectionView | Refused:
            found = _seen(tx, reader, act_id)
            return found if isinstance(found, Refused) else _view(tx, found)

        return await self._db.read(load)

    async def pay(self, payer: AccountId, act_id: TransferId, approval: str) -> CollectionView | Refused:
        """Pay one's part; a repeat changes nothing."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> CollectionView | Refused:
            found = _seen(tx, payer, act_id)
            if isinstance(found, Refused):
                return found
            part = next((one for one in found.parts if one.account_id == payer), None)
            if part is None:
                return Refused(Refusal.NOT_YOURS)
            if part.paid_at_ms is not None:
                return _view(tx, found)
            if found.closed_at_ms is not None:
                return Refused(Refusal.ENDED)
            asset = purses.asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            purse = purses.open_purse(tx, found.creator, asset, now_ms=now_ms)
            if isinstance(purse, Refused):
                return purse
            order = Order.single(
                derived(act_id, b"part %d" % payer),
                debit=purses.purse_id(payer, asset.code),
                credit=purse,
                amount=part.amount,
                asset=asset.code,
                code=Code.REQUEST if len(found.parts) == 1 else Code.SPLIT,
                group_id=act_id,
            )
            act = Act(ACTION, act_id, part.amount, asset.code, str(found.creator))
            if refused := approvals.pay(tx, payer, order, act=act, approval=approval, now_ms=now_ms):
                return refused
            store.set_paid(tx, act_id, payer, now_ms=now_ms)
            told = [found.creator, *(one.account_id for one in found.parts)]
            tx.after_commit(lambda: self._notify(told, TOPIC))
            return _view(tx, _again(tx, act_id))

        return await self._db.write(work)

    async def close(self, creator: AccountId, act_id: TransferId) -> CollectionView | Refused:
        """Take no more payments; what was paid stays paid. A repeat changes nothing."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> CollectionView | Refused:
            found = _seen(tx, creator, act_id)
            if isinstance(found, Refused):
                return found
            if found.creator != creator:
                return Refused(Refusal.NOT_YOURS)
            store.set_closed(tx, act_id, now_ms=now_ms)
            told = [creator, *(one.account_id for one in found.parts)]
            tx.after_commit(lambda: self._notify(told, TOPIC))
            return _view(tx, _again(tx, act_id))

        return await self._db.write(work)


def _seen(tx: Tx, reader: AccountId, act_id: TransferId) -> Collection | Refused:
    found = store.collection(tx, act_id)
    if found is None or reader not in (found.creator, *(part.account_id for part in found.parts)):
        return Refused(Refusal.ACT_UNKNOWN)
    return found


def _again(tx: Tx, act_id: TransferId) -> Collection:
    found = store.collection(tx, act_id)
    assert found is not None
    return found


def _view(tx: Tx, one: Collection) -> CollectionView:
    known = people(tx, [one.creator, *(part.account_id for part in one.parts)])
    return CollectionView(one, {person.account_id: person for person in known})
