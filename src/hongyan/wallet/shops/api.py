"""HTTP of shops."""

from datetime import UTC, datetime
from typing import Annotated

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import ID_MAX, AccountId
from hongyan.wallet.purses import month_bounds
from hongyan.wallet.refusals import allowed
from hongyan.wallet.shops import certificate_api, wire
from hongyan.wallet.shops.certificates import Certificates
from hongyan.wallet.shops.model import DAY_MS, PAGE, NoticeState, OrderSeen
from hongyan.wallet.shops.orders import Orders
from hongyan.wallet.shops.service import Shops
from hongyan.wallet.shops.webhooks import Webhooks
from hongyan.wallet.wire import act_id, act_in_path, minor, shown

TheShops = NamedDependency[Shops]
TheOrders = NamedDependency[Orders]
TheWebhooks = NamedDependency[Webhooks]
TheCaller = NamedDependency[Caller]
Month = Annotated[str, QueryParameter(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$")]
Offset = Annotated[int, QueryParameter(ge=-840, le=840)]
BeforeMs = Annotated[int, QueryParameter(ge=1, le=ID_MAX)]

_DEVICE = {"access": Access.DEVICE}
MINUTE_MS = 60_000


@get("/wallet/shops", opt=_DEVICE)
async def shops_of(caller: TheCaller, shops: TheShops) -> wire.ShopsAnswer:
    """The shops that the caller owns or works at."""
    return wire.ShopsAnswer(
        shops=[
            wire.ShopAnswer(
                id=one.shop.id.hex(),
                name=one.shop.name,
                is_owner=one.is_owner,
                balance_minor=shown(one.balance),
                staff=[wire.StaffAnswer(account_id=id, name=name) for id, name in one.staff.items()],
            )
            for one in await shops.of(caller.account_id)
        ]
    )


@post("/wallet/shops", opt=_DEVICE, status_code=204)
async def open_shop(caller: TheCaller, data: JSONBody[wire.ShopBody], shops: TheShops) -> None:
    """Open a shop."""
    allowed(await shops.open(caller.account_id, act_id(data.id), data.name))


@delete("/wallet/shops/{shop_id:str}", opt=_DEVICE)
async def close_shop(caller: TheCaller, shop_id: FromPath[str], shops: TheShops) -> None:
    """Close the caller's shop, once there is nothing in it."""
    allowed(await shops.close(caller.account_id, act_in_path(shop_id)))


@get("/wallet/shops/{shop_id:str}", opt=_DEVICE)
async def counter(shop_id: FromPath[str], orders: TheOrders) -> wire.CounterAnswer:
    """Whose code is on the counter."""
    shop = allowed(await orders.look_at_shop(act_in_path(shop_id)))
    return wire.CounterAnswer(id=shop.id.hex(), name=shop.name)


@put("/wallet/shops/{shop_id:str}/staff/{account_id:int}", opt=_DEVICE, status_code=204)
async def hire(caller: TheCaller, shop_id: FromPath[str], account_id: FromPath[int], shops: TheShops) -> None:
    """Let somebody work in the caller's shop."""
    allowed(await shops.hire(caller.account_id, act_in_path(shop_id), AccountId(account_id)))


@delete("/wallet/shops/{shop_id:str}/staff/{account_id:int}", opt=_DEVICE)
async def dismiss(caller: TheCaller, shop_id: FromPath[str], account_id: FromPath[int], shops: TheShops) -> None:
    """Let somebody work there no more; who works there may go by herself."""
    allowed(await shops.dismiss(caller.account_id, act_in_path(shop_id), AccountId(account_id)))


@post("/wallet/shops/{shop_id:str}/pay", opt=_DEVICE, status_code=200)
async def pay_at_counter(
    caller: TheCaller, shop_id: FromPath[str], data: JSONBody[wire.CounterBody], orders: TheOrders
) -> wire.OrderAnswer:
    """Pay a shop what the customer typed in."""
    outcome = await orders.pay_at_counter(
        caller.account_id,
        act_in_path(shop_id),
        id=act_id(data.id),
        amount=minor(data.amount_minor),
        approval=data.approval,
        card=None if data.card is None else AccountId(data.card),
    )
    return _order(allowed(outcome))


@post("/wallet/shops/{shop_id:str}/take", opt=_DEVICE, status_code=204)
async def take(caller: TheCaller, shop_id: FromPath[str], data: JSONBody[wire.TakeBody], shops: TheShops) -> None:
    """Pay takings out to the owner's purse."""
    outcome = await shops.take(
        caller.account_id,
        act_in_path(shop_id),
        id=act_id(data.id),
        amount=minor(data.amount_minor),
        approval=data.approval,
    )
    allowed(outcome)


@get("/wallet/shops/{shop_id:str}/report", opt=_DEVICE)
async def report(
    caller: TheCaller, shop_id: FromPath[str], shops: TheShops, month: Month, offset_minutes: Offset = 0
) -> wire.ReportAnswer:
    """What a shop took and gave back in a month, day by day."""
    from_ms, until_ms = month_bounds(month, offset_minutes)
    outcome = await shops.report(
        caller.account_id,
        act_in_path(shop_id),
        from_ms=from_ms,
        until_ms=until_ms,
        offset_ms=offset_minutes * MINUTE_MS,
    )
    days = allowed(outcome)
    return wire.ReportAnswer(
        days=[
            wire.DayAnswer(
                day=datetime.fromtimestamp(one.day * DAY_MS / 1000, UTC).date().isoformat(),
                orders=one.orders,
                paid_minor=shown(one.paid),
                refunds=one.refunds,
                refunded_minor=shown(one.refunded),
            )
            for one in days
        ],
        paid_minor=shown(sum(one.paid for one in days)),
        refunded_minor=shown(sum(one.refunded for one in days)),
    )


@post("/wallet/shops/{shop_id:str}/orders", opt=_DEVICE, status_code=200)
async def make_order(
    caller: TheCaller, shop_id: FromPath[str], data: JSONBody[wire.OrderBody], orders: TheOrders
) -> wire.OrderAnswer:
    """Ask a customer for an amount."""
    outcome = await orders.make(
        caller.account_id,
        act_in_path(shop_id),
        data.out_trade_no,
        amount=minor(data.amount_minor),
        description=data.description,
    )
    return _order(allowed(outcome))


@get("/wallet/shops/{shop_id:str}/orders", opt=_DEVICE)
async def orders_of(
    caller: TheCaller, shop_id: FromPath[str], orders: TheOrders, before_ms: BeforeMs = ID_MAX
) -> wire.OrdersAnswer:
    """A page of a shop's orders, newest first."""
    found = allowed(await orders.list(caller.account_id, act_in_path(shop_id), before_ms=before_ms))
    return wire.OrdersAnswer(orders=[_order(one) for one in found], more=len(found) == PAGE)


@get("/wallet/shops/{shop_id:str}/orders/{out_trade_no:str}", opt=_DEVICE)
async def query(
    caller: TheCaller, shop_id: FromPath[str], out_trade_no: FromPath[str], orders: TheOrders
) -> wire.OrderAnswer:
    """An order by the shop's own number."""
    return _order(allowed(await orders.query(caller.account_id, act_in_path(shop_id), out_trade_no)))


@post("/wallet/shops/{shop_id:str}/orders/{out_trade_no:str}/close", opt=_DEVICE, status_code=204)
async def close(caller: TheCaller, shop_id: FromPath[str], out_trade_no: FromPath[str], orders: TheOrders) -> None:
    """Let nobody pay an order."""
    allowed(await orders.close(caller.account_id, act_in_path(shop_id), out_trade_no))


@post("/wallet/shops/{shop_id:str}/orders/{out_trade_no:str}/refund", opt=_DEVICE, status_code=200)
async def refund(
    caller: TheCaller,
    shop_id: FromPath[str],
    out_trade_no: FromPath[str],
    data: JSONBody[wire.RefundBody],
    orders: TheOrders,
) -> wire.OrderAnswer:
    """Give part or all of a payment back."""
    outcome = await orders.refund(
        caller.account_id,
        act_in_path(shop_id),
        out_trade_no,
        id=act_id(data.id),
        amount=minor(data.amount_minor),
        reason=data.reason,
        approval=data.approval,
    )
    return _order(allowed(outcome))


@get("/wallet/orders/{order_id:str}", opt=_DEVICE)
async def look(caller: TheCaller, order_id: FromPath[str], orders: TheOrders) -> wire.OrderAnswer:
    """What the customer is asked for whose app scanned an order's code."""
    seen = allowed(await orders.look(act_in_path(order_id)))
    return _order(seen, sees_who=caller.account_id in (seen.order.customer_id, seen.order.payer_id))


@post("/wallet/orders/{order_id:str}/pay", opt=_DEVICE, status_code=200)
async def pay_order(
    caller: TheCaller, order_id: FromPath[str], data: JSONBody[wire.PayBody], orders: TheOrders
) -> wire.OrderAnswer:
    """Pay an order."""
    card = None if data.card is None else AccountId(data.card)
    outcome = await orders.pay(caller.account_id, act_in_path(order_id), approval=data.approval, card=card)
    return _order(allowed(outcome))


@get("/wallet/shops/{shop_id:str}/webhook", opt=_DEVICE)
async def webhook(caller: TheCaller, shop_id: FromPath[str], webhooks: TheWebhooks) -> wire.WebhookAnswer:
    """Where the caller's shop wants to be told, and what became of the newest notices."""
    url, notices = allowed(await webhooks.look(caller.account_id, act_in_path(shop_id)))
    return wire.WebhookAnswer(
        url=url,
        notices=[
            wire.NoticeAnswer(
                id=one.id.hex(),
                kind=one.kind.name.lower(),  # type: ignore[arg-type]  # the names are the literals
                state=one.state.name.lower(),  # type: ignore[arg-type]
                attempts=one.attempts,
                made_at_ms=one.made_at_ms,
                next_at_ms=one.due_at_ms if one.state is NoticeState.WAITING else None,
                last_failure=one.last_failure,
            )
            for one in notices
        ],
    )


@put("/wallet/shops/{shop_id:str}/webhook", opt=_DEVICE, status_code=200)
async def put_webhook(
    caller: TheCaller, shop_id: FromPath[str], data: JSONBody[wire.WebhookBody], webhooks: TheWebhooks
) -> wire.WebhookSecretAnswer:
    """Tell this address of payments and refunds from now on; the secret is shown this once."""
    secret = allowed(await webhooks.put(caller.account_id, act_in_path(shop_id), data.url))
    return wire.WebhookSecretAnswer(secret=secret)


@delete("/wallet/shops/{shop_id:str}/webhook", opt=_DEVICE)
async def remove_webhook(caller: TheCaller, shop_id: FromPath[str], webhooks: TheWebhooks) -> None:
    """Tell nobody any more."""
    allowed(await webhooks.remove(caller.account_id, act_in_path(shop_id)))


@post("/wallet/shops/{shop_id:str}/webhook/trial", opt=_DEVICE, status_code=204)
async def try_webhook(caller: TheCaller, shop_id: FromPath[str], webhooks: TheWebhooks) -> None:
    """Send a notice that tells of nothing."""
    allowed(await webhooks.try_out(caller.account_id, act_in_path(shop_id)))


def routes(shops: Shops, orders: Orders, webhooks: Webhooks, certificates: Certificates) -> Router:
    """All of the shops' HTTP."""
    return Router(
        "/",
        route_handlers=[
            shops_of,
            open_shop,
            close_shop,
            counter,
            hire,
            dismiss,
            pay_at_counter,
            take,
            report,
            make_order,
            orders_of,
            query,
            close,
            refund,
            look,
            pay_order,
            webhook,
            put_webhook,
            remove_webhook,
            try_webhook,
            *certificate_api.HANDLERS,
        ],
        dependencies={
            "shops": Provide(lambda: shops, sync_to_thread=False),
            "orders": Provide(lambda: orders, sync_to_thread=False),
            "webhooks": Provide(lambda: webhooks, sync_to_thread=False),
            "certificates": Provide(lambda: certificates, sync_to_thread=False),
        },
    )


def _order(seen: OrderSeen, *, sees_who: bool = True) -> wire.OrderAnswer:
    order = seen.order

    def who(account_id: int, name: str) -> wire.StaffAnswer | None:
        return wire.StaffAnswer(account_id=account_id, name=name) if sees_who and name else None

    return wire.OrderAnswer(
        id=order.id.hex(),
        shop_id=order.shop_id.hex(),
        shop_name=seen.shop_name,
        out_trade_no=order.out_trade_no,
        amount_minor=shown(order.amount),
        description=order.description,
        state=order.state.name.lower(),  # type: ignore[arg-type]  # the names are the literals
        made_at_ms=order.made_at_ms,
        expires_at_ms=order.expires_at_ms,
        paid_at_ms=order.paid_at_ms or None,
        refunded_minor=shown(order.refunded),
        customer=who(order.customer_id, seen.customer),
        payer=who(order.payer_id, seen.payer),
    )
