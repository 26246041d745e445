"""The use cases of the owner: look at members, invitations, storage and health, and act, with a note of each act."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from hongyan import backup, delivery, media, push
from hongyan.accounts import Accounts, Member, OpenInvitation, Refusal, Refused, Totals, people
from hongyan.admin import store
from hongyan.admin.model import (
    ACT_LIFETIME_MS,
    ACTS_COUNT,
    ACTS_PER_S,
    ACTS_SCOPE,
    ENDING_SOON_MS,
    MAIL_COUNTED_MAX,
    PAGE_MAX,
    AccountLimits,
    Act,
    Disk,
    Facts,
    Finding,
    Storage,
    Told,
    Weighed,
)
from hongyan.admin.rules import judge
from hongyan.foundation import limits, metrics
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import OpenedDatabase, Tx
from hongyan.foundation.ids import AccountId, InvitationId


class Admin:
    """The front door. `folder` is the one of all data; `backed_up_at_ms` tells when it was last backed up, if known."""

    def __init__(
        self,
        db: OpenedDatabase,
        clock: Clock,
        accounts: Accounts,
        limits_of_settings: AccountLimits,
        *,
        folder: Path,
        version: str,
        backed_up_at_ms: Callable[[], int | None],
    ) -> None:
        self.version = version
        self.engine = db.engine
        self.limits = limits_of_settings
        self._db = db
        self._clock = clock
        self._oversight = accounts.oversight
        self._folder = folder
        self._backed_up_at_ms = backed_up_at_ms
        self._started_at_s = clock.monotonic_s()
        accounts.hooks.member_invited.append(self._invited)
        accounts.hooks.account_erased.append(store.forget)

    # --- looking ----------------------------------------------------------------------------------------------

    async def members(
        self, *, named: str, suspended_only: bool, before: tuple[int, AccountId] | None
    ) -> tuple[list[Weighed], Totals, bool]:
        """A page of members, how many there are in all, and whether more follow."""

        def load(tx: Tx) -> tuple[list[Weighed], Totals, bool]:
            found = self._oversight.members(
                tx, named=named, suspended_only=suspended_only, before=before, count=PAGE_MAX + 1
            )
            return [_weighed(tx, one) for one in found[:PAGE_MAX]], self._oversight.totals(tx), len(found) > PAGE_MAX

        return await self._db.read(load)

    async def member(self, account_id: AccountId) -> Weighed | Refused:
        def load(tx: Tx) -> Weighed | Refused:
            found = self._oversight.member(tx, account_id)
            return found if isinstance(found, Refused) else _weighed(tx, found)

        return await self._db.read(load)

    async def invitations(self, *, before: tuple[int, int] | None) -> tuple[list[OpenInvitation], bool]:
        """A page of invitations that still admit somebody, and whether more follow."""
        now_ms = self._clock.now_ms()
        found = await self._db.read(
            lambda tx: self._oversight.open_invitations(tx, now_ms=now_ms, before=before, count=PAGE_MAX + 1)
        )
        return found[:PAGE_MAX], len(found) > PAGE_MAX

    async def acts(self, *, before: tuple[int, int] | None) -> tuple[list[Told], bool]:
        """A page of what was done, the newest first, and whether more follow."""

        def load(tx: Tx) -> tuple[list[Told], bool]:
            found = store.acts(tx, before=before, count=PAGE_MAX + 1)
            ids = {one for done in found for one in (done.actor_id, done.subject_id) if one is not None}
            names: dict[AccountId | None, str] = {one.account_id: one.name for one in people(tx, sorted(ids))}
            told = [Told(done, names.get(done.actor_id), names.get(done.subject_id)) for done in found]
            return told[:PAGE_MAX], len(told) > PAGE_MAX

        return await self._db.read(load)

    async def storage(self) -> Storage:
        until_ms = self._clock.now_ms() + ENDING_SOON_MS
        used, backup_bytes, waiting = await self._db.read(
            lambda tx: (
                media.usage(tx, until_ms=until_ms),
                backup.bytes_in_all(tx),
                delivery.mail_waiting(tx, most=MAIL_COUNTED_MAX),
            )
        )
        return Storage(used, backup_bytes, await self._db.size_bytes(), waiting, await self._disk())

    async def health(self) -> list[Finding]:
        devices, failing = await self._db.read(push.counts)
        backed_up_at_ms = await asyncio.to_thread(self._backed_up_at_ms)
        facts = Facts(
            disk=await self._disk(),
            reserve_bytes=self.limits.disk_reserve_bytes,
            writer_queue=metrics.value_of(metrics.WRITER_QUEUE),
            writes_refused=metrics.value_of(metrics.STORAGE_FAILURES),
            connections=metrics.value_of(metrics.CONNECTIONS),
            connections_max=self.limits.connections_max,
            errors=metrics.value_of(metrics.UNHANDLED_ERRORS) + metrics.value_of(metrics.JOBS_FAILED),
            push_devices=devices,
            push_failing=failing,
            backup_age_s=None if backed_up_at_ms is None else max(0, self._clock.now_ms() - backed_up_at_ms) // 1000,
        )
        return judge(facts)

    async def database_bytes(self) -> int:
        return await self._db.size_bytes()

    def uptime_s(self) -> int:
        return int(self._clock.monotonic_s() - self._started_at_s)

    def now_ms(self) -> int:
        return self._clock.now_ms()

    # --- acting -----------------------------------------------------------------------------------------------

    async def suspend(self, actor_id: AccountId, account_id: AccountId) -> Refused | None:
        """A repeat is no error and is not noted again; so are those below."""
        now_ms = self._clock.now_ms()
        return await self._act(
            Act.SUSPENDED, actor_id, account_id, lambda tx: self._oversight.suspend(tx, account_id, now_ms=now_ms)
        )

    async def restore(self, actor_id: AccountId, account_id: AccountId) -> Refused | None:
        return await self._act(Act.RESTORED, actor_id, account_id, lambda tx: self._oversight.restore(tx, account_id))

    async def sign_out(self, actor_id: AccountId, account_id: AccountId) -> Refused | None:
        now_ms = self._clock.now_ms()
        return await self._act(
            Act.SIGNED_OUT, actor_id, account_id, lambda tx: self._oversight.sign_out(tx, account_id, now_ms=now_ms)
        )

    async def remove(self, actor_id: AccountId, account_id: AccountId, typed_name: str) -> Refused | None:
        """Noted without whom: her number goes with her account."""
        now_ms = self._clock.now_ms()

        def erase(tx: Tx) -> Refused | bool:
            return self._oversight.erase(tx, account_id, typed_name, now_ms=now_ms) or True

        return await self._act(Act.REMOVED, actor_id, None, erase)

    async def withdraw(self, actor_id: AccountId, invitation_id: InvitationId) -> Refused | None:
        return await self._act(
            Act.INVITATION_WITHDRAWN, actor_id, None, lambda tx: self._oversight.withdraw(tx, invitation_id)
        )

    async def erase_old(self) -> None:
        """The timed job of this feature."""
        before_ms = self._clock.now_ms() - ACT_LIFETIME_MS
        await self._db.write(lambda tx: store.erase_before(tx, before_ms))

    async def _act(
        self,
        act: Act,
        actor_id: AccountId,
        subject_id: AccountId | None,
        change: Callable[[Tx], Refused | bool],
    ) -> Refused | None:
        """Change something and note it, in one transaction; what changed nothing is not noted."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            retry_after_s = limits.take(tx, ACTS_SCOPE, actor_id, count=ACTS_COUNT, per_s=ACTS_PER_S, now_ms=now_ms)
            if retry_after_s is not None:
                return Refused(Refusal.TOO_MANY_TRIES, retry_after_s)
            changed = change(tx)
            if isinstance(changed, Refused):
                return changed
            if changed:
                store.note(tx, act, actor_id=actor_id, subject_id=subject_id, now_ms=now_ms)
            return None

        return await self._db.write(work)

    def _invited(self, tx: Tx, actor_id: AccountId) -> None:
        store.note(tx, Act.INVITED, actor_id=actor_id, subject_id=None, now_ms=self._clock.now_ms())

    async def _disk(self) -> Disk:
        found = await asyncio.to_thread(shutil.disk_usage, self._folder)
        return Disk(found.free, found.total)


def _weighed(tx: Tx, member: Member) -> Weighed:
    account_id = member.account_id
    return Weighed(member, media.bytes_of_account(tx, account_id), backup.bytes_held(tx, account_id))
