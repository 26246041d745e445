"""What a shop's program is told, and what it may do [SH8] [SH9]."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.wallet.stage import AT_FIRST, YUAN, Stage, new_act

from hongyan.foundation.outside import Answer, Outcome, Outside
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops.merchant import Prepaid
from hongyan.wallet.shops.model import NoticeState, OrderKind, OrderSeen, OrderState, ShopRefund, Wanted

URL = "https://noodles.example/paid"
SCHEDULE_S = [15, 15, 30, 180, 1_800, 1_800, 1_800, 1_800, 3_600]
NOODLES = 18 * YUAN


@dataclass
class Shop:
    """grandma's, with a program; mei is hungry."""

    stage: Stage
    id: bytes
    secret: str

    async def order(self, wanted: Wanted) -> Prepaid:
        made = await self.stage.wallet.merchant.order(self.id, wanted)
        assert isinstance(made, Prepaid), made
        return made

    async def pay(self, prepaid: Prepaid) -> None:
        order, payee = prepaid.order, f"shop:{self.id.hex()}"
        token = await self.stage.approved(self.stage.mei, "order", order.id, order.amount, payee)
        paid = await self.stage.wallet.orders.pay(self.stage.mei.id, order.id, approval=token)
        assert isinstance(paid, OrderSeen) and paid.order.state is OrderState.PAID

    async def refund(self, number: str, amount: int, *, order: str = "1") -> ShopRefund | Refused:
        return await self.stage.wallet.merchant.refund(self.id, order, number, amount=amount, reason="卖完了")

    async def notices(self) -> list[NoticeState]:
        found = await self.stage.wallet.webhooks.look(self.stage.grandma.id, self.id)
        assert not isinstance(found, Refused)
        return [one.state for one in found[1]]


@pytest.fixture
async def shop(stage: Stage) -> AsyncIterator[Shop]:
    id = new_act()
    assert await stage.wallet.shops.open(stage.grandma.id, id, "外婆面馆") is None
    secret = await stage.wallet.webhooks.put(stage.grandma.id, id, URL)
    assert isinstance(secret, str)
    yield Shop(stage, id, secret)


def noodles(number: str = "1", **more: Any) -> Wanted:
    return Wanted(number, NOODLES, "牛肉面", OrderKind.NATIVE, **more)


def is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As the description of Standard Webhooks says, written apart from the server's."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{mac}"


async def test_a_payment_is_told_once_signed_and_with_what_the_shop_attached(shop: Shop) -> None:
    stage = shop.stage
    prepaid = await shop.order(noodles(attach="table 7"))
    assert prepaid.code == f"https://yan.example/b#{shop.id.hex()}.{prepaid.order.id.hex()}"
    assert await stage.wallet.webhooks.send_due() == 0, "nobody has paid"
    await shop.pay(prepaid)
    assert await stage.wallet.webhooks.send_due() == 1
    [(url, headers, body)] = stage.program.told
    told = json.loads(body)
    assert url == URL and is_genuine(shop.secret, headers, body)
    assert told["type"] == "order.paid" and told["id"] == headers["webhook-id"]
    assert told["data"]["out_trade_no"] == "1" and told["data"]["attach"] == "table 7"
    assert told["data"]["amount_minor"] == str(NOODLES)
    assert told["data"]["customer"] == told["data"]["payer"] == stage.mei.id
    assert await stage.wallet.webhooks.send_due() == 0
    assert await shop.notices() == [NoticeState.TAKEN]


async def test_a_notice_that_is_not_taken_goes_again_on_schedule_and_then_no_more(shop: Shop) -> None:
    stage = shop.stage
    stage.program.failures = [Outcome.UNREACHABLE] * 10
    await shop.pay(await shop.order(noodles()))
    assert await stage.wallet.webhooks.send_due() == 1
    for wait_s in SCHEDULE_S:
        stage.clock.advance(wait_s - 1)
        assert await stage.wallet.webhooks.send_due() == 0, wait_s
        stage.clock.advance(1)
        assert await stage.wallet.webhooks.send_due() == 1, wait_s
    assert await shop.notices() == [NoticeState.GIVEN_UP]
    stage.clock.advance(86_400)
    assert await stage.wallet.webhooks.send_due() == 0
    ids = {headers["webhook-id"] for _, headers, _ in stage.program.told}
    assert len(stage.program.told) == 10 and len(ids) == 1, "the program can tell a repeat"
    assert all(is_genuine(shop.secret, headers, body) for _, headers, body in stage.program.told)


async def test_a_sender_that_died_leaves_the_notice_to_the_next_and_two_send_it_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = shop.stage
    await shop.pay(await shop.order(noodles()))
    stage.program.failures = [Outcome.BUSY]
    tried = await asyncio.gather(stage.wallet.webhooks.send_due(), stage.wallet.webhooks.send_due())
    assert sorted(tried) == [0, 1]

    async def dies(_url: str, _headers: dict[str, str], _body: bytes) -> Answer:
        raise asyncio.CancelledError

    stage.clock.advance(15)
    with monkeypatch.context() as patched:
        patched.setattr(stage.program, "post", dies)
        with pytest.raises(asyncio.CancelledError):
            await stage.wallet.webhooks.send_due()
    assert await stage.wallet.webhooks.send_due() == 0, "leased"
    stage.clock.advance(30)
    assert await stage.wallet.webhooks.send_due() == 1
    assert await shop.notices() == [NoticeState.TAKEN]


async def test_a_refund_by_the_shops_number_is_one_refund_and_is_told(shop: Shop) -> None:
    stage = shop.stage
    await shop.pay(await shop.order(noodles()))
    assert await shop.refund("r1", NOODLES + 1) == Refused(Refusal.REFUND_TOO_LARGE)
    first = await shop.refund("r1", 5 * YUAN)
    assert isinstance(first, ShopRefund) and first.out_refund_no == "r1"
    assert await shop.refund("r1", 5 * YUAN) == first
    assert await shop.refund("r1", 6 * YUAN) == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    assert await shop.refund("r2", NOODLES) == Refused(Refusal.REFUND_TOO_LARGE)
    assert await stage.wallet.merchant.query_refund(shop.id, "r1") == first
    assert await stage.wallet.merchant.query_refund(shop.id, "r2") == Refused(Refusal.ACT_UNKNOWN)
    assert await stage.wallet.webhooks.send_due() == 2
    refund = next(json.loads(body) for _, _, body in stage.program.told if b"order.refunded" in body)
    assert refund["data"]["refund"]["out_refund_no"] == "r1" and refund["data"]["refunded_minor"] == str(5 * YUAN)
    assert (await stage.purse(stage.mei)).balance == AT_FIRST - NOODLES + 5 * YUAN
    assert await stage.is_whole()


async def test_an_order_is_one_by_its_number_and_only_its_shops(shop: Shop) -> None:
    stage, merchant = shop.stage, shop.stage.wallet.merchant
    prepaid = await shop.order(noodles())
    assert await merchant.order(shop.id, noodles()) == prepaid
    assert await merchant.order(shop.id, noodles(attach="other")) == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    other = new_act()
    assert await stage.wallet.shops.open(stage.bo.id, other, "小波水果") is None
    assert await merchant.query(other, out_trade_no="1") == Refused(Refusal.ACT_UNKNOWN)
    assert await merchant.query(other, id=prepaid.order.id) == Refused(Refusal.ACT_UNKNOWN)
    assert await merchant.close(other, "1") == Refused(Refusal.ACT_UNKNOWN)
    found = await merchant.query(shop.id, id=prepaid.order.id)
    assert isinstance(found, OrderSeen) and found == await merchant.query(shop.id, out_trade_no="1")
    assert await merchant.close(shop.id, "1") is None
    assert await merchant.close(shop.id, "1") is None
    token = await stage.approved(stage.mei, "order", prepaid.order.id, NOODLES, f"shop:{shop.id.hex()}")
    assert await stage.wallet.orders.pay(stage.mei.id, prepaid.order.id, approval=token) == Refused(Refusal.ENDED)


async def test_an_order_for_one_person_is_paid_by_no_other(shop: Shop) -> None:
    stage = shop.stage
    wanted = Wanted("1", NOODLES, "牛肉面", OrderKind.JSAPI, for_id=stage.bo.id)
    prepaid = await shop.order(wanted)
    token = await stage.approved(stage.mei, "order", prepaid.order.id, NOODLES, f"shop:{shop.id.hex()}")
    paid = await stage.wallet.orders.pay(stage.mei.id, prepaid.order.id, approval=token)
    assert paid == Refused(Refusal.NOT_YOURS)


async def test_an_orders_own_address_is_told_in_the_place_of_the_shops(shop: Shop) -> None:
    refused = await shop.stage.wallet.merchant.order(shop.id, noodles(notify_url="http://127.0.0.1/"))
    assert refused == Refused(Refusal.WEBHOOK_UNUSABLE)
    await shop.pay(await shop.order(noodles(notify_url="https://other.example/")))
    assert await shop.stage.wallet.webhooks.send_due() == 1
    assert [url for url, _, _ in shop.stage.program.told] == ["https://other.example/"]


async def test_only_the_owner_names_the_address_and_a_new_one_has_a_new_secret(shop: Shop) -> None:
    stage, webhooks = shop.stage, shop.stage.wallet.webhooks
    assert await stage.wallet.shops.hire(stage.grandma.id, shop.id, stage.bo.id) is None
    for who in (stage.bo, stage.mei):
        assert await webhooks.put(who.id, shop.id, URL) == Refused(Refusal.NOT_YOURS)
        assert await webhooks.look(who.id, shop.id) == Refused(Refusal.NOT_YOURS)
        assert await webhooks.try_out(who.id, shop.id) == Refused(Refusal.NOT_YOURS)
        assert await webhooks.remove(who.id, shop.id) == Refused(Refusal.NOT_YOURS)
    assert await webhooks.put(stage.grandma.id, shop.id, "http://inner/") == Refused(Refusal.WEBHOOK_UNUSABLE)
    assert await webhooks.try_out(stage.grandma.id, shop.id) is None
    secret = await webhooks.put(stage.grandma.id, shop.id, URL)
    assert isinstance(secret, str) and secret != shop.secret
    assert await webhooks.send_due() == 1
    [(_, headers, body)] = stage.program.told
    assert is_genuine(secret, headers, body) and not is_genuine(shop.secret, headers, body)
    await shop.pay(await shop.order(noodles()))
    assert await webhooks.remove(stage.grandma.id, shop.id) is None
    assert await webhooks.send_due() == 0, "nobody is told any more"


async def test_what_waits_goes_to_the_new_address_and_nowhere_once_the_owner_left(shop: Shop) -> None:
    stage, webhooks = shop.stage, shop.stage.wallet.webhooks
    stage.program.failures = [Outcome.UNREACHABLE]
    await shop.pay(await shop.order(noodles()))
    assert await webhooks.send_due() == 1
    assert isinstance(await webhooks.put(stage.grandma.id, shop.id, "https://new.example/"), str)
    stage.clock.advance(15)
    assert await webhooks.send_due() == 1
    assert [url for url, _, _ in stage.program.told] == [URL, "https://new.example/"]
    await shop.pay(await shop.order(noodles("2")))
    assert await stage.accounts.erase(stage.grandma.id, stage.grandma.name) is None
    assert await webhooks.send_due() == 0
    assert await stage.rows("shop_webhook") == 0


async def test_a_failure_of_our_own_does_not_end_the_telling(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, webhooks = shop.stage, shop.stage.wallet.webhooks
    real, failed = webhooks.send_due, asyncio.Event()

    async def fails_once() -> int:
        if failed.is_set():
            return await real()
        failed.set()
        raise RuntimeError

    monkeypatch.setattr(webhooks, "send_due", fails_once)
    await shop.pay(await shop.order(noodles()))
    webhooks.start()
    await failed.wait()
    async with asyncio.timeout(30):
        while await shop.notices() != [NoticeState.TAKEN]:
            webhooks.wake()
            await asyncio.sleep(0.01)
    await stage.wallet.stop()


async def test_a_program_on_a_real_connection_is_told_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, told = shop.stage, asyncio.Queue[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        told.put_nowait(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    outside = Outside(frozenset({f"127.0.0.1:{port}"}))

    async def there(_url: str, headers: dict[str, str], body: bytes) -> Answer:
        return await outside.post(f"http://127.0.0.1:{port}/paid", headers, body)

    monkeypatch.setattr(stage.program, "post", there)
    stage.wallet.webhooks.start()
    await shop.pay(await shop.order(noodles()))
    async with asyncio.timeout(30):
        request = await told.get()
        while await shop.notices() != [NoticeState.TAKEN]:
            await asyncio.sleep(0.01)
    assert b"order.paid" in request and b"webhook-signature: v1," in request
    await stage.wallet.stop()
    await outside.close()
    server.close()
