"""What the rules of each slice decide, at their edges; fixed answers where other programs count on the same bytes."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from hongyan.foundation.ids import AccountId
from hongyan.wallet.approvals import rules as approvals
from hongyan.wallet.gifts import rules as gifts
from hongyan.wallet.gifts.model import SHARE_AVERAGE_MAX, SHARES_MAX, PacketKind
from hongyan.wallet.ledger import AMOUNT_MAX
from hongyan.wallet.limits import rules as limits
from hongyan.wallet.limits.model import RAISE_WAIT_MS, Limit, Span
from hongyan.wallet.paycodes import rules as paycodes
from hongyan.wallet.paycodes.model import STEP_MS
from hongyan.wallet.purses import rules as purses
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


# --- approvals -------------------------------------------------------------------------------------------------


def test_an_approval_is_bound_to_each_of_its_parts() -> None:
    same = {"id": ID, "amount": 1_500, "asset": "YAN", "payee": "8"}
    one = approvals.digest_of("transfer", **same)  # type: ignore[arg-type]
    assert one.hex() == "821a45461dfc7ab5b2008c4a186b877206fda83f1486edbe7f06c32b0ca06047"
    others = [{**same, "id": SALT}, {**same, "amount": 1_501}, {**same, "asset": "USD"}, {**same, "payee": "7"}]
    digests = [approvals.digest_of("transfer", **other) for other in others]  # type: ignore[arg-type]
    assert len({one, approvals.digest_of("packet", **same), *digests}) == 6  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pin", "is_pin", "too_simple"),
    [
        ("246813", True, False),
        ("111111", True, True),
        ("012345", True, True),
        ("567890", True, True),
        ("987654", True, True),
        ("098765", True, True),
        ("12345", False, True),
        ("1234567", False, True),
        ("24681x", False, False),
    ],
)
def test_what_a_pin_is(pin: str, is_pin: bool, too_simple: bool) -> None:
    assert (approvals.is_pin(pin), approvals.is_too_simple(pin)) == (is_pin, too_simple)


def test_wrong_pins_are_counted_and_the_fifth_locks_for_a_day() -> None:
    assert approvals.counted(0, 0, now_ms=NOW) == (1, 0)
    assert approvals.counted(3, 0, now_ms=NOW) == (4, 0)
    assert approvals.counted(4, 0, now_ms=NOW) == (5, NOW + 86_400_000)
    assert approvals.counted(5, NOW + 1, now_ms=NOW) is None
    assert approvals.counted(5, NOW, now_ms=NOW) == (1, 0)


# --- gifts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "total", "shares", "may_be"),
    [
        (PacketKind.LUCKY, 1, 1, True),
        (PacketKind.LUCKY, SHARES_MAX, SHARES_MAX, True),
        (PacketKind.LUCKY, SHARES_MAX + 1, SHARES_MAX + 1, False),
        (PacketKind.LUCKY, 3 * SHARE_AVERAGE_MAX, 3, True),
        (PacketKind.LUCKY, 3 * SHARE_AVERAGE_MAX + 1, 3, False),
        (PacketKind.LUCKY, 2, 3, False),
        (PacketKind.LUCKY, 10, 3, True),
        (PacketKind.EQUAL, 9, 3, True),
        (PacketKind.EQUAL, 10, 3, False),
        (PacketKind.ONE, 10, 1, True),
        (PacketKind.ONE, 10, 2, False),
        (PacketKind.LUCKY, 0, 0, False),
    ],
)
def test_what_a_packet_may_be(kind: PacketKind, total: int, shares: int, may_be: bool) -> None:
    assert gifts.may_be(kind, total, shares) is may_be


def test_each_share_is_drawn_up_to_twice_the_average_and_then_all_are_shuffled() -> None:
    asked: list[int] = []

    def most(below: int) -> int:
        asked.append(below)
        return below - 1

    assert gifts.split(PacketKind.LUCKY, 10, 4, most) == [4, 3, 2, 1]
    assert asked == [4, 3, 2, 4, 3, 2]
    assert gifts.split(PacketKind.LUCKY, 10, 4, lambda _: 0) == [1, 1, 7, 1]
    assert gifts.split(PacketKind.LUCKY, 4, 4, random.Random(1).randrange) == [1, 1, 1, 1]
    equal = gifts.split(PacketKind.EQUAL, 9, 3, lambda _: 0)
    assert equal == [3, 3, 3] and {type(one) for one in equal} == {int}


def test_what_binds_a_packet_is_bytes_that_every_device_computes() -> None:
    assert (
        gifts.commitment(ID, SALT, [1, 256, 3]).hex()
        == "ec7a4a4feb2d8b62698b70812f4362653e38faa9f92405d3073d41bd0bb6e968"
    )
    assert gifts.hash_of_secret(SALT).hex() == "ac186d647055d54601c03cab8904ec641bd3bd64bd5af7d3f5dec7aa78798de5"


# --- limits ----------------------------------------------------------------------------------------------------


def test_a_limit_is_lowered_at_once_and_raised_after_a_wait() -> None:
    assert limits.changed(Limit(100), 50, NOW) == Limit(50)
    assert limits.changed(Limit(None), 50, NOW) == Limit(50)
    assert limits.changed(Limit(100), 100, NOW) == Limit(100)
    raised = Limit(100, 200, NOW + RAISE_WAIT_MS)
    assert limits.changed(Limit(100), 200, NOW) == raised
    assert limits.changed(Limit(100), None, NOW) == Limit(100, None, NOW + RAISE_WAIT_MS)


def test_asking_again_for_a_raise_does_not_begin_the_wait_anew_and_asking_for_another_does() -> None:
    raised = Limit(100, 200, NOW + RAISE_WAIT_MS)
    assert limits.changed(raised, 200, NOW + 5) == raised
    assert limits.changed(raised, 300, NOW + 5) == Limit(100, 300, NOW + 5 + RAISE_WAIT_MS)
    assert limits.changed(raised, 100, NOW + 5) == Limit(100)
    assert limits.changed(Limit(100, 0, 0), 150, NOW) == Limit(100, 150, NOW + RAISE_WAIT_MS)


def test_a_raise_holds_from_its_moment_on() -> None:
    raised = Limit(100, 200, NOW)
    assert limits.at(raised, NOW - 1) == raised
    assert limits.at(raised, NOW) == Limit(200)
    assert limits.at(Limit(100), NOW) == Limit(100)


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York"])
def zone_of_the_machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone_of_the_machine")
def test_days_and_months_begin_in_utc() -> None:
    day = limits.day_of(NOW)
    assert datetime.fromtimestamp(day * 86_400, UTC) == datetime(2026, 3, 15, tzinfo=UTC)
    assert limits.first_day(Span.DAY, NOW) == day
    assert limits.first_day(Span.MONTH, NOW) == day - 14
    last = int(datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1000 + 999
    assert limits.first_day(Span.MONTH, last) == day - 14
    assert limits.first_day(Span.MONTH, last + 1) == day + 17


# --- payment codes ---------------------------------------------------------------------------------------------


def test_a_code_is_twenty_digits_that_the_app_makes_as_well() -> None:
    """web/src/core/wallet/paycodes.test.ts has the same."""
    assert paycodes.code_of(1_234_567_890, SALT, 29_450_000) == "12345678901599349399"
    assert paycodes.handle_in("12345678901599349399") == 1_234_567_890
    assert (
        paycodes.code_hash("12345678901599349399").hex()
        == "dbbd315db18a9758fb981382cdae6d0948f2ea5c50421dc87da5be7adf585a3e"
    )


@pytest.mark.parametrize("handle", [paycodes.HANDLE_MIN, paycodes.HANDLE_MAX])
def test_every_handle_makes_a_code_from_the_first_minute_on(handle: int) -> None:
    code = paycodes.code_of(handle, SALT, 0)
    assert len(code) == 20 and code.isdigit() and paycodes.handle_in(code) == handle
    assert paycodes.step_proved(code, handle, SALT, now_ms=0) == 0


@pytest.mark.parametrize(
    ("handle", "step"), [(paycodes.HANDLE_MIN - 1, 1), (paycodes.HANDLE_MAX + 1, 1), (paycodes.HANDLE_MIN, -1)]
)
def test_a_handle_has_ten_digits(handle: int, step: int) -> None:
    with pytest.raises(AssertionError):
        paycodes.code_of(handle, SALT, step)


def test_a_code_is_good_in_its_minute_and_the_one_after() -> None:
    minute = paycodes.step_at(NOW)
    assert minute == NOW // STEP_MS
    code = paycodes.code_of(1_234_567_890, SALT, minute)
    good = [
        paycodes.step_proved(code, 1_234_567_890, SALT, now_ms=NOW + later * STEP_MS) == minute
        for later in (-1, 0, 1, 2)
    ]
    assert good == [False, True, True, False]


# --- purses ----------------------------------------------------------------------------------------------------


def test_accounts_of_the_ledger_are_found_again_by_whom_or_what_they_are_for() -> None:
    """These ids are in every ledger that exists: they never change."""
    ids = [
        purses.purse_id(AccountId(LAN), "YAN"),
        purses.issuance_id("YAN"),
        purses.cash_id("YAN"),
        purses.rail_id("stripe", "YAN"),
        purses.escrow_id(ID),
        shops.purse_of_shop(ID, "YAN"),
    ]
    assert [id.hex() for id in ids] == [
        "3b859473eb478c5457a6c48000f19eeb",
        "158f2f42a463ebd0e22bb9a8a8117706",
        "47e3d48e11bdfea45e117f571aa62a32",
        "2ee5480469518e1e629c97f1de102f43",
        "cdd7922fdf375b00ddf7820837d3d721",
        "c606a62c3a7fd83f2c24aa0514384cc8",
    ]


def test_a_month_is_that_of_the_clock_on_the_wall() -> None:
    def ms(*moment: int) -> int:
        return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1000  # type: ignore[arg-type, misc]

    assert purses.month_bounds("2026-02", 0) == (ms(2026, 2, 1), ms(2026, 3, 1))
    assert purses.month_bounds("2026-12", 480) == (ms(2026, 11, 30, 16), ms(2026, 12, 31, 16))
    assert purses.month_bounds("2024-01", -90) == (ms(2024, 1, 1, 1, 30), ms(2024, 2, 1, 1, 30))


# --- rails -----------------------------------------------------------------------------------------------------

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


# --- shops -----------------------------------------------------------------------------------------------------

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


# --- treasury --------------------------------------------------------------------------------------------------


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
