"""Opening the currency, issuing, topping up, paying out, freezing, and the books that all may read [TR1]-[TR6]."""

import secrets
from collections.abc import Sequence

from hongyan.accounts import people
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import assets, ledger
from hongyan.wallet.approvals import Act, spend
from hongyan.wallet.assets import Asset
from hongyan.wallet.ledger import Code, Holder, LedgerId, Order, TransferId
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.purses import asset_open, cash_id, issuance_id, open_purse, purse_id
from hongyan.wallet.refusals import Refusal, Refused, refused_by
from hongyan.wallet.treasury import rules, store
from hongyan.wallet.treasury.model import (
    DAY_MS,
    PAGE,
    TREASURERS_MAX,
    ActKind,
    ActState,
    Books,
    Rules,
    TreasuryAct,
)

CONFIRM = "confirm"


def is_treasurer(tx: Tx, account_id: AccountId) -> bool:
    """The owner of the server, or whom the owner appointed."""
    return account_id in store.owners(tx) or store.is_appointed(tx, account_id)


def note_act(tx: Tx, kind: ActKind, by: AccountId, about: AccountId, reason: str, *, now_ms: int) -> None:
    """Put what moves no money into the list that all members see."""
    id = secrets.token_bytes(ledger.ID_BYTES)
    store.insert_act(tx, TreasuryAct(0, id, kind, by, about, 0, reason, ActState.DONE, 0, now_ms, now_ms))


class Treasury:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    async def open(self, asset: Asset) -> Refused | None:
        """Give the community its currency; a repeat is no error, another currency is."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            current = assets.current(tx)
            if current is not None:
                return None if current == asset else Refused(Refusal.WALLET_OPEN_ALREADY)
            assets.insert(tx, asset, now_ms=now_ms)
            for id, holder in ((issuance_id(asset.code), Holder.ISSUANCE), (cash_id(asset.code), Holder.CASH)):
                ledger.open_account(tx, id, holder, 0, asset.code, no_overdraft=False, now_ms=now_ms)
            self._tell(tx, store.owners(tx))
            return None

        return await self._db.write(work)

    async def appoint(self, owner: AccountId, account_id: AccountId) -> Refused | None:
        """Make a member a treasurer; a repeat changes nothing."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            if not people(tx, [account_id]):
                return Refused(Refusal.PERSON_UNKNOWN)
            if len(store.appointed(tx)) >= TREASURERS_MAX:
                return Refused(Refusal.TOO_MANY)
            if not is_treasurer(tx, account_id) and store.appoint(tx, account_id, now_ms=now_ms):
                note_act(tx, ActKind.APPOINT, owner, account_id, "", now_ms=now_ms)
                self._tell(tx, [account_id])
            return None

        return await self._db.write(work)

    async def dismiss(self, owner: AccountId, account_id: AccountId) -> None:
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> None:
            if store.dismiss(tx, account_id):
                note_act(tx, ActKind.DISMISS, owner, account_id, "", now_ms=now_ms)
                self._tell(tx, [account_id])

        await self._db.write(work)

    async def put_rules(self, owner: AccountId, new: Rules) -> Refused | None:
        """Set the caps, for everybody to see; a repeat changes nothing."""
        if not rules.are_sound(new):
            return Refused(Refusal.AMOUNT_INVALID)
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> None:
            if store.rules(tx) == new:
                return
            store.put_rules(tx, new)
            caps = f"{new.act_max} {new.day_max} {new.alone_max}"
            note_act(tx, ActKind.RULES, owner, AccountId(0), caps, now_ms=now_ms)
            self._tell(tx, [owner])

        await self._db.write(work)
        return None

    async def move(
        self,
        by: AccountId,
        kind: ActKind,
        recipient: AccountId,
        *,
        id: TransferId,
        amount: int,
        reason: str,
        approval: str,
    ) -> ActState | Refused:
        """Issue, top up or pay out; PROPOSED when another treasurer has to confirm. A repeat gets the first answer.

        Paying out burns what is in the treasurer's own purse: nobody's money goes but by her own hand.
        """
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> ActState | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if not is_treasurer(tx, by):
                return Refused(Refusal.NOT_TREASURER)
            if (done := store.act(tx, id)) is not None:
                same = (done.kind, done.treasurer_id, done.recipient_id, done.amount, done.reason)
                if same != (kind, by, recipient, amount, reason):
                    return Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
                return done.state
            if kind is ActKind.PAY_OUT and recipient != by:
                return Refused(Refusal.NOT_YOURS)
            purse = open_purse(tx, recipient, asset, now_ms=now_ms)
            if isinstance(purse, Refused):
                return purse
            current = store.rules(tx)
            made = store.made_since(tx, from_ms=now_ms - now_ms % DAY_MS)
            if refused := rules.within(current, kind, amount, made_today=made):
                return refused
            act = Act(kind.name.lower(), id, amount, asset.code, str(recipient))
            if refused := spend(tx, by, approval, act.digest, now_ms=now_ms):
                return refused
            state = ActState.PROPOSED if rules.needs_two(current, kind, amount) else ActState.DONE
            if state is ActState.DONE and (refused := self._post(tx, kind, id, purse, amount, asset, now_ms)):
                return refused
            decided_at_ms = now_ms if state is ActState.DONE else 0
            store.insert_act(
                tx, TreasuryAct(0, id, kind, by, recipient, amount, reason, state, 0, now_ms, decided_at_ms)
            )
            self._tell(tx, [recipient, *store.owners(tx), *store.appointed(tx)])
            return state

        return await self._db.write(work)

    async def confirm(self, by: AccountId, id: bytes, *, approval: str) -> ActState | Refused:
        """Do what another treasurer proposed; a repeat by the same one gets the first answer."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> ActState | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if not is_treasurer(tx, by):
                return Refused(Refusal.NOT_TREASURER)
            found = store.act(tx, id)
            if found is not None and found.confirmer_id == by:
                return found.state
            if refused := rules.confirming(found, by, now_ms=now_ms):
                return refused
            assert found is not None
            if not is_treasurer(tx, AccountId(found.treasurer_id)):
                return Refused(Refusal.ENDED)
            made = store.made_since(tx, from_ms=now_ms - now_ms % DAY_MS)
            if refused := rules.within(store.rules(tx), found.kind, found.amount, made_today=made):
                return refused
            recipient = AccountId(found.recipient_id)
            purse = open_purse(tx, recipient, asset, now_ms=now_ms)
            if isinstance(purse, Refused):
                return purse
            act = Act(CONFIRM, id, found.amount, asset.code, str(recipient))
            if refused := spend(tx, by, approval, act.digest, now_ms=now_ms):
                return refused
            if refused := self._post(tx, found.kind, TransferId(id), purse, found.amount, asset, now_ms):
                return refused
            store.decide(tx, id, ActState.DONE, confirmer_id=by, now_ms=now_ms)
            self._tell(tx, [recipient, AccountId(found.treasurer_id), by])
            return ActState.DONE

        return await self._db.write(work)

    async def turn_down(self, by: AccountId, id: bytes) -> Refused | None:
        """End a proposal; its own treasurer may as well. A repeat is no error."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            if not is_treasurer(tx, by):
                return Refused(Refusal.NOT_TREASURER)
            found = store.act(tx, id)
            if found is None:
                return Refused(Refusal.ACT_UNKNOWN)
            if found.state is ActState.REFUSED:
                return None
            if found.state is not ActState.PROPOSED:
                return Refused(Refusal.ENDED)
            store.decide(tx, id, ActState.REFUSED, confirmer_id=by, now_ms=now_ms)
            self._tell(tx, [AccountId(found.treasurer_id), by])
            return None

        return await self._db.write(work)

    async def freeze(self, by: AccountId, account_id: AccountId, reason: str, *, frozen: bool) -> Refused | None:
        """Let nothing move in somebody's purse, or let it again; what it was before is no error."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if not is_treasurer(tx, by):
                return Refused(Refusal.NOT_TREASURER)
            purse = open_purse(tx, account_id, asset, now_ms=now_ms)
            if isinstance(purse, Refused):
                return purse
            current = ledger.account(tx, purse)
            assert current is not None
            if current.frozen is not frozen:
                ledger.freeze(tx, purse, frozen=frozen)
                note_act(tx, ActKind.FREEZE if frozen else ActKind.UNFREEZE, by, account_id, reason, now_ms=now_ms)
                self._tell(tx, [account_id])
            return None

        return await self._db.write(work)

    async def books(self) -> Books | Refused:
        def load(tx: Tx) -> Books | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            issued, held = store.balances(tx, asset.code)
            ids = list(dict.fromkeys([*store.owners(tx), *store.appointed(tx)]))
            names = {int(one.account_id): one.name for one in people(tx, ids)}
            treasurers = [(int(id), names[id]) for id in ids if id in names]
            return Books(issued, held, store.rules(tx), treasurers, names)

        return await self._db.read(load)

    async def acts(self, account_id: AccountId, *, before_seq: int) -> tuple[list[TreasuryAct], dict[int, str], bool]:
        """A page of acts, the names of people in them, and whether the caller may see who got what."""

        def load(tx: Tx) -> tuple[list[TreasuryAct], dict[int, str], bool]:
            found = store.acts(tx, before_seq=before_seq, limit=PAGE)
            ids = {AccountId(id) for one in found for id in (one.treasurer_id, one.recipient_id, one.confirmer_id)}
            names = {int(one.account_id): one.name for one in people(tx, list(ids))}
            return found, names, is_treasurer(tx, account_id)

        return await self._db.read(load)

    async def balance_of(self, by: AccountId, account_id: AccountId) -> tuple[int, bool] | Refused:
        """What a member has and whether her purse is frozen, for treasurers."""

        def load(tx: Tx) -> tuple[int, bool] | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if not is_treasurer(tx, by):
                return Refused(Refusal.NOT_TREASURER)
            if not people(tx, [account_id]):
                return Refused(Refusal.PERSON_UNKNOWN)
            purse = ledger.account(tx, purse_id(account_id, asset.code))
            return (0, False) if purse is None else (purse.balance, purse.frozen)

        return await self._db.read(load)

    def forget(self, tx: Tx, account_id: AccountId) -> None:
        """Who left is no treasurer; what she did stays in the list, without a name."""
        store.dismiss(tx, account_id)

    def _post(
        self, tx: Tx, kind: ActKind, id: TransferId, purse: LedgerId, amount: int, asset: Asset, now_ms: int
    ) -> Refused | None:
        issuance, cash = issuance_id(asset.code), cash_id(asset.code)
        match kind:
            case ActKind.PAY_OUT:
                debit, credit, code = purse, cash, Code.PAYOUT
            case ActKind.TOP_UP:
                debit, credit, code = cash, purse, Code.ISSUE
            case _:
                debit, credit, code = issuance, purse, Code.ISSUE
        order = Order.single(id, debit=debit, credit=credit, amount=amount, asset=asset.code, code=code)
        return refused_by(ledger.post(tx, order, now_ms=now_ms))

    def _tell(self, tx: Tx, account_ids: Sequence[AccountId]) -> None:
        told = list(dict.fromkeys(account_ids))
        tx.after_commit(lambda: self._notify(told, TOPIC))
