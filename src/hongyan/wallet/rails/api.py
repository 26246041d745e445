"""HTTP of rails."""

from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hongyan.foundation.http import Access, Caller
from hongyan.wallet.rails import wire
from hongyan.wallet.rails.model import EVENT_BYTES_MAX, Charge, RailUnavailable
from hongyan.wallet.rails.service import TopUps
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import act_id, act_in_path, minor, shown

TheTopUps = NamedDependency[TopUps]
TheCaller = NamedDependency[Caller]

_ANYONE = {"access": Access.ANYONE}
_DEVICE = {"access": Access.DEVICE}


@get("/wallet/top-ups", opt=_DEVICE)
async def top_ups(caller: TheCaller, topping: TheTopUps) -> wire.TopUpsAnswer:
    """By which rails the caller can pay in, and what became of her newest charges."""
    return wire.TopUpsAnswer(
        rails=[wire.RailAnswer(name=one.name, currency=one.currency) for one in await topping.offered()],
        charges=[_charge(one) for one in await topping.of(caller.account_id)],
    )


@post("/wallet/top-ups", opt=_DEVICE, status_code=200)
async def begin(caller: TheCaller, data: JSONBody[wire.TopUpBody], topping: TheTopUps) -> wire.BegunAnswer:
    """Have a rail take money from the caller."""
    outcome = await topping.begin(caller.account_id, data.rail, id=act_id(data.id), amount=minor(data.amount_minor))
    charge, url = allowed(outcome)
    return wire.BegunAnswer(charge=_charge(charge), url=url)


@get("/wallet/top-ups/{charge_id:str}", opt=_DEVICE)
async def look(caller: TheCaller, charge_id: FromPath[str], topping: TheTopUps) -> wire.ChargeAnswer:
    """How a charge of the caller's stands."""
    return _charge(allowed(await topping.look(caller.account_id, act_in_path(charge_id))))


@delete("/wallet/top-ups/{charge_id:str}", opt=_DEVICE, status_code=200)
async def cancel(caller: TheCaller, charge_id: FromPath[str], topping: TheTopUps) -> wire.ChargeAnswer:
    """Let a charge be; how it stands then."""
    return _charge(allowed(await topping.cancel(caller.account_id, act_in_path(charge_id))))


@get("/wallet/treasury/odd-top-ups", opt=_DEVICE)
async def odd(caller: TheCaller, topping: TheTopUps) -> wire.OddsAnswer:
    """Charges that a treasurer has to look into."""
    found = allowed(await topping.odd(caller.account_id))
    return wire.OddsAnswer(
        charges=[
            wire.OddAnswer(
                account_id=one.charge.account_id,
                name=one.name,
                charge=_charge(one.charge),
                ext_id=one.charge.ext_id,
                said=one.charge.said,
            )
            for one in found
        ]
    )


@post("/wallet/treasury/odd-top-ups/{charge_id:str}/clear", opt=_DEVICE, status_code=204)
async def clear(
    caller: TheCaller, charge_id: FromPath[str], data: JSONBody[wire.ClearBody], topping: TheTopUps
) -> None:
    """Say that such a charge is dealt with."""
    allowed(await topping.clear(caller.account_id, act_in_path(charge_id), data.reason))


@post("/wallet/rails/{rail:str}", opt=_ANYONE, status_code=200, include_in_schema=False)
async def told(request: Request[Any, Any, Any], rail: FromPath[str], topping: TheTopUps) -> Response[str]:
    """What a rail tells unasked, in its own words and signed by it."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > EVENT_BYTES_MAX:
            return Response("", media_type=MediaType.TEXT, status_code=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        taken = await topping.told(rail, headers, bytes(body))
    except RailUnavailable:
        return Response("", media_type=MediaType.TEXT, status_code=503)
    return Response("", media_type=MediaType.TEXT, status_code=200 if taken else 400)


def routes(topping: TopUps) -> Router:
    """All of the rails' HTTP."""
    return Router(
        "/",
        route_handlers=[top_ups, begin, look, cancel, odd, clear, told],
        dependencies={
            "topping": Provide(lambda: topping, sync_to_thread=False),
        },
    )


def _charge(charge: Charge) -> wire.ChargeAnswer:
    return wire.ChargeAnswer(
        id=charge.id.hex(),
        rail=charge.rail,
        amount_minor=shown(charge.amount),
        currency=charge.currency,
        state=charge.state.name.lower(),  # type: ignore[arg-type]  # the names are the literals
        made_at_ms=charge.made_at_ms,
    )
