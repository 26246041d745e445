"""The use cases of accounts: who joins, who is calling, what the directory says, and how one leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hongyan.accounts import admission, invitation_store, signin_store, store
from hongyan.accounts.admission import too_many
from hongyan.accounts.hooks import Hooks
from hongyan.accounts.invitations import Invitations
from hongyan.accounts.links import DeviceLinks
from hongyan.accounts.model import (
    PERSON_LOOKUPS,
    Account,
    Admitted,
    Device,
    DeviceRow,
    Joining,
    Listed,
    NewDevice,
    Person,
    Refusal,
    Refused,
)
from hongyan.accounts.oversight import Oversight
from hongyan.accounts.passkeys import RelyingParty
from hongyan.accounts.passwords import Passwords
from hongyan.accounts.rules import canonical_name, fold
from hongyan.accounts.signin import SignIn
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Row, StorageFull, StorageUnavailable, Tx
from hongyan.foundation.http import Caller
from hongyan.foundation.ids import AccountId, DeviceId, token_hash
from hongyan.foundation.inventory import Table, rows_of_account
from hongyan.foundation.problems import Problem

TOKEN_CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class Me:
    account: Account
    passkeys: int


def authenticate_token(tx: Tx, token: str) -> Device | None:
    """The device whose token this is; None for a wrong, replaced or removed one.

    Always asks the database: a removal then holds at once in every process.
    """
    if len(token) > TOKEN_CHARACTERS_MAX:
        return None
    return store.device_by_token(tx, token_hash(token))


class Accounts:
    """The front door. Higher features put what they owe a joining or leaving person into `hooks`."""

    def __init__(self, db: Database, clock: Clock, *, public_url: str) -> None:
        self._db = db
        self._clock = clock
        self._passwords = Passwords()
        self.hooks = Hooks()
        self.invitations = Invitations(db, clock, self.hooks)
        self.oversight = Oversight(self.hooks)
        self.sign_in = SignIn(db, clock, self._passwords, RelyingParty(public_url))
        self.links = DeviceLinks(db, clock)

    def close(self) -> None:
        self._passwords.close()

    async def authenticate(self, token: str) -> Caller | None:
        """Foundation's Authenticator. Raises Problem for a suspended account, which is not told as signed out."""
        device = await self._db.read(lambda tx: authenticate_token(tx, token))
        if device is None:
            return None
        if device.suspended:
            raise Problem(Refusal.ACCOUNT_SUSPENDED, status=403)
        await self.note_seen(device)
        return Caller(device.account_id, device.device_id, device.is_owner)

    def is_noted(self, device: Device) -> bool:
        """Whether the device was here today already, so that `note_seen` has nothing to write."""
        return device.last_seen_day == self._today()

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).date().isoformat()

    async def note_seen(self, device: Device) -> None:
        """Keep the day, never the hour, on which a device was last here; at most one write a day."""
        today = self._today()
        if device.last_seen_day == today:
            return
        try:
            await self._db.write(lambda tx: store.set_seen(tx, device.device_id, today))
        except (StorageFull, StorageUnavailable):
            return  # A full disk keeps nobody from reading.

    async def has_owner(self) -> bool:
        return await self._db.read(store.has_owner)

    async def join(self, who: Joining) -> Admitted | Refused:
        if refused := admission.refusal_of_joining(who):
            return refused
        now_ms = self._clock.now_ms()
        return await self._db.write(lambda tx: admission.join(tx, who, self.hooks, now_ms=now_ms))

    async def add_device(self, ticket: str, new: NewDevice) -> Admitted | Refused:
        now_ms = self._clock.now_ms()
        return await self._db.write(lambda tx: admission.add_device(tx, ticket, new, self.hooks, now_ms=now_ms))

    async def me(self, account_id: AccountId) -> Me | None:
        """None if the account was erased since the call was authenticated."""

        def load(tx: Tx) -> Me | None:
            account = store.account(tx, account_id)
            return None if account is None else Me(account, len(signin_store.passkeys_of(tx, account_id)))

        return await self._db.read(load)

    async def devices(self, account_id: AccountId) -> list[DeviceRow]:
        return await self._db.read(lambda tx: store.devices_of(tx, account_id))

    async def remove_device(self, account_id: AccountId, device_id: DeviceId) -> Refused | None:
        now_ms = self._clock.now_ms()
        return await self._db.write(
            lambda tx: admission.remove_device(tx, account_id, device_id, self.hooks, now_ms=now_ms)
        )

    async def person_by_name(self, asking: AccountId, name: str) -> Person | Refused:
        """By the exact name in any case; each question counts [AC3]."""

        def look(tx: Tx) -> Person | Refused:
            if refused := too_many(tx, PERSON_LOOKUPS, asking, now_ms=self._clock.now_ms()):
                return refused
            account = store.account_by_name(tx, fold(name)) if canonical_name(name) else None
            if account is None or not all(may(tx, asking, account.account_id) for may in self.hooks.may_be_found):
                return Refused(Refusal.PERSON_UNKNOWN)
            return store.people(tx, [account.account_id])[0]

        return await self._db.write(look)

    async def directory(self, signature_keys: Sequence[bytes]) -> list[Listed]:
        return await self._db.read(lambda tx: store.listed(tx, list(dict.fromkeys(signature_keys))))

    async def held_data(self, account_id: AccountId, tables: Sequence[Table]) -> list[list[Row]]:
        """The rows of each table that belong to the account, all from one moment."""
        return await self._db.read(lambda tx: [rows_of_account(tx, table, account_id) for table in tables])

    async def erase(self, account_id: AccountId, typed_name: str) -> Refused | None:
        now_ms = self._clock.now_ms()
        return await self._db.write(lambda tx: admission.erase(tx, account_id, typed_name, self.hooks, now_ms=now_ms))

    async def erase_expired(self) -> None:
        """Erase tickets, links and challenges that ended, and invitations a day after they did."""
        now_ms = self._clock.now_ms()
        await self._db.write(lambda tx: signin_store.erase_expired(tx, now_ms=now_ms))
        await self._db.write(lambda tx: invitation_store.erase_expired(tx, before_ms=now_ms - 86_400_000))
