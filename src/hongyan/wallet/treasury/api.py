"""HTTP of the treasury."""

from typing import Annotated

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import ID_MAX, AccountId
from hongyan.wallet.assets import CODE, Asset
from hongyan.wallet.refusals import allowed
from hongyan.wallet.treasury import wire
from hongyan.wallet.treasury.model import PAGE, ActKind, Rules, TreasuryAct
from hongyan.wallet.treasury.service import Treasury
from hongyan.wallet.wire import act_id, act_in_path, minor, shown

TheTreasury = NamedDependency[Treasury]
TheCaller = NamedDependency[Caller]
Before = Annotated[int, QueryParameter(ge=1, le=ID_MAX)]

_DEVICE = {"access": Access.DEVICE}
_OWNER = {"access": Access.OWNER}


@post("/wallet/treasury/open", opt=_OWNER, status_code=204)
async def open_wallet(data: JSONBody[wire.OpenBody], treasury: TheTreasury) -> None:
    """Give the community its currency."""
    allowed(await treasury.open(Asset(CODE, data.name, data.symbol, data.exponent)))


@get("/wallet/treasury", opt=_DEVICE)
async def books(treasury: TheTreasury) -> wire.BooksAnswer:
    """What is issued, what people have, who may issue, and how much."""
    found = allowed(await treasury.books())
    return wire.BooksAnswer(
        issued_minor=shown(found.issued),
        held_minor=shown(found.held),
        rules=wire.RulesAnswer(
            act_max_minor=shown(found.rules.act_max),
            day_max_minor=shown(found.rules.day_max),
            alone_max_minor=shown(found.rules.alone_max),
        ),
        treasurers=[wire.TreasurerAnswer(account_id=id, name=name) for id, name in found.treasurers],
    )


@put("/wallet/treasury/rules", opt=_OWNER, status_code=204)
async def put_rules(caller: TheCaller, data: JSONBody[wire.RulesBody], treasury: TheTreasury) -> None:
    """Say how much treasurers may issue."""
    new = Rules(minor(data.act_max_minor), minor(data.day_max_minor), minor(data.alone_max_minor))
    allowed(await treasury.put_rules(caller.account_id, new))


@put("/wallet/treasury/treasurers/{account_id:int}", opt=_OWNER, status_code=204)
async def appoint(caller: TheCaller, account_id: FromPath[int], treasury: TheTreasury) -> None:
    """Make a member a treasurer."""
    allowed(await treasury.appoint(caller.account_id, AccountId(account_id)))


@delete("/wallet/treasury/treasurers/{account_id:int}", opt=_OWNER)
async def dismiss(caller: TheCaller, account_id: FromPath[int], treasury: TheTreasury) -> None:
    """Let somebody be a treasurer no more."""
    await treasury.dismiss(caller.account_id, AccountId(account_id))


@get("/wallet/treasury/acts", opt=_DEVICE)
async def acts(caller: TheCaller, treasury: TheTreasury, before: Before = ID_MAX) -> wire.ActsAnswer:
    """What treasurers did, newest first; who got it, only to treasurers and to her."""
    found, names, sees_all = await treasury.acts(caller.account_id, before_seq=before)
    shown_acts = [_act(one, names, sees_all or one.recipient_id == caller.account_id) for one in found]
    return wire.ActsAnswer(acts=shown_acts, more=len(found) == PAGE)


@post("/wallet/treasury/acts", opt=_DEVICE, status_code=200)
async def move(caller: TheCaller, data: JSONBody[wire.MoveBody], treasury: TheTreasury) -> wire.MovedAnswer:
    """Issue, top up against cash, or pay out."""
    outcome = await treasury.move(
        caller.account_id,
        ActKind[data.kind.upper()],
        AccountId(data.account_id),
        id=act_id(data.id),
        amount=minor(data.amount_minor),
        reason=data.reason,
        approval=data.approval,
    )
    return wire.MovedAnswer(state=allowed(outcome).name.lower())  # type: ignore[arg-type]  # the names are the literals


@post("/wallet/treasury/acts/{id:str}/confirm", opt=_DEVICE, status_code=200)
async def confirm(
    caller: TheCaller, id: FromPath[str], data: JSONBody[wire.ConfirmBody], treasury: TheTreasury
) -> wire.MovedAnswer:
    """Do what another treasurer proposed."""
    outcome = await treasury.confirm(caller.account_id, act_in_path(id), approval=data.approval)
    return wire.MovedAnswer(state=allowed(outcome).name.lower())  # type: ignore[arg-type]  # as above


@post("/wallet/treasury/acts/{id:str}/refuse", opt=_DEVICE, status_code=204)
async def turn_down(caller: TheCaller, id: FromPath[str], treasury: TheTreasury) -> None:
    """End a proposal."""
    allowed(await treasury.turn_down(caller.account_id, act_in_path(id)))


@get("/wallet/treasury/purses/{account_id:int}", opt=_DEVICE)
async def purse(caller: TheCaller, account_id: FromPath[int], treasury: TheTreasury) -> wire.PurseAnswer:
    """What a member has, for treasurers."""
    balance, frozen = allowed(await treasury.balance_of(caller.account_id, AccountId(account_id)))
    return wire.PurseAnswer(balance_minor=shown(balance), frozen=frozen)


@put("/wallet/treasury/purses/{account_id:int}/frozen", opt=_DEVICE, status_code=204)
async def freeze(
    caller: TheCaller, account_id: FromPath[int], data: JSONBody[wire.FreezeBody], treasury: TheTreasury
) -> None:
    """Let nothing move in somebody's purse, or let it again."""
    outcome = await treasury.freeze(caller.account_id, AccountId(account_id), data.reason, frozen=data.frozen)
    allowed(outcome)


def routes(treasury: Treasury) -> Router:
    """All of the treasury's HTTP."""
    return Router(
        "/",
        route_handlers=[
            open_wallet,
            books,
            put_rules,
            appoint,
            dismiss,
            acts,
            move,
            confirm,
            turn_down,
            purse,
            freeze,
        ],
        dependencies={"treasury": Provide(lambda: treasury, sync_to_thread=False)},
    )


def _act(act: TreasuryAct, names: dict[int, str], sees_recipient: bool) -> wire.ActAnswer:
    def person(id: int) -> wire.TreasurerAnswer | None:
        return wire.TreasurerAnswer(account_id=id, name=names[id]) if id in names else None

    return wire.ActAnswer(
        seq=act.seq,
        id=act.id.hex(),
        kind=act.kind.name.lower(),  # type: ignore[arg-type]  # the names are the literals
        state=act.state.name.lower(),  # type: ignore[arg-type]  # as above
        treasurer=person(act.treasurer_id),
        confirmer=person(act.confirmer_id),
        recipient=person(act.recipient_id) if sees_recipient else None,
        amount_minor=shown(act.amount),
        reason=act.reason,
        at_ms=act.at_ms,
        decided_at_ms=act.decided_at_ms or None,
    )
