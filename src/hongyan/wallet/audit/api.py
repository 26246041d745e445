"""HTTP of the books."""

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import ID_MAX
from hongyan.wallet.audit import wire
from hongyan.wallet.audit.model import Books, Checkpoint, Included, Proof
from hongyan.wallet.audit.service import Audit
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import act_id, shown

TheAudit = NamedDependency[Audit]
TheCaller = NamedDependency[Caller]
# The size of the checkpoint that the caller has.
Since = Annotated[int | None, QueryParameter(ge=1, le=ID_MAX)]
Which = Annotated[str, QueryParameter(pattern=r"^[0-9a-f]{32}$")]

_DEVICE = {"access": Access.DEVICE}


@get("/wallet/books", opt=_DEVICE)
async def books(audit: TheAudit, since: Since = None) -> wire.BooksAnswer:
    """The sums by kind of account, and the newest signature over all transfers."""
    return rendered(await audit.books(since=since))


@get("/wallet/books/proof", opt=_DEVICE)
async def proof(caller: TheCaller, audit: TheAudit, transfer: Which, since: Since = None) -> wire.ProofAnswer:
    """That a transfer of the caller's is in the signed books."""
    return rendered_proof(allowed(await audit.proof(caller.account_id, act_id(transfer), since=since)))


def rendered(found: Books) -> wire.BooksAnswer:
    return wire.BooksAnswer(
        transfers=found.transfers,
        totals=[
            wire.TotalAnswer(
                holder=one.holder.name.lower(),
                asset=one.asset,
                accounts=one.accounts,
                balance_minor=shown(one.balance),
                held_minor=shown(one.held),
            )
            for one in found.totals
        ],
        checkpoint=None if found.checkpoint is None else _checkpoint(found.checkpoint),
        consistency=_hex(found.consistency),
    )


def rendered_proof(found: Proof) -> wire.ProofAnswer:
    return wire.ProofAnswer(
        checkpoint=_checkpoint(found.checkpoint),
        consistency=_hex(found.consistency),
        transfers=[_included(one) for one in found.included],
    )


def routes(audit: Audit) -> Router:
    """All of the books' HTTP."""
    return Router(
        "/", route_handlers=[books, proof], dependencies={"audit": Provide(lambda: audit, sync_to_thread=False)}
    )


def _checkpoint(one: Checkpoint) -> wire.CheckpointAnswer:
    return wire.CheckpointAnswer(
        size=one.size, root=one.root.hex(), at_ms=one.at_ms, key=one.key.hex(), signature=one.signature.hex()
    )


def _included(one: Included) -> wire.IncludedAnswer:
    it = one.transfer
    return wire.IncludedAnswer(
        seq=it.seq,
        id=it.id.hex(),
        kind=int(it.kind),
        debit=it.debit.hex(),
        credit=it.credit.hex(),
        amount_minor=shown(it.amount),
        asset=it.asset,
        code=int(it.code),
        group_id=it.group_id.hex(),
        pending_id=None if it.pending_id is None else it.pending_id.hex(),
        expires_at_ms=it.expires_at_ms,
        at_ms=it.at_ms,
        before=one.before.hex(),
        hash=it.hash.hex(),
        path=[node.hex() for node in one.path],
    )


def _hex(path: tuple[bytes, ...] | None) -> list[str] | None:
    return None if path is None else [node.hex() for node in path]
