"""Telling a shop's own program of payments and refunds: at least once, signed, tried again for hours [SH8].

What is told is noted in the transaction of the money, so that no crash loses it. It is sent in the form of Standard
Webhooks; a notice is leased before it is sent, so that of several processes one sends it.
"""

import asyncio
import base64
import secrets
from dataclasses import dataclass

import msgspec
import structlog

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, StorageFull, StorageUnavailable, Tx
from hongyan.foundation.ids import AccountId
from hongyan.foundation.outside import Outcome, Outside
from hongyan.wallet import ledger
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops import rules, store, webhook_store
from hongyan.wallet.shops.model import NoticeKind, NoticeState, ShopNotice, ShopOrder, ShopWebhook
from hongyan.wallet.shops.service import shop_of

SECRET_BYTES = 32
SENT_AT_ONCE = 16
SHOWN = 20
KEPT_MS = 30 * 86_400_000
# Longer than the way out waits for an answer.
LEASE_MS = 30_000
LOOK_S = 15.0

_log = structlog.get_logger("webhooks")
_WORDS = {NoticeKind.PAID: "order.paid", NoticeKind.REFUNDED: "order.refunded", NoticeKind.TRIAL: "trial"}


def note(tx: Tx, kind: NoticeKind, order: ShopOrder, about: bytes, *, now_ms: int) -> None:
    """Have a shop's program told, in the transaction in which it happens; nothing if it named no address."""
    hook = webhook_store.webhook(tx, order.shop_id)
    if url := order.notify_url or (hook.url if hook else ""):
        _insert(tx, order.shop_id, url, kind, about, now_ms)


def have_secret(tx: Tx, shop_id: bytes, *, now_ms: int) -> None:
    """Have something to sign with for a shop whose orders name their own addresses."""
    if webhook_store.webhook(tx, shop_id) is None:
        webhook_store.put_webhook(tx, ShopWebhook(shop_id, "", secrets.token_bytes(SECRET_BYTES), now_ms))


def _insert(tx: Tx, shop_id: bytes, url: str, kind: NoticeKind, about: bytes, now_ms: int) -> None:
    id = secrets.token_bytes(ledger.ID_BYTES)
    webhook_store.insert_notice(
        tx, ShopNotice(id, shop_id, url, kind, about, NoticeState.WAITING, 0, now_ms, now_ms, None)
    )


@dataclass(frozen=True, slots=True)
class _Leased:
    notice: ShopNotice
    owner: AccountId
    secret: bytes
    body: bytes


class Webhooks:
    def __init__(self, db: Database, clock: Clock, notify: Notify, outside: Outside) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify
        self._outside = outside
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()

    async def put(self, owner: AccountId, shop_id: bytes, url: str) -> str | Refused:
        """Tell `url` from now on, also of what waits; returns the secret to sign with, a new one each time."""
        if not self._outside.may_call(url):
            return Refused(Refusal.WEBHOOK_UNUSABLE)
        secret, now_ms = secrets.token_bytes(SECRET_BYTES), self._clock.now_ms()

        def work(tx: Tx) -> str | Refused:
            shop = shop_of(tx, shop_id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            if (before := webhook_store.webhook(tx, shop_id)) is not None and before.url:
                webhook_store.redirect(tx, shop_id, before.url, url)
            webhook_store.put_webhook(tx, ShopWebhook(shop_id, url, secret, now_ms))
            return "whsec_" + base64.b64encode(secret).decode()

        return await self._db.write(work)

    async def remove(self, owner: AccountId, shop_id: bytes) -> Refused | None:
        """Tell nobody any more; a repeat is no error."""

        def work(tx: Tx) -> Refused | None:
            shop = shop_of(tx, shop_id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            webhook_store.erase_webhook(tx, shop_id)
            return None

        return await self._db.write(work)

    async def look(self, owner: AccountId, shop_id: bytes) -> tuple[str, list[ShopNotice]] | Refused:
        """The address, empty if there is none, and the newest notices."""

        def load(tx: Tx) -> tuple[str, list[ShopNotice]] | Refused:
            shop = shop_of(tx, shop_id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            hook = webhook_store.webhook(tx, shop_id)
            return hook.url if hook else "", webhook_store.newest(tx, shop_id, limit=SHOWN)

        return await self._db.read(load)

    async def try_out(self, owner: AccountId, shop_id: bytes) -> Refused | None:
        """Send a notice that tells of nothing."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            shop = shop_of(tx, shop_id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            hook = webhook_store.webhook(tx, shop_id)
            if hook is None or not hook.url:
                return Refused(Refusal.ACT_UNKNOWN)
            _insert(tx, shop_id, hook.url, NoticeKind.TRIAL, b"", now_ms)
            tx.after_commit(self._wake.set)
            return None

        return await self._db.write(work)

    def wake(self) -> None:
        """Look at once for what is due: something was noted."""
        self._wake.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="webhooks")

    async def stop(self) -> None:
        """What is not sent by now is sent after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def send_due(self) -> int:
        """Send what is due by the clock, at most SENT_AT_ONCE; how many were tried. `start` does this by itself."""
        now_ms = self._clock.now_ms()
        waiting = await self._db.read(lambda tx: webhook_store.next_due_ms(tx))
        if waiting is None or waiting > now_ms:
            return 0
        leased = await self._db.write(lambda tx: self._lease(tx, now_ms))
        await asyncio.gather(*(self._send(one) for one in leased))
        return len(leased)

    async def erase_old(self) -> None:
        before_ms = self._clock.now_ms() - KEPT_MS
        await self._db.write(lambda tx: webhook_store.erase_old(tx, before_ms=before_ms))

    async def _run(self) -> None:
        while True:
            try:
                if await self.send_due():
                    continue
                next_ms = await self._db.read(lambda tx: webhook_store.next_due_ms(tx))
                wait_s = LOOK_S if next_ms is None else max(0.1, (next_ms - self._clock.now_ms()) / 1000)
            except (StorageFull, StorageUnavailable) as error:
                _log.warning("webhooks_wait_for_storage", error=type(error).__name__)
                wait_s = LOOK_S
            except Exception as error:
                _log.error("webhooks_failed", error=type(error).__name__, exc_info=True)
                wait_s = LOOK_S
            await self._sleep(min(wait_s, LOOK_S))

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _lease(self, tx: Tx, now_ms: int) -> list[_Leased]:
        """Notices to be sent; what has nobody to go to, or tells of what is not there any more, ends."""
        leased = []
        for notice in webhook_store.due(tx, now_ms=now_ms, limit=SENT_AT_ONCE):
            shop, hook = store.shop(tx, notice.shop_id), webhook_store.webhook(tx, notice.shop_id)
            body = _body(tx, notice)
            if shop is None or hook is None or body is None:
                webhook_store.settle(tx, notice.id, NoticeState.GIVEN_UP, due_at_ms=now_ms, failure="gone")
                continue
            webhook_store.lease(tx, notice.id, until_ms=now_ms + LEASE_MS)
            leased.append(_Leased(notice, AccountId(shop.owner_id), hook.secret, body))
        return leased

    async def _send(self, one: _Leased) -> None:
        notice, body = one.notice, one.body
        id, at_s = notice.id.hex(), self._clock.now_ms() // 1000
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Hongyan",
            "webhook-id": id,
            "webhook-timestamp": str(at_s),
            "webhook-signature": rules.signature(one.secret, id, at_s, body),
        }
        outcome = (await self._outside.post(notice.url, headers, body)).outcome
        failure = None if outcome is Outcome.TAKEN else outcome.value
        now_ms, attempts = self._clock.now_ms(), notice.attempts + 1
        wait_ms = None if failure is None else rules.due_after_ms(attempts)
        state = NoticeState.TAKEN if failure is None else NoticeState.WAITING if wait_ms else NoticeState.GIVEN_UP

        def work(tx: Tx) -> None:
            webhook_store.settle(tx, notice.id, state, due_at_ms=now_ms + (wait_ms or 0), failure=failure)
            tx.after_commit(lambda: self._notify([one.owner], TOPIC))

        await self._db.write(work)


def _body(tx: Tx, notice: ShopNotice) -> bytes | None:
    """JSON as Standard Webhooks has it; None if what it is about is not there any more."""
    told: dict[str, object] = {"shop_id": notice.shop_id.hex()}
    refund = store.refund(tx, notice.about) if notice.kind is NoticeKind.REFUNDED else None
    order = store.order(tx, refund.order_id if refund else notice.about)
    if order is None and notice.kind is not NoticeKind.TRIAL:
        return None
    if order is not None:
        told |= {
            "order_id": order.id.hex(),
            "out_trade_no": order.out_trade_no,
            "amount_minor": str(order.amount),
            "refunded_minor": str(order.refunded),
            "attach": order.attach,
            "customer": order.customer_id,
            "payer": order.payer_id,
            "paid_at_ms": order.paid_at_ms,
        }
    if refund is not None:
        told["refund"] = {
            "id": refund.id.hex(),
            "out_refund_no": refund.out_refund_no,
            "amount_minor": str(refund.amount),
            "at_ms": refund.at_ms,
        }
    return msgspec.json.encode(
        {"id": notice.id.hex(), "type": _WORDS[notice.kind], "at_ms": notice.made_at_ms, "data": told}
    )
