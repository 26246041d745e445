"""Devices get what they make codes of; who scans one asks for an amount; the payer confirms [PY6]-[PY10]."""

import secrets
from dataclasses import replace

from hongyan.accounts import people
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.wallet import approvals, purses
from hongyan.wallet.approvals import Act
from hongyan.wallet.assets import Asset
from hongyan.wallet.ledger import AMOUNT_MAX, Code, Order, TransferId
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.paycodes import rules, store
from hongyan.wallet.paycodes.model import (
    CLAIM_KEPT_MS,
    CLAIM_LIVES_MS,
    SECRET_BYTES,
    SMALL_COUNT,
    SMALL_PER_S,
    SMALL_SCOPE,
    SMALL_UNITS,
    TRIES_COUNT,
    TRIES_PER_S,
    TRIES_SCOPE,
    WAITING_SHOWN,
    Claim,
    ClaimState,
    ClaimView,
    Key,
)
from hongyan.wallet.refusals import Refusal, Refused

ACTION = "pay_code"
ACTION_SMALL = "pay_small"


class PayCodes:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    async def new_key(self, account_id: AccountId, device_id: DeviceId) -> tuple[Key, int]:
        """What this device makes its codes of from now on, and the server's time in ms; told this once."""
        now_ms = self._clock.now_ms()
        handle = rules.HANDLE_MIN + secrets.randbelow(rules.HANDLE_MAX - rules.HANDLE_MIN + 1)
        key = Key(device_id, account_id, handle, secrets.token_bytes(SECRET_BYTES), -1)
        await self._db.write(lambda tx: store.put_key(tx, key, now_ms=now_ms))
        return key, now_ms

    async def allows_small(self, account_id: AccountId) -> bool:
        return await self._db.read(lambda tx: store.allows_small(tx, account_id))

    async def allow_small(self, account_id: AccountId, act_id: TransferId, approval: str) -> Refused | None:
        """Let small amounts be taken by her codes without asking her; she confirms this once."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            asset = purses.asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            act = Act(ACTION_SMALL, act_id, 0, asset.code, str(account_id))
            if refused := approvals.spend(tx, account_id, approval, act.digest, now_ms=now_ms):
                return refused
            store.set_small(tx, account_id, on=True, now_ms=now_ms)
            return None

        return await self._db.write(work)

    async def forbid_small(self, account_id: AccountId) -> None:
        now_ms = self._clock.now_ms()
        await self._db.write(lambda tx: store.set_small(tx, account_id, on=False, now_ms=now_ms))

    async def take(self, payee: AccountId, act_id: TransferId, code: str, amount: int) -> ClaimView | Refused:
        """Ask who shows this code for an amount; small ones that she allowed are paid at once.

        The same again is answered with how it stands, also when the code has expired.
        """
        if not 0 < amount <= AMOUNT_MAX:
            return Refused(Refusal.AMOUNT_INVALID)
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> ClaimView | Refused:
            asset = purses.asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if (there := store.claim(tx, act_id)) is not None:
                asked = (there.payee, there.code_hash, there.amount)
                same = asked == (payee, rules.code_hash(code), amount)
                return _view(tx, there, now_ms) if same else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
            wait_s = limits.take(tx, TRIES_SCOPE, payee, count=TRIES_COUNT, per_s=TRIES_PER_S, now_ms=now_ms)
            if wait_s is not None:
                return Refused(Refusal.TOO_MANY_TRIES, wait_s)
            payer = _payer(tx, code, now_ms)
            if payer is None or payer == payee:
                return Refused(Refusal.PAY_CODE_UNUSABLE)
            hash_ = rules.code_hash(code)
            expires = now_ms + CLAIM_LIVES_MS
            claim = Claim(act_id, hash_, payer, payee, asset.code, amount, ClaimState.WAITING, now_ms, expires)
            # Whatever keeps a small amount from being paid at once is told to the payer, not to who asks her.
            if _asks_nothing(tx, payer, amount, asset, now_ms) and _move(tx, claim, None, now_ms) is None:
                claim = replace(claim, state=ClaimState.PAID)
            store.put_claim(tx, claim)
            tx.after_commit(lambda: self._notify([payer, payee], TOPIC))
            return _view(tx, claim, now_ms)

        return await self._db.write(work)

    async def look(self, reader: AccountId, act_id: TransferId) -> ClaimView | Refused:
        """How it stands, for payer and payee."""
        now_ms = self._clock.now_ms()

        def load(tx: Tx) -> ClaimView | Refused:
            found = _seen(tx, reader, act_id)
            return found if isinstance(found, Refused) else _view(tx, found, now_ms)

        return await self._db.read(load)

    async def waiting(self, payer: AccountId) -> list[ClaimView]:
        """What waits for her to confirm."""
        now_ms = self._clock.now_ms()

        def load(tx: Tx) -> list[ClaimView]:
            return [_view(tx, one, now_ms) for one in store.waiting(tx, payer, now_ms=now_ms, limit=WAITING_SHOWN)]

        return await self._db.read(load)

    def has_waiting(self, tx: Tx, payer: AccountId) -> bool:
        """Whether anything waits for her to confirm."""
        return store.waiting(tx, payer, now_ms=self._clock.now_ms(), limit=1) != []

    async def pay(self, payer: AccountId, act_id: TransferId, approval: str) -> ClaimView | Refused:
        """She who showed the code confirms; a repeat is answered as the first time."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> ClaimView | Refused:
            found = _seen(tx, payer, act_id)
            if isinstance(found, Refused):
                return found
            if found.payer != payer:
                return Refused(Refusal.NOT_YOURS)
            if found.state is ClaimState.PAID:
                return _view(tx, found, now_ms)
            if found.state is ClaimState.REFUSED or found.expires_at_ms <= now_ms:
                return Refused(Refusal.ENDED)
            if refused := _move(tx, found, approval, now_ms):
                return refused
            store.set_state(tx, act_id, ClaimState.PAID)
            tx.after_commit(lambda: self._notify([found.payer, found.payee], TOPIC))
            return _view(tx, replace(found, state=ClaimState.PAID), now_ms)

        return await self._db.write(work)

    async def refuse(self, reader: AccountId, act_id: TransferId) -> ClaimView | Refused:
        """Payer or payee lets it be; what is paid stays paid."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> ClaimView | Refused:
            found = _seen(tx, reader, act_id)
            if isinstance(found, Refused):
                return found
            if store.set_state(tx, act_id, ClaimState.REFUSED):
                found = replace(found, state=ClaimState.REFUSED)
                told = [found.payer, found.payee]
                tx.after_commit(lambda: self._notify(told, TOPIC))
            return _view(tx, found, now_ms)

        return await self._db.write(work)

    async def erase_old(self) -> None:
        before_ms = self._clock.now_ms() - CLAIM_KEPT_MS
        await self._db.write(lambda tx: store.erase_claims(tx, before_ms=before_ms))

    def forget_device(self, tx: Tx, device_id: DeviceId) -> None:
        store.erase_key(tx, device_id)

    def suspend(self, tx: Tx, account_id: AccountId, devices: list[DeviceId]) -> None:
        """Codes that her devices go on showing take nothing."""
        for device_id in devices:
            store.erase_key(tx, device_id)

    def forget(self, tx: Tx, account_id: AccountId) -> None:
        """In the transaction in which an account is erased; the ledger keeps what was paid."""
        store.erase_of_account(tx, account_id)


def _payer(tx: Tx, code: str, now_ms: int) -> AccountId | None:
    """Whose code it is; it is used then. None: altered, too old, or used before."""
    key = store.key(tx, rules.handle_in(code))
    if key is None:
        return None
    step = rules.step_proved(code, key.handle, key.secret, now_ms=now_ms)
    return key.account_id if step is not None and store.use_step(tx, key.handle, step) else None


def _asks_nothing(tx: Tx, payer: AccountId, amount: int, asset: Asset, now_ms: int) -> bool:
    if amount > SMALL_UNITS * 10**asset.exponent or not store.allows_small(tx, payer):
        return False
    return limits.take(tx, SMALL_SCOPE, payer, count=SMALL_COUNT, per_s=SMALL_PER_S, now_ms=now_ms) is None


def _move(tx: Tx, claim: Claim, approval: str | None, now_ms: int) -> Refused | None:
    asset = purses.asset_open(tx)
    if isinstance(asset, Refused):
        return asset
    purse = purses.open_purse(tx, claim.payee, asset, now_ms=now_ms)
    if isinstance(purse, Refused):
        return purse
    order = Order.single(
        TransferId(claim.id),
        debit=purses.purse_id(claim.payer, asset.code),
        credit=purse,
        amount=claim.amount,
        asset=asset.code,
        code=Code.PAY_CODE,
        group_id=claim.id,
    )
    act = Act(ACTION, claim.id, claim.amount, asset.code, str(claim.payee))
    return approvals.pay(tx, claim.payer, order, act=act, approval=approval, now_ms=now_ms)


def _seen(tx: Tx, reader: AccountId, act_id: TransferId) -> Claim | Refused:
    found = store.claim(tx, act_id)
    return Refused(Refusal.ACT_UNKNOWN) if found is None or reader not in (found.payer, found.payee) else found


def _view(tx: Tx, claim: Claim, now_ms: int) -> ClaimView:
    names = {person.account_id: person.name for person in people(tx, [claim.payer, claim.payee])}
    has_expired = claim.state is ClaimState.WAITING and claim.expires_at_ms <= now_ms
    return ClaimView(claim, has_expired, names.get(claim.payer, ""), names.get(claim.payee, ""))
