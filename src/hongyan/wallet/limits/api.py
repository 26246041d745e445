"""HTTP of limits."""

from litestar import Router, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from hongyan.foundation.http import Access, Body, Caller
from hongyan.wallet.limits.service import SpendingLimits
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import Minor, minor

TheLimits = NamedDependency[SpendingLimits]
TheCaller = NamedDependency[Caller]


class LimitsBody(Body, frozen=True):
    """Minor units; null: no limit."""

    day_minor: Minor | None
    month_minor: Minor | None


@put("/wallet/limits", opt={"access": Access.DEVICE}, status_code=204)
async def put_limits(caller: TheCaller, data: JSONBody[LimitsBody], spending_limits: TheLimits) -> None:
    """Set what the caller may spend in a day and in a month."""
    day = None if data.day_minor is None else minor(data.day_minor)
    month = None if data.month_minor is None else minor(data.month_minor)
    allowed(await spending_limits.put(caller.account_id, day=day, month=month))


def routes(spending_limits: SpendingLimits) -> Router:
    """All of the limits' HTTP."""
    return Router(
        "/",
        route_handlers=[put_limits],
        dependencies={"spending_limits": Provide(lambda: spending_limits, sync_to_thread=False)},
    )
