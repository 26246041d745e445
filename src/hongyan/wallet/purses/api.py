"""HTTP of purses: the bill."""

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import ID_MAX
from hongyan.foundation.problems import Problem
from hongyan.wallet.ledger import Code, Entry, LedgerId
from hongyan.wallet.purses import wire
from hongyan.wallet.purses.rules import month_bounds
from hongyan.wallet.purses.service import BILL_PAGE, Purses
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import shown

ThePurses = NamedDependency[Purses]
TheCaller = NamedDependency[Caller]
Month = Annotated[str, QueryParameter(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$")]
# Of the clock on her wall: how many minutes it is ahead of UTC.
Offset = Annotated[int, QueryParameter(ge=-840, le=840)]
Before = Annotated[int, QueryParameter(ge=1, le=ID_MAX)]
OfCodes = Annotated[list[str] | None, QueryParameter(max_items=len(Code))]

_CODES = {code.name.lower(): code for code in Code}
_DEVICE = {"access": Access.DEVICE}


@get("/wallet/bill", opt=_DEVICE)
async def bill(
    caller: TheCaller,
    purses: ThePurses,
    month: Month,
    offset_minutes: Offset = 0,
    before: Before = ID_MAX,
    codes: OfCodes = None,
) -> wire.BillAnswer:
    """A page of what came in and went out in a month, and the sums of all of it."""
    from_ms, until_ms = month_bounds(month, offset_minutes)
    if not _CODES.keys() >= set(codes or ()):
        raise Problem("malformed", status=400)
    only = [_CODES[code] for code in codes or ()]
    outcome = await purses.bill(caller.account_id, from_ms=from_ms, until_ms=until_ms, before_seq=before, codes=only)
    found = allowed(outcome)
    return wire.BillAnswer(
        entries=[_entry(entry, found.names) for entry in found.entries],
        more=len(found.entries) == BILL_PAGE,
        in_minor=shown(sum(came for came, _ in found.sums.values())),
        out_minor=shown(sum(went for _, went in found.sums.values())),
        kinds=[
            wire.KindAnswer(code=code.name.lower(), in_minor=shown(came), out_minor=shown(went))
            for code, (came, went) in sorted(found.sums.items())
            if came or went
        ],
    )


def _entry(entry: Entry, names: dict[LedgerId, str]) -> wire.EntryAnswer:
    other = entry.other
    named = other if other is not None and other.id in names else None
    return wire.EntryAnswer(
        seq=entry.transfer.seq,
        id=entry.transfer.id.hex(),
        at_ms=entry.transfer.at_ms,
        code=entry.transfer.code.name.lower(),
        amount_minor=shown(entry.amount),
        original_minor=shown(entry.original),
        state="posted" if entry.resolution is None else entry.resolution.value,
        other=None if named is None else wire.OtherAnswer(account_id=named.owner, name=names[named.id]),
        group_id=entry.transfer.group_id.hex(),
    )


def routes(purses: Purses) -> Router:
    """All of the purses' HTTP."""
    return Router("/", route_handlers=[bill], dependencies={"purses": Provide(lambda: purses, sync_to_thread=False)})
