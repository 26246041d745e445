"""Topping up by a rail: asked for, paid outside, and credited once the rail says so [RL1]-[RL5]."""

from collections.abc import Sequence

import structlog

from hongyan.accounts import people
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.assets import Asset
from hongyan.wallet.ledger import Code, Holder, Order, TransferId, derived
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.purses import asset_open, issuance_id, open_purse, rail_id
from hongyan.wallet.rails import rules, store
from hongyan.wallet.rails.model import (
    ASK_AGAIN_MS,
    ASKED_AT_ONCE,
    CHARGE_MAX,
    EVENTS_KEPT_MS,
    FINAL,
    OPEN_MAX,
    PAGE,
    Charge,
    ChargeState,
    OddCharge,
    Progress,
    Rail,
    RailUnavailable,
    Told,
)
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.treasury import ActKind, is_treasurer, note_act

_log = structlog.get_logger("rails")


class TopUps:
    """`rails` by their names; `public_url`: where people reach this server."""

    def __init__(self, db: Database, clock: Clock, notify: Notify, rails: Sequence[Rail], *, public_url: str) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify
        self._rails = {rail.name: rail for rail in rails}
        self._back_url = f"{public_url.rstrip('/')}/wallet/top-up"

    async def begin(
        self, by: AccountId, rail_name: str, *, id: TransferId, amount: int
    ) -> tuple[Charge, str] | Refused:
        """Have a rail take money from her; the charge, and where she pays. The same id again is the same charge."""
        rail = self._rails.get(rail_name)
        if rail is None:
            return Refused(Refusal.RAIL_UNKNOWN)
        if not 0 < amount <= CHARGE_MAX:
            return Refused(Refusal.AMOUNT_INVALID)
        now_ms = self._clock.now_ms()

        def note(tx: Tx) -> Charge | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if asset.exponent != rail.exponent:
                return Refused(Refusal.RAIL_UNKNOWN)
            there = store.charge(tx, id)
            if there is not None:
                same = (there.account_id, there.rail, there.amount) == (by, rail.name, amount)
                return there if same else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
            if store.count_waiting(tx, by) >= OPEN_MAX:
                return Refused(Refusal.TOO_MANY)
            new = Charge(id, by, rail.name, "", amount, rail.currency, ChargeState.WAITING, "", now_ms, now_ms, 0)
            store.insert_charge(tx, new)
            return new

        charge = await self._db.write(note)
        if isinstance(charge, Refused):
            return charge
        if charge.state is not ChargeState.WAITING:
            return charge, ""
        try:
            begun = await rail.begin(charge, back_url=f"{self._back_url}#{id.hex()}")
        except RailUnavailable:
            return Refused(Refusal.RAIL_UNAVAILABLE)
        await self._db.write(lambda tx: store.set_ext_id(tx, id, begun.ext_id))
        return charge, begun.url

    async def of(self, account_id: AccountId) -> list[Charge]:
        """Her newest charges."""
        return await self._db.read(lambda tx: store.charges_of(tx, account_id, limit=PAGE))

    async def offered(self) -> list[Rail]:
        """Those that count as the community's currency does; none before there is one."""
        asset = await self._db.read(asset_open)
        if isinstance(asset, Refused):
            return []
        return [rail for rail in self._rails.values() if rail.exponent == asset.exponent]

    async def look(self, by: AccountId, id: bytes) -> Charge | Refused:
        """How a charge of hers stands; asks the rail while it waits."""
        found = await self._db.read(lambda tx: store.charge(tx, id))
        if found is None or found.account_id != by:
            return Refused(Refusal.ACT_UNKNOWN)
        if found.state is ChargeState.WAITING:
            await self._ask(found)
        again = await self._db.read(lambda tx: store.charge(tx, id))
        return again or Refused(Refusal.ACT_UNKNOWN)

    async def cancel(self, by: AccountId, id: bytes) -> Charge | Refused:
        """Let a charge be; what was paid already is credited all the same."""
        found = await self._db.read(lambda tx: store.charge(tx, id))
        if found is None or found.account_id != by:
            return Refused(Refusal.ACT_UNKNOWN)
        rail, now_ms = self._rails.get(found.rail), self._clock.now_ms()
        if found.state is not ChargeState.WAITING or rail is None:
            return found
        if not found.ext_id:
            told = _never_begun(found, Progress.ENDED)
            await self._db.write(lambda tx: self._settle(tx, id, told, now_ms))
            return await self.look(by, id)
        try:
            await rail.cancel(found.ext_id)
        except RailUnavailable:
            return Refused(Refusal.RAIL_UNAVAILABLE)
        return await self.look(by, id)

    async def told(self, rail_name: str, headers: dict[str, str], body: bytes) -> bool:
        """What a rail sends unasked: it only makes us ask. False if the rail did not send it.

        Raises RailUnavailable when the rail could not be asked: let it tell again.
        """
        rail = self._rails.get(rail_name)
        event = None if rail is None else rail.read(headers, body)
        if rail is None or event is None:
            return False
        now_ms = self._clock.now_ms()
        charge = await self._db.read(lambda tx: store.charge_by_ext_id(tx, rail.name, event.about))
        if charge is not None and charge.state not in FINAL and not await self._ask(charge):
            raise RailUnavailable
        id = b"" if charge is None else charge.id
        await self._db.write(lambda tx: store.put_event(tx, rail.name, event, id, now_ms=now_ms))
        return True

    async def ask_again(self) -> None:
        """Ask the rails about charges of which nothing was heard for a while: an event may never come."""
        before_ms = self._clock.now_ms() - ASK_AGAIN_MS
        for charge in await self._db.read(lambda tx: store.waiting(tx, before_ms=before_ms, limit=ASKED_AT_ONCE)):
            await self._ask(charge)

    async def odd(self, by: AccountId) -> list[OddCharge] | Refused:
        """Charges of which a rail said something else than was asked, for treasurers; newest first."""

        def load(tx: Tx) -> list[OddCharge] | Refused:
            if not is_treasurer(tx, by):
                return Refused(Refusal.NOT_TREASURER)
            found = store.odd_charges(tx, limit=PAGE)
            ids = {AccountId(one.account_id) for one in found}
            names = {int(one.account_id): one.name for one in people(tx, list(ids))}
            return [OddCharge(one, names.get(one.account_id, "")) for one in found]

        return await self._db.read(load)

    async def clear(self, by: AccountId, id: bytes, reason: str) -> Refused | None:
        """Say that an odd charge is dealt with, for all members to see; no money moves. A repeat changes nothing."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            if not is_treasurer(tx, by):
                return Refused(Refusal.NOT_TREASURER)
            found = store.charge(tx, id)
            if found is None or found.state not in (ChargeState.ODD, ChargeState.CLEARED):
                return Refused(Refusal.ACT_UNKNOWN)
            if found.state is ChargeState.ODD:
                whose = AccountId(found.account_id)
                store.set_state(tx, id, ChargeState.CLEARED, found.said, ended_at_ms=now_ms)
                note_act(tx, ActKind.CLEAR, by, whose, reason, now_ms=now_ms)
                tx.after_commit(lambda: self._notify([whose, by], TOPIC))
            return None

        return await self._db.write(work)

    async def erase_old(self) -> None:
        before_ms = self._clock.now_ms() - EVENTS_KEPT_MS

        def work(tx: Tx) -> None:
            store.erase_old_events(tx, before_ms=before_ms)
            store.erase_left_behind(tx)

        await self._db.write(work)

    def forget(self, tx: Tx, account_id: AccountId) -> None:
        """Who leaves; what her rail still says to have been paid goes back to the community as her purse does."""
        store.forget(tx, account_id)

    async def _ask(self, charge: Charge) -> bool:
        """False if the rail could not be asked."""
        rail, now_ms = self._rails.get(charge.rail), self._clock.now_ms()
        if rail is None:
            return False
        try:
            told = await rail.ask(charge.ext_id) if charge.ext_id else _never_begun(charge, Progress.OPEN)
        except RailUnavailable:
            await self._db.write(lambda tx: store.set_asked(tx, charge.id, now_ms=now_ms))
            return False
        await self._db.write(lambda tx: self._settle(tx, charge.id, told, now_ms))
        return True

    def _settle(self, tx: Tx, id: bytes, told: Told, now_ms: int) -> None:
        """In one transaction with the money. What was credited or dealt with stays so, whatever is said later."""
        charge, asset = store.charge(tx, id), asset_open(tx)
        if charge is None or charge.state in FINAL or isinstance(asset, Refused):
            return
        state, said = rules.judge(charge, told, now_ms=now_ms)
        store.set_asked(tx, id, now_ms=now_ms)
        if state is ChargeState.PAID:
            self._credit(tx, charge, asset, now_ms)
        if state is not charge.state:
            if state is ChargeState.ODD:
                _log.warning("rail_says_something_else", rail=charge.rail, charge=id.hex(), said=said)
            store.set_state(tx, id, state, said, ended_at_ms=now_ms)
            tx.after_commit(lambda: self._notify([AccountId(charge.account_id)], TOPIC))

    def _credit(self, tx: Tx, charge: Charge, asset: Asset, now_ms: int) -> None:
        source = rail_id(charge.rail, asset.code)
        ledger.open_account(tx, source, Holder.CASH, 0, asset.code, no_overdraft=False, now_ms=now_ms)
        purse = open_purse(tx, AccountId(charge.account_id), asset, now_ms=now_ms)
        order = Order.single(
            derived(charge.id, b"top up"),
            debit=source,
            credit=issuance_id(asset.code) if isinstance(purse, Refused) else purse,
            amount=charge.amount,
            asset=asset.code,
            code=Code.TOP_UP,
            group_id=charge.id,
        )
        verdict = ledger.post(tx, order, now_ms=now_ms)
        assert verdict.is_done, verdict


def _never_begun(charge: Charge, progress: Progress) -> Told:
    """Of a charge of which no answer of the rail came back: nobody was told where to pay."""
    return Told(charge.id.hex(), progress, charge.amount, charge.currency)
