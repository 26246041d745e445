"""Payments confirmed by passkey, with a software authenticator [WA9]."""

import json
from dataclasses import replace

import msgspec
from tests.accounts.authenticator import Authenticator, from_base64url
from tests.accounts.test_passkeys import client_data
from tests.wallet.stage import PIN, YUAN, Stage, new_act

from hongyan.accounts import RequestOptions
from hongyan.accounts.webauthn_wire import CreationOptions
from hongyan.wallet import approvals
from hongyan.wallet.approvals import Act
from hongyan.wallet.approvals.model import CHALLENGE_LIFETIME_MS
from hongyan.wallet.assets import CODE
from hongyan.wallet.refusals import Refusal, Refused

NOT_ALLOWED = Refused(Refusal.PASSKEY_NOT_ALLOWED)


def act_of(stage: Stage) -> Act:
    return Act("transfer", new_act(), YUAN, CODE, str(stage.bo.id))


async def added(stage: Stage) -> Authenticator:
    """A new passkey of mei's."""
    device, sign_in = Authenticator(), stage.accounts.sign_in
    options = await sign_in.new_passkey_options(stage.mei.id)
    assert isinstance(options, str), options
    asked = msgspec.json.decode(options, type=CreationOptions)
    made = device.create(from_base64url(asked.challenge), from_base64url(asked.user.id))
    done = await sign_in.add_passkey(
        stage.mei.id, json.dumps(made), client_data(made), label=b"l" * 40, wrapped_account_key=None
    )
    assert isinstance(done, int), done
    return device


async def allowed_one(stage: Stage) -> Authenticator:
    """A passkey of mei's that may confirm her payments."""
    device = await added(stage)
    assert await stage.wallet.approvals.pins.allow_passkeys(stage.mei.id, PIN) is None
    return device


async def answer_to(stage: Stage, device: Authenticator, act: Act) -> dict[str, object]:
    """What the passkey answers when mei is asked to confirm `act`."""
    options = await stage.wallet.approvals.passkey_options(stage.mei.id, act)
    assert isinstance(options, str), options
    return device.get(from_base64url(msgspec.json.decode(options, type=RequestOptions).challenge))


async def confirm(stage: Stage, act: Act, answer: dict[str, object]) -> str | Refused:
    return await stage.wallet.approvals.by_passkey(
        stage.mei.id, act, json.dumps(answer), str(answer["rawId"]), client_data(answer)
    )


async def test_a_passkey_confirms_one_payment_once(stage: Stage) -> None:
    """[WA8] [WA9]"""
    device, act = await allowed_one(stage), act_of(stage)
    answer = await answer_to(stage, device, act)
    token = await confirm(stage, act, answer)
    assert isinstance(token, str), token
    assert await confirm(stage, act, answer) == NOT_ALLOWED  # the challenge is spent
    now_ms, other = stage.clock.now_ms(), replace(act, amount=act.amount + 1)

    async def spend(digest: bytes) -> Refused | None:
        return await stage.db.write(lambda tx: approvals.spend(tx, stage.mei.id, token, digest, now_ms=now_ms))

    unknown = Refused(Refusal.APPROVAL_UNKNOWN)
    assert [await spend(other.digest), await spend(act.digest), await spend(act.digest)] == [unknown, None, unknown]


async def test_what_a_passkey_answered_is_good_for_no_other_payment(stage: Stage) -> None:
    """[WA9] And it is not spent by being held against another."""
    device, act = await allowed_one(stage), act_of(stage)
    answer = await answer_to(stage, device, act)
    others = [
        replace(act, amount=act.amount + 1),
        replace(act, payee=str(stage.lan.id)),
        replace(act, id=new_act()),
        replace(act, action="packet"),
        replace(act, asset="EUR"),
    ]
    for other in others:
        assert await confirm(stage, other, answer) == NOT_ALLOWED
    assert await stage.rows("approval") == 0
    assert isinstance(await confirm(stage, act, answer), str)


async def test_a_passkey_added_later_confirms_nothing(stage: Stage) -> None:
    """[WA9] Until she allows it as well."""
    early = await allowed_one(stage)
    stage.clock.advance(1)
    late, act = await added(stage), act_of(stage)
    assert await confirm(stage, act, await answer_to(stage, late, act)) == NOT_ALLOWED
    assert isinstance(await confirm(stage, act, await answer_to(stage, early, act)), str)
    assert await stage.wallet.approvals.pins.allow_passkeys(stage.mei.id, PIN) is None
    assert isinstance(await confirm(stage, act, await answer_to(stage, late, act)), str)


async def test_passkeys_are_allowed_by_the_pin_and_forbidden_without(stage: Stage) -> None:
    """[WA9] What was asked before she took it back is refused, too."""
    pins, act = stage.wallet.approvals.pins, act_of(stage)
    device = await added(stage)
    assert await stage.wallet.approvals.passkey_options(stage.mei.id, act) == NOT_ALLOWED
    assert await pins.allow_passkeys(stage.mei.id, "135790") == Refused(Refusal.WRONG_PAYMENT_PIN)
    assert await stage.wallet.approvals.passkey_options(stage.mei.id, act) == NOT_ALLOWED
    assert await pins.allow_passkeys(stage.mei.id, PIN) is None
    answer = await answer_to(stage, device, act)
    await pins.forbid_passkeys(stage.mei.id)
    assert await confirm(stage, act, answer) == NOT_ALLOWED
    assert await stage.wallet.approvals.passkey_options(stage.mei.id, act) == NOT_ALLOWED


async def test_a_question_to_a_passkey_ends_and_is_hers_alone(stage: Stage) -> None:
    """[WA9]"""
    device, act = await allowed_one(stage), act_of(stage)
    answer = await answer_to(stage, device, act)
    stolen = await stage.wallet.approvals.by_passkey(
        stage.bo.id, act, json.dumps(answer), str(answer["rawId"]), client_data(answer)
    )
    assert stolen == NOT_ALLOWED
    stage.clock.advance(CHALLENGE_LIFETIME_MS // 1000)
    assert await confirm(stage, act, answer) == NOT_ALLOWED
