"""Topping up by Stripe's own SDK, against a Stripe that behaves badly on purpose [RL1]-[RL5]."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.wallet.rails.fake_stripe import KEY, SECRET, FakeStripe, signed
from tests.wallet.stage import AT_FIRST, YUAN, Stage, new_act

from hongyan.foundation.ids import AccountId
from hongyan.wallet import verify
from hongyan.wallet.ledger import TransferId
from hongyan.wallet.notices import TOPIC
from hongyan.wallet.rails import KeysUnusable, RailUnavailable, TopUps, stripe_in
from hongyan.wallet.rails.model import ASK_AGAIN_MS, CHARGE_LIFETIME_MS, CHARGE_MAX, OPEN_MAX, Charge, ChargeState
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.treasury import ActKind

TWENTY = 20 * YUAN


@pytest.fixture
def stripe() -> AsyncIterator[FakeStripe]:  # type: ignore[misc]  # a fixture of a plain generator
    made = FakeStripe()
    made.start()
    yield made  # type: ignore[misc]
    made.stop()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "stripe-keys"
    path.write_text(f"{KEY}\n{SECRET}\n")
    return path


@pytest.fixture
async def top_ups(stage: Stage, stripe: FakeStripe, keys: Path) -> TopUps:
    rail = stripe_in(keys, "usd", stripe.address)
    return TopUps(stage.db, stage.clock, stage._notify, [rail], public_url="https://yan.example")


async def begun(top_ups: TopUps, who: AccountId, amount: int = TWENTY, id: TransferId | None = None) -> Charge:
    outcome = await top_ups.begin(who, "stripe", id=id or new_act(), amount=amount)
    assert not isinstance(outcome, Refused), outcome
    return outcome[0]


async def state(top_ups: TopUps, who: AccountId, charge: Charge) -> ChargeState:
    found = await top_ups.look(who, charge.id)
    assert isinstance(found, Charge)
    return found.state


async def balance(stage: Stage) -> int:
    return (await stage.purse(stage.mei)).balance


async def told(top_ups: TopUps, body: bytes, headers: dict[str, str] | None = None) -> bool:
    return await top_ups.told("stripe", signed(body) if headers is None else headers, body)


async def test_what_is_paid_on_stripes_page_is_in_her_purse_once(
    stage: Stage, top_ups: TopUps, stripe: FakeStripe
) -> None:
    id = new_act()
    charge = await begun(top_ups, stage.mei.id, id=id)
    [session] = stripe.sessions
    assert await state(top_ups, stage.mei.id, charge) is ChargeState.WAITING
    assert await told(top_ups, stripe.event(session)), "an event before she paid"
    assert await balance(stage) == AT_FIRST
    stripe.pay(session)
    for event_id in ("evt_2", "evt_2", "evt_3"):
        assert await told(top_ups, stripe.event(session, event_id=event_id))
    assert await balance(stage) == AT_FIRST + TWENTY
    assert await told(top_ups, stripe.event(session, "checkout.session.expired", event_id="evt_4")), "late"
    assert await state(top_ups, stage.mei.id, charge) is ChargeState.PAID
    again = await top_ups.begin(stage.mei.id, "stripe", id=id, amount=TWENTY)
    assert not isinstance(again, Refused) and again[0].state is ChargeState.PAID and again[1] == ""
    assert await stage.is_whole() and not (await stage.db.read(verify)).findings
    assert len(stripe.sessions) == 1


async def test_a_hundred_events_at_once_credit_once(stage: Stage, top_ups: TopUps, stripe: FakeStripe) -> None:
    charge = await begun(top_ups, stage.mei.id)
    [session] = stripe.sessions
    stripe.pay(session)
    body = stripe.event(session)
    looks = [top_ups.look(stage.mei.id, charge.id) for _ in range(5)]
    await asyncio.gather(*looks, *(told(top_ups, body) for _ in range(20)), top_ups.ask_again())
    assert await balance(stage) == AT_FIRST + TWENTY and await stage.is_whole()


@pytest.mark.parametrize(
    ("lies", "said"),
    [
        ({"amount_total": TWENTY + 1}, f"amount {TWENTY + 1}"),
        ({"amount_total": 1}, "amount 1"),
        ({"currency": "idr"}, "currency idr"),
        ({"client_reference_id": "0" * 32}, "reference"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_another_amount_currency_or_reference_credits_nothing_and_a_treasurer_sees_it(
    stage: Stage, top_ups: TopUps, stripe: FakeStripe, lies: dict[str, object], said: str
) -> None:
    charge = await begun(top_ups, stage.mei.id)
    [session] = stripe.sessions
    stripe.pay(session, **lies)
    assert await told(top_ups, stripe.event(session))
    assert await state(top_ups, stage.mei.id, charge) is ChargeState.ODD
    assert await balance(stage) == AT_FIRST
    odd = await top_ups.odd(stage.lan.id)
    assert isinstance(odd, list)
    assert [(one.charge.id, one.name, one.charge.said) for one in odd] == [(charge.id, stage.mei.name, said)]
    assert await top_ups.odd(stage.mei.id) == Refused(Refusal.NOT_TREASURER)


async def test_what_a_treasurer_has_dealt_with_stays_so(stage: Stage, top_ups: TopUps, stripe: FakeStripe) -> None:
    charge = await begun(top_ups, stage.mei.id)
    [session] = stripe.sessions
    stripe.pay(session)
    stripe.sessions[session]["amount_total"] += 1
    assert await top_ups.clear(stage.lan.id, charge.id, "未付") == Refused(Refusal.ACT_UNKNOWN), "it is not odd yet"
    assert await told(top_ups, stripe.event(session))
    assert await top_ups.clear(stage.mei.id, charge.id, "我自己看过了") == Refused(Refusal.NOT_TREASURER)
    assert await state(top_ups, stage.mei.id, charge) is ChargeState.ODD
    stage.notices.clear()
    for reason in ("已在 Stripe 退款", "再点一次"):
        assert await top_ups.clear(stage.lan.id, charge.id, reason) is None
    assert stage.notices == [((stage.mei.id, stage.lan.id), TOPIC)]
    stripe.sessions[session]["amount_total"] -= 1
    assert await told(top_ups, stripe.event(session, event_id="evt_late"))
    assert await state(top_ups, stage.mei.id, charge) is ChargeState.CLEARED
    assert (await top_ups.odd(stage.lan.id), await balance(stage)) == ([], AT_FIRST)
    acts, _, _ = await stage.wallet.treasury.acts(stage.bo.id, before_seq=10**9)
    assert [(one.recipient_id, one.reason) for one in acts if one.kind is ActKind.CLEAR] == [
        (stage.mei.id, "已在 Stripe 退款")
    ]


async def test_what_an_event_says_is_never_believed(stage: Stage, top_ups: TopUps, stripe: FakeStripe) -> None:
    charge = await begun(top_ups, stage.mei.id)
    [session] = stripe.sessions
    genuine = stripe.event(session, payment_status="paid", status="complete")
    assert await told(top_ups, genuine)
    assert await state(top_ups, stage.mei.id, charge) is ChargeState.WAITING, "Stripe itself says: unpaid"
    stripe.pay(session)
    for headers in (
        {},
        {"stripe-signature": "x"},
        signed(genuine, secret="whsec_other"),
        signed(genuine, at_s=time.time() - 600),
        signed(genuine + b" "),
    ):
        assert not await told(top_ups, genuine, headers)
    for body in (b"", b"{}", b"[]", b"null", b'{"id": 1, "type": [], "data": 0}', b"\xff"):
        await told(top_ups, body)
    assert not await top_ups.told("paypal", signed(genuine), genuine)
    assert await balance(stage) == AT_FIRST
    assert await told(top_ups, stripe.event("cs_unknown", event_id="evt_9"))


async def test_events_that_never_come_are_asked_for(stage: Stage, top_ups: TopUps, stripe: FakeStripe) -> None:
    await begun(top_ups, stage.mei.id)
    stripe.pay(next(iter(stripe.sessions)))
    await top_ups.ask_again()
    assert await balance(stage) == AT_FIRST, "not at once"
    stage.clock.advance(ASK_AGAIN_MS / 1000 + 1)
    await top_ups.ask_again()
    assert await balance(stage) == AT_FIRST + TWENTY


async def test_a_stripe_that_fails_or_drops_its_answer_charges_once(
    stage: Stage, top_ups: TopUps, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.001)
    monkeypatch.setattr("stripe._http_client.HTTPClient.MAX_DELAY", 0.002)
    id = new_act()
    stripe.fails = 3
    outcome = await top_ups.begin(stage.mei.id, "stripe", id=id, amount=TWENTY)
    assert outcome == Refused(Refusal.RAIL_UNAVAILABLE)
    stripe.drops = 3
    outcome = await top_ups.begin(stage.mei.id, "stripe", id=id, amount=TWENTY)
    assert outcome == Refused(Refusal.RAIL_UNAVAILABLE)
    await begun(top_ups, stage.mei.id, id=id)
    [session] = stripe.sessions
    stripe.pay(session)
    body = stripe.event(session)
    stripe.fails = 3
    with pytest.raises(RailUnavailable):
        await told(top_ups, body)
    assert await told(top_ups, body), "it tells again"
    assert await balance(stage) == AT_FIRST + TWENTY


async def test_who_lets_it_be_or_forgets_pays_nothing(stage: Stage, top_ups: TopUps, stripe: FakeStripe) -> None:
    charge, forgotten = await begun(top_ups, stage.mei.id), await begun(top_ups, stage.mei.id)
    cancelled = await top_ups.cancel(stage.mei.id, charge.id)
    assert isinstance(cancelled, Charge) and cancelled.state is ChargeState.ENDED
    assert await top_ups.cancel(stage.mei.id, charge.id) == cancelled
    stage.clock.advance(CHARGE_LIFETIME_MS / 1000)
    await top_ups.ask_again()
    assert await state(top_ups, stage.mei.id, forgotten) is ChargeState.ENDED
    late = stripe.sessions["cs_test_1"]["id"]
    stripe.pay(late)
    assert await told(top_ups, stripe.event(late)), "paid all the same"
    assert await balance(stage) == AT_FIRST + TWENTY
    paid = await begun(top_ups, stage.mei.id)
    stripe.pay("cs_test_2")
    settled = await top_ups.cancel(stage.mei.id, paid.id)
    assert isinstance(settled, Charge) and settled.state is ChargeState.PAID


async def test_what_the_rail_never_heard_of_can_be_let_be(
    stage: Stage, top_ups: TopUps, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.001)
    id, stripe.fails = new_act(), 3
    assert await top_ups.begin(stage.mei.id, "stripe", id=id, amount=TWENTY) == Refused(Refusal.RAIL_UNAVAILABLE)
    ended = await top_ups.cancel(stage.mei.id, id)
    assert isinstance(ended, Charge) and ended.state is ChargeState.ENDED


async def test_what_is_refused(stage: Stage, top_ups: TopUps) -> None:
    async def refusal(amount: int, rail: str = "stripe", id: TransferId | None = None) -> object:
        return await top_ups.begin(stage.mei.id, rail, id=id or new_act(), amount=amount)

    assert await refusal(0) == await refusal(CHARGE_MAX + 1) == Refused(Refusal.AMOUNT_INVALID)
    assert await refusal(1, "paypal") == Refused(Refusal.RAIL_UNKNOWN)
    id = new_act()
    charge = await begun(top_ups, stage.mei.id, id=id)
    assert await refusal(TWENTY + 1, id=id) == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    assert await top_ups.look(stage.bo.id, charge.id) == Refused(Refusal.ACT_UNKNOWN)
    assert await top_ups.cancel(stage.bo.id, charge.id) == Refused(Refusal.ACT_UNKNOWN)
    for _ in range(OPEN_MAX - 1):
        await begun(top_ups, stage.mei.id)
    assert await refusal(1) == Refused(Refusal.TOO_MANY)


async def test_what_is_paid_in_for_somebody_who_left_is_the_communitys(
    stage: Stage, top_ups: TopUps, stripe: FakeStripe
) -> None:
    await begun(top_ups, stage.bo.id)
    await stage.db.write(lambda tx: top_ups.forget(tx, stage.bo.id))
    await stage.accounts.erase(stage.bo.id, stage.bo.name)
    [session] = stripe.sessions
    stripe.pay(session)
    assert await told(top_ups, stripe.event(session))
    assert await stage.is_whole() and not (await stage.db.read(verify)).findings
    await top_ups.erase_old()
    assert await stage.rows("rail_charge") == 0


async def test_a_currency_that_counts_otherwise_is_not_offered(stage: Stage, top_ups: TopUps, keys: Path) -> None:
    assert [rail.name for rail in await top_ups.offered()] == ["stripe"]
    yen, dinar = (stripe_in(keys, currency, "http://127.0.0.1:9") for currency in ("jpy", "kwd"))
    assert (yen.exponent, dinar.exponent) == (0, 3)
    in_yen = TopUps(stage.db, stage.clock, stage._notify, [yen], public_url="https://yan.example")
    assert await in_yen.offered() == []
    assert await in_yen.begin(stage.mei.id, "stripe", id=new_act(), amount=1) == Refused(Refusal.RAIL_UNKNOWN)


@pytest.mark.parametrize("content", ["", "sk_1", "sk_1\nsk_2", "pk_1\nwhsec_1", "whsec_1\nsk_1", "sk_1\nwhsec_1\nmore"])
def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys").write_text(content)
    with pytest.raises(KeysUnusable):
        stripe_in(tmp_path / "keys", "usd", "http://127.0.0.1:9")
    with pytest.raises(KeysUnusable):
        stripe_in(tmp_path / "nothing", "usd", "http://127.0.0.1:9")
