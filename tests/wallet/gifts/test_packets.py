"""Red packets through the front door, on both engines [GF3]-[GF8]."""

import asyncio
import secrets

import pytest
from tests.accounts.world import Member
from tests.wallet.stage import AT_FIRST, YUAN, Stage, new_act

from hongyan.accounts.model import InvitationKind
from hongyan.wallet.gifts import rules
from hongyan.wallet.gifts.model import GIFT_LIFETIME_MS, Packet, PacketKind, PacketView
from hongyan.wallet.gifts.packets import ACTION, PAYEE, Sending
from hongyan.wallet.ledger import TransferId
from hongyan.wallet.refusals import Refusal, Refused

SECRET = secrets.token_bytes(32)


async def sending(
    stage: Stage,
    sender: Member,
    total: int,
    shares: int,
    kind: PacketKind = PacketKind.LUCKY,
    id: TransferId | None = None,
) -> Sending:
    id = id or new_act()
    approval = await stage.approved(sender, ACTION, id, total, PAYEE)
    return Sending(id, kind, total, shares, rules.hash_of_secret(SECRET), approval)


async def sent(stage: Stage, sender: Member, total: int, shares: int, kind: PacketKind = PacketKind.LUCKY) -> Packet:
    packet = await stage.wallet.packets.send(sender.id, await sending(stage, sender, total, shares, kind))
    assert isinstance(packet, Packet), packet
    return packet


async def opened(stage: Stage, who: Member, packet: Packet) -> PacketView:
    view = await stage.wallet.packets.open(who.id, packet.id, SECRET)
    assert isinstance(view, PacketView), view
    return view


async def test_a_packet_is_shared_whole_and_each_takes_one_share(stage: Stage) -> None:
    packet = await sent(stage, stage.lan, 10 * YUAN, 3)
    assert (await stage.balances())[0] == AT_FIRST - 10 * YUAN
    for who in (stage.mei, stage.bo, stage.lan, stage.mei, stage.grandma):
        view = await opened(stage, who, packet)
        assert (view.mine is None) is (who is stage.grandma)
    view = await opened(stage, stage.grandma, packet)
    assert view.packet.ended_at_ms is not None
    assert [share.taker for share in view.shares] == [stage.mei.id, stage.bo.id, stage.lan.id]
    amounts = [share.amount for share in view.shares]
    assert sum(amounts) == 10 * YUAN
    assert rules.commitment(packet.id, view.packet.salt, amounts) == packet.commitment
    assert await stage.is_whole()


async def test_shares_that_nobody_took_are_not_told_while_it_is_open(stage: Stage) -> None:
    packet = await sent(stage, stage.lan, 10 * YUAN, 3)
    assert len((await opened(stage, stage.mei, packet)).shares) == 1


async def test_the_same_packet_twice_is_one(stage: Stage) -> None:
    wanted = await sending(stage, stage.lan, 5 * YUAN, 2)
    first, again = [await stage.wallet.packets.send(stage.lan.id, wanted) for _ in range(2)]
    assert isinstance(first, Packet) and isinstance(again, Packet) and first.commitment == again.commitment
    other = await sending(stage, stage.lan, 6 * YUAN, 2, id=wanted.id)
    assert await stage.wallet.packets.send(stage.lan.id, other) == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    assert (await stage.balances())[0] == AT_FIRST - 5 * YUAN


@pytest.mark.parametrize(("total", "shares"), [(0, 1), (2, 3), (10 * YUAN, 501), (401 * YUAN, 2)])
async def test_what_is_no_packet_is_refused(stage: Stage, total: int, shares: int) -> None:
    refused = await stage.wallet.packets.send(stage.lan.id, await sending(stage, stage.lan, total, shares))
    assert refused == Refused(Refusal.AMOUNT_INVALID)


async def test_an_approval_of_another_sum_is_good_for_nothing(stage: Stage) -> None:
    id = new_act()
    approval = await stage.approved(stage.lan, ACTION, id, YUAN, PAYEE)
    wanted = Sending(id, PacketKind.LUCKY, 100 * YUAN, 2, rules.hash_of_secret(SECRET), approval)
    assert await stage.wallet.packets.send(stage.lan.id, wanted) == Refused(Refusal.APPROVAL_UNKNOWN)
    assert (await stage.balances())[0] == AT_FIRST


async def test_nobody_without_the_card_sees_or_opens_it(stage: Stage) -> None:
    packet = await sent(stage, stage.lan, YUAN, 1)
    for ask in (stage.wallet.packets.look, stage.wallet.packets.open):
        assert await ask(stage.mei.id, packet.id, bytes(32)) == Refused(Refusal.ACT_UNKNOWN)


async def test_its_sender_cannot_open_what_is_for_one_other(stage: Stage) -> None:
    packet = await sent(stage, stage.lan, YUAN, 1, PacketKind.ONE)
    assert (await opened(stage, stage.lan, packet)).mine is None
    assert (await opened(stage, stage.mei, packet)).mine is not None


async def test_the_rest_goes_back_once_after_a_day_whatever_the_clock_does(stage: Stage) -> None:
    packet = await sent(stage, stage.lan, 10 * YUAN, 4)
    mine = (await opened(stage, stage.mei, packet)).mine
    assert mine is not None
    stage.clock.advance(GIFT_LIFETIME_MS / 1000)
    assert (await opened(stage, stage.bo, packet)).mine is None
    await stage.wallet.packets.return_expired()
    stage.clock.advance(-3_600)
    for _ in range(2):
        await stage.wallet.packets.return_expired()
    assert (await stage.balances())[:3] == [AT_FIRST - mine.amount, AT_FIRST + mine.amount, AT_FIRST]
    assert (await opened(stage, stage.bo, packet)).mine is None
    assert await stage.is_whole()


async def test_five_hundred_who_open_at_once_get_a_hundred_shares(stage: Stage) -> None:
    crowd = []
    for part in range(25):
        invitation = await stage.invitation(stage.lan, InvitationKind.MEMBER, uses_max=20)
        stage.clock.advance(3_600)
        crowd += [await stage.join(invitation, f"neighbour{part}_{n}") for n in range(20)]
    packet = await sent(stage, stage.lan, 100 * YUAN, 100)
    tapped_twice = crowd[::10]
    views = await asyncio.gather(*[opened(stage, who, packet) for who in [*crowd, *tapped_twice]])
    winners = {view.mine.taker for view in views if view.mine is not None}
    view = await opened(stage, stage.bo, packet)
    assert len(winners) == 100 == len({share.taker for share in view.shares})
    assert sum(share.amount for share in view.shares) == 100 * YUAN
    mine = {who.id: view.mine for who, view in zip([*crowd, *tapped_twice], views, strict=True)}
    assert all(mine[share.taker] == share for share in view.shares if share.taker is not None)


async def test_a_share_that_a_frozen_purse_may_not_take_is_the_next_ones(stage: Stage) -> None:
    packet = await sent(stage, stage.lan, 10 * YUAN, 2)
    await stage.wallet.treasury.freeze(stage.lan.id, stage.mei.id, "她丢了手机", frozen=True)
    asked = [stage.wallet.packets.open(who.id, packet.id, SECRET) for who in (stage.mei, stage.bo, stage.grandma)]
    mei, bo, grandma = await asyncio.gather(*asked)
    assert mei == Refused(Refusal.FROZEN)
    assert isinstance(bo, PacketView) and isinstance(grandma, PacketView)
    assert bo.mine is not None and grandma.mine is not None
    assert {bo.mine.place, grandma.mine.place} == {0, 1}
    assert await stage.is_whole()
