"""Stripe, by its own SDK: she pays on Stripe's page (Checkout), and no card number ever comes here."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hongyan.wallet.rails.model import Begun, Charge, Progress, RailEvent, RailUnavailable, Told

T = TypeVar("T")

TIMEOUT_S = 15
RETRIES = 2
EVENT_TOLERANCE_S = 300
# Checkout's own words for what may have become of a session.
_EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
    }
)
# ISO 4217 with another number of decimals than two, of those that Stripe takes.
_WITHOUT_DECIMALS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf")
)
_THREE_DECIMALS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))


class _Object(msgspec.Struct, frozen=True):
    id: str = ""


class _Data(msgspec.Struct, frozen=True):
    object: _Object


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    data: _Data


class KeysUnusable(Exception):
    """The file of Stripe's keys cannot be read, or is not what it should be."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def stripe_in(keys_file: Path, currency: str, address: str) -> "StripeRail":
    """The rail whose keys are in a file. Raises KeysUnusable."""
    try:
        lines = keys_file.read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysUnusable(keys_file, str(error)) from error
    if len(lines) != 2 or not lines[0].startswith(("sk_", "rk_")) or not lines[1].startswith("whsec_"):
        raise KeysUnusable(keys_file, "sk_… and whsec_…")
    return StripeRail(lines[0], lines[1], currency, address)


class StripeRail:
    name = "stripe"

    def __init__(self, key: str, webhook_secret: str, currency: str, address: str) -> None:
        import stripe

        stripe.enable_telemetry = False
        self.currency = currency
        self.exponent = 0 if currency in _WITHOUT_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
        self._webhook_secret = webhook_secret
        self._stripe = stripe
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": address},
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
        )

    async def begin(self, charge: Charge, *, back_url: str) -> Begun:
        reference = charge.id.hex()
        params: Any = {
            "mode": "payment",
            "client_reference_id": reference,
            "success_url": back_url,
            "cancel_url": back_url,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": charge.currency,
                        "unit_amount": charge.amount,
                        "product_data": {"name": "Hongyan 鸿雁"},
                    },
                }
            ],
        }
        session = await self._ask(
            lambda: self._client.v1.checkout.sessions.create(params, {"idempotency_key": reference})
        )
        return Begun(session.id, session.url or "")

    async def ask(self, ext_id: str) -> Told:
        session = await self._ask(lambda: self._client.v1.checkout.sessions.retrieve(ext_id))
        progress = Progress.OPEN
        if session.payment_status == "paid":
            progress = Progress.PAID
        elif session.status == "expired":
            progress = Progress.ENDED
        return Told(
            session.client_reference_id or "",
            progress,
            session.amount_total or 0,
            (session.currency or "").lower(),
        )

    async def cancel(self, ext_id: str) -> None:
        def expire() -> None:
            try:
                self._client.v1.checkout.sessions.expire(ext_id)
            except self._stripe.InvalidRequestError:  # It is not open any more.
                return

        await self._ask(expire)

    def read(self, headers: dict[str, str], body: bytes) -> RailEvent | None:
        try:
            self._stripe.WebhookSignature.verify_header(
                body.decode(), headers.get("stripe-signature", ""), self._webhook_secret, EVENT_TOLERANCE_S
            )
            event = msgspec.json.decode(body, type=_Event)
        except (UnicodeDecodeError, msgspec.DecodeError, self._stripe.SignatureVerificationError):
            return None
        return RailEvent(event.id, event.type, event.data.object.id if event.type in _EVENTS else "")

    async def _ask(self, call: Callable[[], T]) -> T:
        """The SDK waits for answers in a thread."""
        try:
            return await asyncio.to_thread(call)
        except self._stripe.StripeError as error:
            raise RailUnavailable from error
