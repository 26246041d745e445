"""HTTP of invitations."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hongyan.accounts import wire
from hongyan.accounts.model import InvitationKind
from hongyan.accounts.refusals import allowed
from hongyan.accounts.service import Accounts
from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import InvitationId

TheAccounts = NamedDependency[Accounts]
TheCaller = NamedDependency[Caller]

_ANYONE = {"access": Access.ANYONE}
_DEVICE = {"access": Access.DEVICE}


@post("/invitations/look", opt=_ANYONE, status_code=200)
async def look(data: JSONBody[wire.LookBody], accounts: TheAccounts) -> wire.LookAnswer:
    """What an invitation says before anyone joins by it."""
    seen = allowed(await accounts.invitations.look(data.token))
    inviter = seen.inviter
    return wire.LookAnswer(
        kind=seen.invitation.kind.value,
        inviter_id=inviter.account_id if inviter else None,
        inviter_name=inviter.name if inviter else None,
        inviter_account_key=inviter.account_key if inviter else None,
        inviter_box_key=inviter.box_key if inviter else None,
        inviter_box_signature=inviter.box_signature if inviter else None,
        care_mode=seen.invitation.care_mode,
        language=seen.invitation.language,
    )


@post("/invitations", opt=_DEVICE, status_code=200)
async def make(
    caller: TheCaller, data: JSONBody[wire.InvitationBody], accounts: TheAccounts
) -> wire.MadeInvitationAnswer:
    """Make an invitation; its token is told this once."""
    made = allowed(
        await accounts.invitations.make(
            caller.account_id,
            InvitationKind(data.kind),
            by_owner=caller.is_owner,
            uses_max=data.uses_max,
            lifetime_s=data.lifetime_s,
            care_mode=data.care_mode,
            language=data.language,
        )
    )
    return wire.MadeInvitationAnswer(id=made.invitation_id, token=made.token, expires_at_ms=made.expires_at_ms)


@get("/invitations", opt=_DEVICE)
async def mine(caller: TheCaller, accounts: TheAccounts) -> wire.InvitationsAnswer:
    """The caller's invitations, newest first."""
    return wire.InvitationsAnswer(
        invitations=[
            wire.InvitationAnswer(
                id=invitation.invitation_id,
                kind=invitation.kind.value,
                uses=invitation.uses,
                uses_max=invitation.uses_max,
                created_at_ms=invitation.created_at_ms,
                expires_at_ms=invitation.expires_at_ms,
                care_mode=invitation.care_mode,
                language=invitation.language,
            )
            for invitation in await accounts.invitations.mine(caller.account_id)
        ]
    )


@delete("/invitations/{invitation_id:int}", opt=_DEVICE)
async def withdraw(caller: TheCaller, invitation_id: FromPath[int], accounts: TheAccounts) -> None:
    """Take back one of the caller's invitations."""
    await accounts.invitations.withdraw(caller.account_id, InvitationId(invitation_id))


INVITATION_ROUTES = (look, make, mine, withdraw)
