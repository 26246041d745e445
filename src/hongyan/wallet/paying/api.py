"""HTTP of paying."""

from litestar import Router, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import AccountId
from hongyan.wallet.paying import wire
from hongyan.wallet.paying.collections import Collections
from hongyan.wallet.paying.model import CollectionView, Part
from hongyan.wallet.paying.receiving import Receiving
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import act_id, act_in_path, minor, shown

TheReceiving = NamedDependency[Receiving]
TheCollections = NamedDependency[Collections]
TheCaller = NamedDependency[Caller]

_DEVICE = {"access": Access.DEVICE}


@get("/wallet/receive", opt=_DEVICE)
async def receive_code(caller: TheCaller, receiving: TheReceiving) -> wire.ReceiveAnswer:
    """What the caller's receive code says."""
    return wire.ReceiveAnswer(token=await receiving.token(caller.account_id, renew=False))


@put("/wallet/receive", opt=_DEVICE)
async def renew_receive_code(caller: TheCaller, receiving: TheReceiving) -> wire.ReceiveAnswer:
    """Let the code shown until now take no more money."""
    return wire.ReceiveAnswer(token=await receiving.token(caller.account_id, renew=True))


@post("/wallet/receive/look", opt=_DEVICE, status_code=200)
async def look_at_code(caller: TheCaller, data: JSONBody[wire.CodeBody], receiving: TheReceiving) -> wire.PayeeAnswer:
    """Who is paid by a code."""
    payee = allowed(await receiving.look(caller.account_id, AccountId(data.payee), data.token))
    return wire.PayeeAnswer(account_id=payee.account_id, name=payee.name)


@post("/wallet/receive/pay", opt=_DEVICE, status_code=200)
async def pay_code(caller: TheCaller, data: JSONBody[wire.PayCodeBody], receiving: TheReceiving) -> wire.PaidAnswer:
    """Pay whoever shows a code."""
    paid = allowed(
        await receiving.pay(
            caller.account_id,
            act_id(data.id),
            AccountId(data.payee),
            data.token,
            minor(data.amount_minor),
            data.approval,
        )
    )
    return wire.PaidAnswer(id=paid.id.hex(), amount_minor=shown(paid.amount), at_ms=paid.at_ms)


@post("/wallet/collections", opt=_DEVICE, status_code=200)
async def ask(
    caller: TheCaller, data: JSONBody[wire.CollectionBody], collections: TheCollections
) -> wire.CollectionAnswer:
    """Ask one person, or several who share a bill, for money."""
    parts = [Part(AccountId(part.account_id), minor(part.amount_minor)) for part in data.parts]
    return _answer(allowed(await collections.ask(caller.account_id, act_id(data.id), parts)))


@get("/wallet/collections/{collection_id:str}", opt=_DEVICE)
async def collection(
    caller: TheCaller, collection_id: FromPath[str], collections: TheCollections
) -> wire.CollectionAnswer:
    """Who has paid and who has not."""
    return _answer(allowed(await collections.look(caller.account_id, act_in_path(collection_id))))


@post("/wallet/collections/{collection_id:str}/pay", opt=_DEVICE, status_code=200)
async def pay_part(
    caller: TheCaller, collection_id: FromPath[str], data: JSONBody[wire.PayPartBody], collections: TheCollections
) -> wire.CollectionAnswer:
    """Pay the caller's part."""
    return _answer(allowed(await collections.pay(caller.account_id, act_in_path(collection_id), data.approval)))


@post("/wallet/collections/{collection_id:str}/close", opt=_DEVICE, status_code=200)
async def close_collection(
    caller: TheCaller, collection_id: FromPath[str], collections: TheCollections
) -> wire.CollectionAnswer:
    """Take no more payments."""
    return _answer(allowed(await collections.close(caller.account_id, act_in_path(collection_id))))


def _answer(view: CollectionView) -> wire.CollectionAnswer:
    one = view.collection
    names = {account_id: person.name for account_id, person in view.people.items()}
    return wire.CollectionAnswer(
        id=one.id.hex(),
        creator=one.creator,
        creator_name=names.get(one.creator, ""),
        made_at_ms=one.made_at_ms,
        closed_at_ms=one.closed_at_ms,
        parts=[
            wire.PartAnswer(
                account_id=part.account_id,
                name=names.get(part.account_id, ""),
                amount_minor=shown(part.amount),
                paid_at_ms=part.paid_at_ms,
            )
            for part in one.parts
        ],
    )


def routes(receiving: Receiving, collections: Collections) -> Router:
    """All of paying's HTTP."""
    return Router(
        "/",
        route_handlers=[
            receive_code,
            renew_receive_code,
            look_at_code,
            pay_code,
            ask,
            collection,
            pay_part,
            close_collection,
        ],
        dependencies={
            "receiving": Provide(lambda: receiving, sync_to_thread=False),
            "collections": Provide(lambda: collections, sync_to_thread=False),
        },
    )
