"""HTTP of payment codes."""

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hongyan.foundation.http import Access, Caller
from hongyan.wallet.paycodes import wire
from hongyan.wallet.paycodes.model import SMALL_UNITS, STEP_MS, ClaimView
from hongyan.wallet.paycodes.service import PayCodes
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import act_id, act_in_path, minor, shown

ThePayCodes = NamedDependency[PayCodes]
TheCaller = NamedDependency[Caller]

_DEVICE = {"access": Access.DEVICE}


@post("/wallet/pay-codes/key", opt=_DEVICE, status_code=200)
async def new_pay_key(caller: TheCaller, paycodes: ThePayCodes) -> wire.KeyAnswer:
    """What the caller's device makes its codes of from now on."""
    key, now_ms = await paycodes.new_key(caller.account_id, caller.device_id)
    return wire.KeyAnswer(handle=str(key.handle), secret=key.secret, now_ms=now_ms, step_ms=STEP_MS)


@get("/wallet/pay-codes/small", opt=_DEVICE)
async def small_amounts(caller: TheCaller, paycodes: ThePayCodes) -> wire.SmallAnswer:
    """Whether small amounts are paid without asking."""
    return wire.SmallAnswer(allowed=await paycodes.allows_small(caller.account_id), units=SMALL_UNITS)


@put("/wallet/pay-codes/small", opt=_DEVICE)
async def allow_small_amounts(
    caller: TheCaller, data: JSONBody[wire.SmallBody], paycodes: ThePayCodes
) -> wire.SmallAnswer:
    """Pay small amounts without asking from now on."""
    allowed(await paycodes.allow_small(caller.account_id, act_id(data.id), data.approval))
    return wire.SmallAnswer(allowed=True, units=SMALL_UNITS)


@delete("/wallet/pay-codes/small", opt=_DEVICE, status_code=200)
async def forbid_small_amounts(caller: TheCaller, paycodes: ThePayCodes) -> wire.SmallAnswer:
    """Ask for every amount again."""
    await paycodes.forbid_small(caller.account_id)
    return wire.SmallAnswer(allowed=False, units=SMALL_UNITS)


@get("/wallet/pay-codes/claims", opt=_DEVICE)
async def waiting_claims(caller: TheCaller, paycodes: ThePayCodes) -> wire.ClaimsAnswer:
    """What waits for the caller to confirm."""
    return wire.ClaimsAnswer(claims=[_answer(one) for one in await paycodes.waiting(caller.account_id)])


@post("/wallet/pay-codes/claims", opt=_DEVICE, status_code=200)
async def take(caller: TheCaller, data: JSONBody[wire.TakeBody], paycodes: ThePayCodes) -> wire.ClaimAnswer:
    """Ask whoever shows a code for an amount."""
    outcome = await paycodes.take(caller.account_id, act_id(data.id), data.code, minor(data.amount_minor))
    return _answer(allowed(outcome))


@get("/wallet/pay-codes/claims/{claim_id:str}", opt=_DEVICE)
async def claim(caller: TheCaller, claim_id: FromPath[str], paycodes: ThePayCodes) -> wire.ClaimAnswer:
    """How it stands."""
    return _answer(allowed(await paycodes.look(caller.account_id, act_in_path(claim_id))))


@post("/wallet/pay-codes/claims/{claim_id:str}/pay", opt=_DEVICE, status_code=200)
async def pay_claim(
    caller: TheCaller, claim_id: FromPath[str], data: JSONBody[wire.ConfirmBody], paycodes: ThePayCodes
) -> wire.ClaimAnswer:
    """Confirm it."""
    return _answer(allowed(await paycodes.pay(caller.account_id, act_in_path(claim_id), data.approval)))


@post("/wallet/pay-codes/claims/{claim_id:str}/refuse", opt=_DEVICE, status_code=200)
async def refuse_claim(caller: TheCaller, claim_id: FromPath[str], paycodes: ThePayCodes) -> wire.ClaimAnswer:
    """Let it be."""
    return _answer(allowed(await paycodes.refuse(caller.account_id, act_in_path(claim_id))))


def _answer(view: ClaimView) -> wire.ClaimAnswer:
    claim = view.claim
    return wire.ClaimAnswer(
        id=claim.id.hex(),
        payer=claim.payer,
        payer_name=view.payer_name,
        payee=claim.payee,
        payee_name=view.payee_name,
        amount_minor=shown(claim.amount),
        state="expired" if view.has_expired else claim.state.name.lower(),  # type: ignore[arg-type]  # those words
        expires_at_ms=claim.expires_at_ms,
    )


def routes(paycodes: PayCodes) -> Router:
    """All of the payment codes' HTTP."""
    return Router(
        "/",
        route_handlers=[
            new_pay_key,
            small_amounts,
            allow_small_amounts,
            forbid_small_amounts,
            waiting_claims,
            take,
            claim,
            pay_claim,
            refuse_claim,
        ],
        dependencies={"paycodes": Provide(lambda: paycodes, sync_to_thread=False)},
    )
