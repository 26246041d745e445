"""What the rules of each slice decide, at their edges; fixed answers where other programs count on the same bytes."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hongyan.foundation.ids import AccountId
from hongyan.wallet.approvals import rules as approvals
from hongyan.wallet.gifts import rules as gifts
from hongyan.wallet.gifts.model import SHARE_AVERAGE_MAX, SHARES_MAX, PacketKind
from hongyan.wallet.limits import rules as limits
from hongyan.wallet.limits.model import RAISE_WAIT_MS, Limit, Span
from hongyan.wallet.paycodes import rules as paycodes
from hongyan.wallet.paycodes.model import STEP_MS
from hongyan.wallet.purses import rules as purses
from hongyan.wallet.shops import rules as shops

NOW = int(datetime(2026, 3, 15, 12, tzinfo=UTC).timestamp()) * 1000
ID, SALT = bytes(range(16)), bytes(range(32))
LAN, MEI = 7, 8


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
