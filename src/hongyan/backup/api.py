"""HTTP of backups, vaults and recoveries; SPEC.md §2 has the table."""

import re

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hongyan.backup import wire
from hongyan.backup.model import NewBackup, Refusal, Refused
from hongyan.backup.refusals import allowed
from hongyan.backup.service import Backups
from hongyan.foundation.http import Access, Caller, HttpRequest, network_of

TheBackups = NamedDependency[Backups]
TheCaller = NamedDependency[Caller]

_ANYONE = {"access": Access.ANYONE}
_DEVICE = {"access": Access.DEVICE}
_SEGMENT_ID = re.compile(r"[0-9a-f]{64}")


@get("/backup", opt=_DEVICE)
async def held(caller: TheCaller, backups: TheBackups) -> wire.HeldAnswer:
    """The caller's newest backup and what opens it; None for what there is not."""
    mine = await backups.held(caller.account_id)
    backup, vault, circle = mine.backup, mine.vault, mine.circle
    return wire.HeldAnswer(
        backup=None
        if backup is None
        else wire.BackupAnswer(
            version=backup.version,
            format=backup.format,
            device_id=backup.device_id,
            made_at_ms=backup.made_at_ms,
            manifest=backup.manifest,
            key_for_devices=backup.key_for_devices,
        ),
        vault=None
        if vault is None
        else wire.VaultAnswer(
            box=vault.box, wrong=vault.wrong, set_at_ms=vault.set_at_ms, destroyed=vault.destroyed_at_ms is not None
        ),
        circle=None
        if circle is None
        else wire.CircleAnswer(circle_id=circle.circle_id, box=circle.box, made_at_ms=circle.made_at_ms),
        used_bytes=mine.used_bytes,
        bytes_max=backups.bytes_max,
    )


@put("/backup", opt=_DEVICE, status_code=204)
async def put_backup(caller: TheCaller, data: JSONBody[wire.BackupBody], backups: TheBackups) -> None:
    """Make a new version of the caller's backup, if nobody made one meanwhile."""
    new = NewBackup(
        after=data.after,
        version=data.version,
        format=data.format,
        manifest=data.manifest,
        key_for_devices=data.key_for_devices,
        segments=tuple(data.segments),
    )
    allowed(await backups.put_backup(caller.account_id, caller.device_id, new))


@delete("/backup", opt=_DEVICE)
async def erase(caller: TheCaller, backups: TheBackups) -> None:
    """Erase the caller's backup and all that opens it."""
    await backups.erase(caller.account_id)


@put("/backup/segments", opt=_DEVICE, status_code=204)
async def put_segment(caller: TheCaller, data: JSONBody[wire.SegmentBody], backups: TheBackups) -> None:
    """Keep one encrypted part of a backup."""
    allowed(await backups.put_segment(caller.account_id, data.segment_id, data.content))


@get("/backup/segments/{segment_id:str}", opt=_DEVICE)
async def segment(caller: TheCaller, segment_id: FromPath[str], backups: TheBackups) -> wire.SegmentAnswer:
    """One encrypted part of the caller's backup."""
    if _SEGMENT_ID.fullmatch(segment_id) is None:
        allowed(Refused(Refusal.SEGMENT_UNKNOWN))
    return wire.SegmentAnswer(content=allowed(await backups.segment(caller.account_id, bytes.fromhex(segment_id))))


@put("/backup/vault", opt=_DEVICE, status_code=204)
async def put_vault(caller: TheCaller, data: JSONBody[wire.VaultBody], backups: TheBackups) -> None:
    """Set or replace the caller's PIN."""
    allowed(await backups.vaults.put(caller.account_id, data.share, data.verifier, data.box))


@put("/backup/circle", opt=_DEVICE, status_code=204)
async def put_circle(caller: TheCaller, data: JSONBody[wire.CircleBody], backups: TheBackups) -> None:
    """Set or replace what the caller's friends can open together."""
    await backups.put_circle(caller.account_id, data.circle_id, data.box)


@post("/backup/open", opt=_ANYONE, status_code=200)
async def open_vault(data: JSONBody[wire.OpenBody], request: HttpRequest, backups: TheBackups) -> wire.OpenedAnswer:
    """Come back by name and PIN."""
    opened = allowed(await backups.vaults.open(data.name, data.proof, network_of(request)))
    return wire.OpenedAnswer(
        ticket=opened.ticket,
        account_id=opened.account_id,
        name=opened.name,
        account_key=opened.account_key,
        share=opened.share,
        box=opened.box,
        format=opened.format,
    )


@post("/recoveries", opt=_ANYONE, status_code=200)
async def start_recovery(
    data: JSONBody[wire.StartBody], request: HttpRequest, backups: TheBackups
) -> wire.StartedAnswer:
    """Ask, on a new device, to be let back in."""
    started = allowed(await backups.recoveries.start(data.name, network_of(request)))
    return wire.StartedAnswer(
        recovery_id=started.recovery_id, poll_secret=started.poll_secret, expires_at_ms=started.expires_at_ms
    )


@get("/recoveries/{recovery_id:str}", opt=_DEVICE)
async def look_at_recovery(caller: TheCaller, recovery_id: FromPath[str], backups: TheBackups) -> wire.AskingAnswer:
    """Who asks to be let back in, as a friend of hers sees it."""
    asking = allowed(await backups.recoveries.look(caller.account_id, recovery_id))
    return wire.AskingAnswer(
        account_id=asking.account_id,
        name=asking.name,
        started_at_ms=asking.started_at_ms,
        approved=asking.approved,
    )


@post("/recoveries/{recovery_id:str}/approve", opt=_DEVICE, status_code=204)
async def approve_recovery(
    caller: TheCaller, recovery_id: FromPath[str], data: JSONBody[wire.ApproveBody], backups: TheBackups
) -> None:
    """Vouch for a friend."""
    allowed(await backups.recoveries.approve(caller.account_id, recovery_id, data.sealed))


@post("/recoveries/{recovery_id:str}/prove", opt=_ANYONE, status_code=204)
async def prove_recovery(recovery_id: FromPath[str], data: JSONBody[wire.ProveBody], backups: TheBackups) -> None:
    """Vouch by the account's own key."""
    allowed(await backups.recoveries.prove(recovery_id, data.poll_secret, data.signature))


@post("/recoveries/{recovery_id:str}/poll", opt=_ANYONE, status_code=200)
async def poll_recovery(
    recovery_id: FromPath[str], data: JSONBody[wire.PollBody], backups: TheBackups
) -> wire.PolledAnswer:
    """Whether enough friends have vouched, and what they gave."""
    polled = await backups.recoveries.poll(recovery_id, data.poll_secret)
    return wire.PolledAnswer(
        state=polled.state.value,
        approvals=polled.approvals,
        opens_at_ms=polled.opens_at_ms,
        account_id=polled.account_id,
        account_key=polled.account_key,
        name=polled.name,
        circle_id=polled.circle_id,
        box=polled.box,
        sealed=list(polled.sealed),
        ticket=polled.ticket,
        format=polled.format,
    )


@get("/me/recoveries", opt=_DEVICE)
async def my_recoveries(caller: TheCaller, backups: TheBackups) -> wire.RecoveriesAnswer:
    """New devices that somebody vouched for and that ask for the caller's account."""
    return wire.RecoveriesAnswer(
        recoveries=[
            wire.RecoveryAnswer(
                recovery_id=one.recovery_id, started_at_ms=one.started_at_ms, opens_at_ms=one.opens_at_ms
            )
            for one in await backups.recoveries.of_account(caller.account_id)
        ]
    )


@delete("/me/recoveries/{recovery_id:str}", opt=_DEVICE)
async def cancel_recovery(caller: TheCaller, recovery_id: FromPath[str], backups: TheBackups) -> None:
    """Refuse a new device; one that is gone already is no error."""
    await backups.recoveries.cancel(caller.account_id, recovery_id)


def routes(backups: Backups) -> Router:
    """All of the backups' HTTP."""
    return Router(
        "/",
        route_handlers=[
            held,
            put_backup,
            erase,
            put_segment,
            segment,
            put_vault,
            put_circle,
            open_vault,
            start_recovery,
            look_at_recovery,
            approve_recovery,
            prove_recovery,
            poll_recovery,
            my_recoveries,
            cancel_recovery,
        ],
        dependencies={"backups": Provide(lambda: backups, sync_to_thread=False)},
    )
