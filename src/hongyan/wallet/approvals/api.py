"""HTTP of approvals and of the payment PIN."""

import msgspec
from litestar import Router, delete, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from hongyan.accounts import RequestOptions, RequestOptionsAnswer
from hongyan.foundation.http import Access, Caller
from hongyan.foundation.problems import Problem
from hongyan.wallet.approvals import wire
from hongyan.wallet.approvals.model import Act
from hongyan.wallet.approvals.service import Approvals
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import act_id, minor

TheApprovals = NamedDependency[Approvals]
TheCaller = NamedDependency[Caller]

_DEVICE = {"access": Access.DEVICE}


@post("/wallet/approvals", opt=_DEVICE, status_code=200)
async def approve(caller: TheCaller, data: JSONBody[wire.ApprovalBody], approvals: TheApprovals) -> wire.ApprovalAnswer:
    """Confirm one act by payment PIN or passkey."""
    if (data.pin is None) == (data.credential is None):
        raise Problem("malformed", status=400)
    if data.pin is not None:
        return wire.ApprovalAnswer(approval=allowed(await approvals.by_pin(caller.account_id, _act(data), data.pin)))
    given = data.credential
    assert given is not None
    outcome = await approvals.by_passkey(
        caller.account_id, _act(data), msgspec.json.encode(given).decode(), given.rawId, given.response.clientDataJSON
    )
    return wire.ApprovalAnswer(approval=allowed(outcome))


@post("/wallet/approvals/passkey", opt=_DEVICE, status_code=200)
async def passkey_options(
    caller: TheCaller, data: JSONBody[wire.ActBody], approvals: TheApprovals
) -> RequestOptionsAnswer:
    """Begin to confirm one act by passkey."""
    options = allowed(await approvals.passkey_options(caller.account_id, _act(data)))
    return RequestOptionsAnswer(options=msgspec.json.decode(options, type=RequestOptions))


@put("/wallet/pin", opt=_DEVICE, status_code=204)
async def put_pin(caller: TheCaller, data: JSONBody[wire.PinBody], approvals: TheApprovals) -> None:
    """Set or replace the payment PIN."""
    given = None if data.id is None else act_id(data.id)
    outcome = await approvals.pins.set(caller.account_id, data.pin, old=data.old, act_id=given, approval=data.approval)
    allowed(outcome)


@post("/wallet/pin/wait", opt=_DEVICE, status_code=204)
async def ask_reset(caller: TheCaller, approvals: TheApprovals) -> None:
    """Let a forgotten payment PIN be replaced after 24 hours."""
    allowed(await approvals.pins.ask_reset(caller.account_id))


@delete("/wallet/pin/wait", opt=_DEVICE)
async def withdraw_reset(caller: TheCaller, approvals: TheApprovals) -> None:
    """Take that back."""
    await approvals.pins.withdraw_reset(caller.account_id)


@put("/wallet/passkeys", opt=_DEVICE, status_code=204)
async def allow_passkeys(caller: TheCaller, data: JSONBody[wire.PasskeysBody], approvals: TheApprovals) -> None:
    """Let the passkeys that the caller has now approve payments."""
    allowed(await approvals.pins.allow_passkeys(caller.account_id, data.pin))


@delete("/wallet/passkeys", opt=_DEVICE)
async def forbid_passkeys(caller: TheCaller, approvals: TheApprovals) -> None:
    """Let no passkey approve payments."""
    await approvals.pins.forbid_passkeys(caller.account_id)


def routes(approvals: Approvals) -> Router:
    """All of the approvals' HTTP."""
    return Router(
        "/",
        route_handlers=[
            approve,
            passkey_options,
            put_pin,
            ask_reset,
            withdraw_reset,
            allow_passkeys,
            forbid_passkeys,
        ],
        dependencies={"approvals": Provide(lambda: approvals, sync_to_thread=False)},
    )


def _act(data: wire.ActBody) -> Act:
    return Act(data.action, act_id(data.id), minor(data.amount_minor), data.asset, data.payee)
