"""HTTP of gifts."""

from typing import Literal

from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hongyan.foundation.http import Access, Caller
from hongyan.foundation.ids import AccountId
from hongyan.wallet.gifts import wire
from hongyan.wallet.gifts.model import PacketKind, PacketView, SentMoney
from hongyan.wallet.gifts.packets import Packets, Sending
from hongyan.wallet.gifts.transfers import Transfers
from hongyan.wallet.refusals import allowed
from hongyan.wallet.wire import act_id, act_in_path, minor, shown

ThePackets = NamedDependency[Packets]
TheTransfers = NamedDependency[Transfers]
TheCaller = NamedDependency[Caller]

_DEVICE = {"access": Access.DEVICE}


@post("/wallet/transfers", opt=_DEVICE, status_code=200)
async def send_transfer(
    caller: TheCaller, data: JSONBody[wire.TransferBody], transfers: TheTransfers
) -> wire.TransferAnswer:
    """Hold money for somebody here until she accepts it."""
    outcome = await transfers.send(
        caller.account_id, act_id(data.id), AccountId(data.payee), minor(data.amount_minor), data.approval
    )
    return _transfer(allowed(outcome))


@get("/wallet/transfers/{transfer_id:str}", opt=_DEVICE)
async def transfer(caller: TheCaller, transfer_id: FromPath[str], transfers: TheTransfers) -> wire.TransferAnswer:
    """How a transfer stands, for payer and payee."""
    return _transfer(allowed(await transfers.look(caller.account_id, act_in_path(transfer_id))))


@post("/wallet/transfers/{transfer_id:str}/accept", opt=_DEVICE, status_code=200)
async def accept_transfer(
    caller: TheCaller, transfer_id: FromPath[str], transfers: TheTransfers
) -> wire.TransferAnswer:
    """Take the money."""
    return _transfer(allowed(await transfers.answer(caller.account_id, act_in_path(transfer_id), accept=True)))


@post("/wallet/transfers/{transfer_id:str}/return", opt=_DEVICE, status_code=200)
async def return_transfer(
    caller: TheCaller, transfer_id: FromPath[str], transfers: TheTransfers
) -> wire.TransferAnswer:
    """Give the money back."""
    return _transfer(allowed(await transfers.answer(caller.account_id, act_in_path(transfer_id), accept=False)))


@post("/wallet/packets", opt=_DEVICE, status_code=200)
async def send_packet(caller: TheCaller, data: JSONBody[wire.PacketBody], packets: ThePackets) -> wire.SentAnswer:
    """Put money into a red packet; its shares are drawn now."""
    wanted = Sending(
        act_id(data.id),
        PacketKind[data.kind.upper()],
        minor(data.total_minor),
        data.shares,
        data.secret_hash,
        data.approval,
    )
    sent = allowed(await packets.send(caller.account_id, wanted))
    return wire.SentAnswer(commitment=sent.commitment, expires_at_ms=sent.expires_at_ms)


@post("/wallet/packets/{packet_id:str}/look", opt=_DEVICE, status_code=200)
async def look_at_packet(
    caller: TheCaller, packet_id: FromPath[str], data: JSONBody[wire.SecretBody], packets: ThePackets
) -> wire.PacketAnswer:
    """How a packet stands, for whoever has its card; opens nothing."""
    return _packet(allowed(await packets.look(caller.account_id, act_in_path(packet_id), data.secret)))


@post("/wallet/packets/{packet_id:str}/open", opt=_DEVICE, status_code=200)
async def open_packet(
    caller: TheCaller, packet_id: FromPath[str], data: JSONBody[wire.SecretBody], packets: ThePackets
) -> wire.PacketAnswer:
    """Take a share, if there is one and the caller has none."""
    return _packet(allowed(await packets.open(caller.account_id, act_in_path(packet_id), data.secret)))


def _transfer(sent: SentMoney) -> wire.TransferAnswer:
    return wire.TransferAnswer(
        id=sent.id.hex(),
        payer=sent.payer,
        payee=sent.payee,
        amount_minor=shown(sent.amount),
        state=sent.state.value,
        made_at_ms=sent.made_at_ms,
        expires_at_ms=sent.expires_at_ms,
        ended_at_ms=sent.ended_at_ms,
    )


def _packet(view: PacketView) -> wire.PacketAnswer:
    packet = view.packet
    names = {account_id: person.name for account_id, person in view.people.items()}
    has_ended = packet.ended_at_ms is not None
    state: Literal["open", "taken", "returned"] = "open"
    if has_ended:
        state = "taken" if packet.taken == packet.shares else "returned"
    return wire.PacketAnswer(
        id=packet.id.hex(),
        sender=packet.sender,
        sender_name=names.get(packet.sender, ""),
        kind=packet.kind.name.lower(),  # type: ignore[arg-type]  # the members are those words
        state=state,
        total_minor=shown(packet.total),
        shares=packet.shares,
        taken=packet.taken,
        mine_minor=None if view.mine is None else shown(view.mine.amount),
        made_at_ms=packet.made_at_ms,
        expires_at_ms=packet.expires_at_ms,
        ended_at_ms=packet.ended_at_ms,
        commitment=packet.commitment,
        salt=packet.salt if has_ended else None,
        known=[
            wire.ShareAnswer(
                place=share.place,
                amount_minor=shown(share.amount),
                taker=share.taker,
                name="" if share.taker is None else names.get(share.taker, ""),
                taken_at_ms=share.taken_at_ms,
            )
            for share in view.shares
        ],
    )


def routes(packets: Packets, transfers: Transfers) -> Router:
    """All of the gifts' HTTP."""
    return Router(
        "/",
        route_handlers=[
            send_transfer,
            transfer,
            accept_transfer,
            return_transfer,
            send_packet,
            look_at_packet,
            open_packet,
        ],
        dependencies={
            "packets": Provide(lambda: packets, sync_to_thread=False),
            "transfers": Provide(lambda: transfers, sync_to_thread=False),
        },
    )
