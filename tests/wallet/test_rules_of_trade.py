"""What the rules of rails, shops and the treasury decide, at their edges."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from hongyan.wallet.ledger import AMOUNT_MAX
from hongyan.wallet.rails import rules as rails
from hongyan.wallet.rails.model import CHARGE_LIFETIME_MS, Charge, ChargeState, Progress, Told
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops import rules as shops
from hongyan.wallet.shops.model import OrderKind, OrderState, ShopOrder, Wanted
from hongyan.wallet.treasury import rules as treasury
from hongyan.wallet.treasury.model import PROPOSAL_LIFETIME_MS, ActKind, ActState, Rules, TreasuryAct

NOW = int(datetime(2026, 3, 15, 12, tzinfo=UTC).timestamp()) * 1000
ID, SALT = bytes(range(16)), bytes(range(32))
LAN, MEI = 7, 8


CHARGE = Charge(ID, LAN, "stripe", "cs_1", 5_000, "usd", ChargeState.WAITING, "", NOW, 0, 0)
TOLD = Told(ID.hex(), Progress.PAID, 5_000, "usd")


@pytest.mark.parametrize(
    ("told", "later_ms", "judged"),
    [
        (TOLD, 0, (ChargeState.PAID, "")),
        (TOLD, CHARGE_LIFETIME_MS, (ChargeState.PAID, "")),
        (replace(TOLD, reference="ff"), 0, (ChargeState.ODD, "reference")),
        (replace(TOLD, currency="cny"), 0, (ChargeState.ODD, "currency cny")),
        (replace(TOLD, amount=4_999), 0, (ChargeState.ODD, "amount 4999")),
        (replace(TOLD, progress=Progress.OPEN), CHARGE_LIFETIME_MS - 1, (ChargeState.WAITING, "")),
        (replace(TOLD, progress=Progress.OPEN), CHARGE_LIFETIME_MS, (ChargeState.ENDED, "")),
        (replace(TOLD, progress=Progress.ENDED), 0, (ChargeState.ENDED, "")),
    ],
)
def test_what_becomes_of_a_charge(told: Told, later_ms: int, judged: tuple[ChargeState, str]) -> None:
    assert rails.judge(CHARGE, told, now_ms=NOW + later_ms) == judged


ORDER = ShopOrder(ID, SALT[:16], "no-1", 500, "面", OrderState.OPEN, 0, NOW, NOW + 1_000, 0, 0)
PAID = msgspec.structs.replace(ORDER, state=OrderState.PAID, payer_id=LAN, paid_at_ms=NOW)


@pytest.mark.parametrize(
    ("order", "payer", "by", "later_ms", "refusal"),
    [
        (None, LAN, LAN, 0, Refusal.ACT_UNKNOWN),
        (ORDER, LAN, LAN, 0, None),
        (ORDER, LAN, LAN, 999, None),
        (ORDER, LAN, LAN, 1_000, Refusal.ENDED),
        (PAID, LAN, LAN, 5_000, None),
        (PAID, MEI, MEI, 0, Refusal.ENDED),
        (PAID, LAN, MEI, 0, Refusal.ENDED),
        (msgspec.structs.replace(PAID, card_user_id=MEI), LAN, MEI, 0, None),
        (msgspec.structs.replace(PAID, card_user_id=MEI), LAN, LAN, 0, Refusal.ENDED),
        (msgspec.structs.replace(PAID, card_user_id=MEI), MEI, MEI, 0, Refusal.ENDED),
        (msgspec.structs.replace(ORDER, payer_id=LAN, state=OrderState.CLOSED), LAN, LAN, 0, Refusal.ENDED),
        (msgspec.structs.replace(ORDER, for_id=MEI), LAN, LAN, 0, Refusal.NOT_YOURS),
        (msgspec.structs.replace(ORDER, for_id=MEI), LAN, MEI, 0, None),
        (msgspec.structs.replace(PAID, for_id=MEI), MEI, LAN, 0, Refusal.NOT_YOURS),
    ],
)
def test_who_may_pay_an_order(
    order: ShopOrder | None, payer: int, by: int, later_ms: int, refusal: Refusal | None
) -> None:
    found = shops.paying(order, payer, by=by, now_ms=NOW + later_ms)
    assert found == (None if refusal is None else Refused(refusal))


def test_what_is_paid_is_not_closed() -> None:
    assert shops.closing(None) == Refused(Refusal.ACT_UNKNOWN)
    assert shops.closing(ORDER) is None
    assert shops.closing(PAID) == Refused(Refusal.ENDED)


@pytest.mark.parametrize(
    ("order", "amount", "refusal"),
    [
        (None, 1, Refusal.ACT_UNKNOWN),
        (PAID, 0, Refusal.AMOUNT_INVALID),
        (PAID, AMOUNT_MAX + 1, Refusal.AMOUNT_INVALID),
        (PAID, AMOUNT_MAX, Refusal.REFUND_TOO_LARGE),
        (ORDER, 1, Refusal.ENDED),
        (PAID, 1, None),
        (PAID, 500, None),
        (PAID, 501, Refusal.REFUND_TOO_LARGE),
        (msgspec.structs.replace(PAID, refunded=200), 300, None),
        (msgspec.structs.replace(PAID, refunded=200), 301, Refusal.REFUND_TOO_LARGE),
    ],
)
def test_how_much_of_an_order_goes_back(order: ShopOrder | None, amount: int, refusal: Refusal | None) -> None:
    assert shops.refunding(order, amount) == (None if refusal is None else Refused(refusal))


def test_a_shop_that_asks_again_asks_for_the_same() -> None:
    wanted = Wanted("no-1", 500, "面")
    assert shops.is_same(ORDER, wanted)
    others: list[dict[str, object]] = [
        {"amount": 501},
        {"description": "饭"},
        {"kind": OrderKind.JSAPI},
        {"for_id": MEI},
        {"attach": "x"},
        {"notify_url": "https://shop.example"},
    ]
    assert not any(shops.is_same(ORDER, replace(wanted, **other)) for other in others)  # type: ignore[arg-type]


def test_notices_are_tried_again_as_wechat_pay_does_and_signed_as_standard_webhooks_are() -> None:
    waits = [shops.due_after_ms(attempts) for attempts in range(1, 11)]
    assert waits == [15_000, 15_000, 30_000, 180_000, *[1_800_000] * 4, 3_600_000, None]
    assert shops.signature(SALT, "msg_1", 1_774_000_000, b"{}") == "v1,RerUD2GKWFJNocc660TC+mMFeVZoHSzk8lNjuwxHCtk="
    assert shops.payee_of(ID, None) == f"shop:{ID.hex()}"
    assert shops.payee_of(ID, 3) == f"shop:{ID.hex()}:card:3"


@pytest.mark.parametrize(
    ("alone", "act", "day", "sound"),
    [
        (0, 0, 0, True),
        (1, 1, 1, True),
        (1, 2, 3, True),
        (2, 1, 3, False),
        (1, 3, 2, False),
        (-1, 2, 3, False),
        (1, 2, AMOUNT_MAX, True),
        (1, 2, AMOUNT_MAX + 1, False),
    ],
)
def test_which_caps_are_sound(alone: int, act: int, day: int, sound: bool) -> None:
    assert treasury.are_sound(Rules(act_max=act, day_max=day, alone_max=alone)) is sound


@pytest.mark.parametrize(
    ("kind", "amount", "made_today", "refusal"),
    [
        (ActKind.ISSUE, 0, 0, Refusal.AMOUNT_INVALID),
        (ActKind.ISSUE, 1, 0, None),
        (ActKind.ISSUE, 50, 0, None),
        (ActKind.ISSUE, 51, 0, Refusal.OVER_TREASURY_CAP),
        (ActKind.TOP_UP, 50, 50, None),
        (ActKind.TOP_UP, 50, 51, Refusal.OVER_TREASURY_CAP),
        (ActKind.PAY_OUT, 50, 100, None),
        (ActKind.PAY_OUT, 51, 0, Refusal.OVER_TREASURY_CAP),
    ],
)
def test_what_treasurers_make_stays_under_the_caps(
    kind: ActKind, amount: int, made_today: int, refusal: Refusal | None
) -> None:
    found = treasury.within(Rules(act_max=50, day_max=100, alone_max=10), kind, amount, made_today=made_today)
    assert found == (None if refusal is None else Refused(refusal))


def test_amounts_end_where_the_ledger_ends() -> None:
    rules = Rules(act_max=AMOUNT_MAX + 1, day_max=AMOUNT_MAX + 1, alone_max=0)
    assert treasury.within(rules, ActKind.ISSUE, AMOUNT_MAX, made_today=0) is None
    refused = treasury.within(rules, ActKind.ISSUE, AMOUNT_MAX + 1, made_today=0)
    assert refused == Refused(Refusal.AMOUNT_INVALID)


def test_large_sums_that_are_made_need_two() -> None:
    rules = Rules(act_max=50, day_max=100, alone_max=10)
    assert not treasury.needs_two(rules, ActKind.ISSUE, 10)
    assert treasury.needs_two(rules, ActKind.TOP_UP, 11)
    assert not treasury.needs_two(rules, ActKind.PAY_OUT, 11)


PROPOSED = TreasuryAct(1, ID, ActKind.ISSUE, LAN, MEI, 11, "过年", ActState.PROPOSED, 0, NOW, 0)


@pytest.mark.parametrize(
    ("act", "by", "later_ms", "refusal"),
    [
        (None, MEI, 0, Refusal.ACT_UNKNOWN),
        (PROPOSED, MEI, 0, None),
        (PROPOSED, LAN, 0, Refusal.NEEDS_ANOTHER_TREASURER),
        (PROPOSED, MEI, PROPOSAL_LIFETIME_MS - 1, None),
        (PROPOSED, MEI, PROPOSAL_LIFETIME_MS, Refusal.ENDED),
        (msgspec.structs.replace(PROPOSED, state=ActState.DONE), MEI, 0, Refusal.ENDED),
    ],
)
def test_another_treasurer_confirms_within_a_week(
    act: TreasuryAct | None, by: int, later_ms: int, refusal: Refusal | None
) -> None:
    found = treasury.confirming(act, by, now_ms=NOW + later_ms)
    assert found == (None if refusal is None else Refused(refusal))
