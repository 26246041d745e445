"""HTTP of the owner; SPEC.md §2 has the table. Every route is for the owner alone [AD1]."""

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from hongyan.accounts import allowed
from hongyan.admin import wire
from hongyan.admin.model import MAIL_COUNTED_MAX, SEARCH_CHARACTERS_MAX, Weighed
from hongyan.admin.service import Admin
from hongyan.delivery import MAIL_LIFETIME_MS
from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import ID_MAX, AccountId, InvitationId
from hongyan.media import BLOB_LIFETIME_MS

TheAdmin = NamedDependency[Admin]
TheCaller = NamedDependency[Caller]

DAY_MS = 86_400_000
_OWNER = {"access": Access.OWNER}

Search = Annotated[str, QueryParameter(max_length=SEARCH_CHARACTERS_MAX)]
SuspendedOnly = FromQuery[bool]
# The last one seen, by its time and id: both or neither.
BeforeMs = Annotated[int, QueryParameter(ge=0, le=ID_MAX)]
BeforeId = Annotated[int, QueryParameter(ge=0, le=ID_MAX)]


@get("/admin/members", opt=_OWNER)
async def members(
    admin: TheAdmin,
    named: Search = "",
    suspended: SuspendedOnly = False,
    before_ms: BeforeMs = 0,
    before_id: BeforeId = 0,
) -> wire.MembersAnswer:
    """A page of members, who joined last first."""
    before = (before_ms, AccountId(before_id)) if before_ms else None
    found, totals, more = await admin.members(named=named, suspended_only=suspended, before=before)
    return wire.MembersAnswer(
        members=[_member(one) for one in found],
        more=more,
        members_in_all=totals.members,
        suspended_in_all=totals.suspended,
        devices_in_all=totals.devices,
    )


@get("/admin/members/{account_id:int}", opt=_OWNER)
async def member(account_id: FromPath[int], admin: TheAdmin) -> wire.MemberAnswer:
    """One member."""
    return _member(allowed(await admin.member(AccountId(account_id))))


@post("/admin/members/{account_id:int}/suspend", opt=_OWNER, status_code=204)
async def suspend(caller: TheCaller, account_id: FromPath[int], admin: TheAdmin) -> None:
    """Stop an account until it is restored."""
    allowed(await admin.suspend(caller.account_id, AccountId(account_id)))


@post("/admin/members/{account_id:int}/restore", opt=_OWNER, status_code=204)
async def restore(caller: TheCaller, account_id: FromPath[int], admin: TheAdmin) -> None:
    """Let a suspended account go on."""
    allowed(await admin.restore(caller.account_id, AccountId(account_id)))


@post("/admin/members/{account_id:int}/sign-out", opt=_OWNER, status_code=204)
async def sign_out(caller: TheCaller, account_id: FromPath[int], admin: TheAdmin) -> None:
    """Remove all devices of an account."""
    allowed(await admin.sign_out(caller.account_id, AccountId(account_id)))


@delete("/admin/members/{account_id:int}", opt=_OWNER)
async def remove(
    caller: TheCaller, account_id: FromPath[int], data: JSONBody[wire.RemoveBody], admin: TheAdmin
) -> None:
    """Erase an account; its name is repeated as confirmation."""
    allowed(await admin.remove(caller.account_id, AccountId(account_id), data.name))


@get("/admin/invitations", opt=_OWNER)
async def invitations(admin: TheAdmin, before_ms: BeforeMs = 0, before_id: BeforeId = 0) -> wire.OpenInvitationsAnswer:
    """A page of invitations that still admit somebody, the newest first."""
    found, more = await admin.invitations(before=(before_ms, before_id) if before_ms else None)
    return wire.OpenInvitationsAnswer(
        invitations=[
            wire.OpenInvitationAnswer(
                id=one.invitation_id,
                kind=one.kind.value,
                inviter_name=one.inviter_name,
                uses=one.uses,
                uses_max=one.uses_max,
                created_at_ms=one.created_at_ms,
                expires_at_ms=one.expires_at_ms,
            )
            for one in found
        ],
        more=more,
    )


@delete("/admin/invitations/{invitation_id:int}", opt=_OWNER)
async def withdraw(caller: TheCaller, invitation_id: FromPath[int], admin: TheAdmin) -> None:
    """Take back anybody's invitation; none of that number is no error."""
    allowed(await admin.withdraw(caller.account_id, InvitationId(invitation_id)))


@get("/admin/storage", opt=_OWNER)
async def storage(admin: TheAdmin) -> wire.StorageAnswer:
    """What takes space, what may, and what goes soon."""
    held, limits = await admin.storage(), admin.limits
    return wire.StorageAnswer(
        media_count=held.media.blobs,
        media_bytes=held.media.total_bytes,
        media_bytes_max=limits.media_bytes_max,
        media_ending_count=held.media.ending_blobs,
        media_ending_bytes=held.media.ending_bytes,
        media_days=BLOB_LIFETIME_MS // DAY_MS,
        backup_bytes=held.backup_bytes,
        database_bytes=held.database_bytes,
        mail_waiting=held.mail_waiting,
        mail_counted_max=MAIL_COUNTED_MAX,
        mail_days=MAIL_LIFETIME_MS // DAY_MS,
        disk_free_bytes=held.disk.free_bytes,
        disk_total_bytes=held.disk.total_bytes,
        disk_reserve_bytes=limits.disk_reserve_bytes,
        media_account_bytes_max=limits.media_account_bytes_max,
        backup_account_bytes_max=limits.backup_account_bytes_max,
    )


@get("/admin/health", opt=_OWNER)
async def health(admin: TheAdmin) -> wire.HealthAnswer:
    """How the server is."""
    return wire.HealthAnswer(
        version=admin.version,
        uptime_s=admin.uptime_s(),
        time_ms=admin.now_ms(),
        database_engine=admin.engine,
        database_bytes=await admin.database_bytes(),
        checks=[
            wire.CheckAnswer(checked=one.checked.value, level=one.level.value, value=one.value, whole=one.whole)
            for one in await admin.health()
        ],
    )


@get("/admin/acts", opt=_OWNER)
async def acts(admin: TheAdmin, before_ms: BeforeMs = 0, before_id: BeforeId = 0) -> wire.ActsAnswer:
    """A page of what the owner did, the newest first."""
    found, more = await admin.acts(before=(before_ms, before_id) if before_ms else None)
    return wire.ActsAnswer(
        acts=[
            wire.ActAnswer(
                id=one.done.act_id,
                at_ms=one.done.at_ms,
                act=one.done.act.value,
                actor=one.actor,
                subject=one.subject,
            )
            for one in found
        ],
        more=more,
    )


def routes(admin: Admin) -> Router:
    """All of the owner's HTTP."""
    return Router(
        "/",
        route_handlers=[
            members,
            member,
            suspend,
            restore,
            sign_out,
            remove,
            invitations,
            withdraw,
            storage,
            health,
            acts,
        ],
        dependencies={"admin": Provide(lambda: admin, sync_to_thread=False)},
    )


def _member(one: Weighed) -> wire.MemberAnswer:
    found = one.member
    return wire.MemberAnswer(
        account_id=found.account_id,
        name=found.name,
        is_owner=found.is_owner,
        joined_at_ms=found.joined_at_ms,
        suspended_at_ms=found.suspended_at_ms,
        devices=found.devices,
        last_seen_day=found.last_seen_day,
        can_sign_in=found.can_sign_in,
        media_bytes=one.media_bytes,
        backup_bytes=one.backup_bytes,
    )
