"""Passkeys against a software authenticator (W3C WebAuthn level 3 §7)."""

import json
from dataclasses import dataclass, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.authenticator import USER_PRESENT, Authenticator, base64url, from_base64url
from tests.accounts.world import World

from hongyan.accounts.model import CHALLENGE_LIFETIME_S, PASSKEYS_PER_ACCOUNT_MAX, Refusal, Refused, SignedIn
from hongyan.accounts.passkeys import RelyingParty, challenge_of, credential_id_of
from hongyan.accounts.signin_store import Passkey
from hongyan.accounts.webauthn_wire import CreationOptions, RequestOptions
from hongyan.foundation.ids import AccountId

UNAVAILABLE = Refused(Refusal.PASSKEY_UNAVAILABLE)
LABEL = b"l" * 40


@dataclass
class Holder:
    """A browser with one passkey, talking to the service."""

    world: World
    device: Authenticator

    async def new_challenge(self, account_id: AccountId) -> tuple[bytes, bytes]:
        options = await self.world.accounts.sign_in.new_passkey_options(account_id)
        assert isinstance(options, str), options
        parsed = msgspec.json.decode(options, type=CreationOptions)
        return from_base64url(parsed.challenge), from_base64url(parsed.user.id)

    async def register(self, account_id: AccountId, wrapped: bytes | None = b"wrapped") -> int | Refused:
        challenge, user_handle = await self.new_challenge(account_id)
        return await self.finish(account_id, self.device.create(challenge, user_handle), wrapped)

    async def finish(
        self, account_id: AccountId, credential: dict[str, object], wrapped: bytes | None = None
    ) -> int | Refused:
        return await self.world.accounts.sign_in.add_passkey(
            account_id,
            json.dumps(credential),
            client_data(credential),
            label=LABEL,
            wrapped_account_key=wrapped,
        )

    async def challenge(self) -> bytes:
        options = await self.world.accounts.sign_in.passkey_options("203.0.113.7")
        assert isinstance(options, str)
        return from_base64url(msgspec.json.decode(options, type=RequestOptions).challenge)

    async def sign_in(self, challenge: bytes) -> SignedIn | Refused:
        return await self.present(self.device.get(challenge))

    async def present(self, credential: dict[str, object]) -> SignedIn | Refused:
        return await self.world.accounts.sign_in.with_passkey(
            json.dumps(credential), str(credential["rawId"]), client_data(credential)
        )


def client_data(credential: dict[str, object]) -> str:
    response = credential["response"]
    assert isinstance(response, dict)
    return str(response["clientDataJSON"])


@pytest.fixture
def holder(world: World) -> Holder:
    return Holder(world, Authenticator())


async def test_register_and_sign_in(world: World, holder: Holder) -> None:
    lan = await world.owner("lan")
    passkey_id = await holder.register(lan.id)
    assert isinstance(passkey_id, int)
    signed_in = await holder.sign_in(await holder.challenge())
    assert isinstance(signed_in, SignedIn)
    assert (signed_in.account_id, signed_in.name, signed_in.wrapped_account_key) == (lan.id, "lan", b"wrapped")
    [passkey] = await world.accounts.sign_in.passkeys(lan.id)
    assert (passkey.passkey_id, passkey.label, passkey.sign_count) == (passkey_id, LABEL, 1)


async def test_without_prf_there_is_no_wrapped_key(world: World, holder: Holder) -> None:
    lan = await world.owner()
    await holder.register(lan.id, None)
    signed_in = await holder.sign_in(await holder.challenge())
    assert isinstance(signed_in, SignedIn) and signed_in.wrapped_account_key is None


async def test_a_challenge_is_answered_once(world: World, holder: Holder) -> None:
    lan = await world.owner()
    await holder.register(lan.id)
    challenge = await holder.challenge()
    assert isinstance(await holder.sign_in(challenge), SignedIn)
    assert await holder.sign_in(challenge) == UNAVAILABLE


async def test_a_wrong_answer_spends_the_challenge_too(world: World, holder: Holder) -> None:
    lan = await world.owner()
    await holder.register(lan.id)
    challenge = await holder.challenge()
    assert await Holder(world, Authenticator()).sign_in(challenge) == UNAVAILABLE
    assert await holder.sign_in(challenge) == UNAVAILABLE


async def test_a_challenge_lives_five_minutes(world: World, holder: Holder) -> None:
    lan = await world.owner()
    await holder.register(lan.id)
    challenge = await holder.challenge()
    world.clock.advance(CHALLENGE_LIFETIME_S)
    assert await holder.sign_in(challenge) == UNAVAILABLE


async def test_a_made_up_challenge_is_refused(world: World, holder: Holder) -> None:
    lan = await world.owner()
    await holder.register(lan.id)
    assert await holder.sign_in(b"c" * 32) == UNAVAILABLE


async def test_challenges_have_one_purpose_and_one_account(world: World, holder: Holder) -> None:
    lan = await world.owner()
    mei = await world.member(lan, "mei")
    challenge, user_handle = await holder.new_challenge(lan.id)
    assert await holder.finish(mei.id, holder.device.create(challenge, user_handle)) == UNAVAILABLE
    signing_in = await holder.challenge()
    assert await holder.finish(lan.id, holder.device.create(signing_in, user_handle)) == UNAVAILABLE
    assert isinstance(await holder.register(lan.id), int)
    registering, _ = await holder.new_challenge(lan.id)
    assert await holder.sign_in(registering) == UNAVAILABLE


WRONG_WAYS: list[dict[str, object]] = [
    {"origin": "https://evil.example"},
    {"origin": "http://hongyan.example"},
    {"rp_id": "evil.example"},
    {"flags": USER_PRESENT},  # nobody verified
    {"flags": 0},
    {"cross_origin": True},
]


async def test_what_was_not_signed_here_is_refused(world: World, holder: Holder) -> None:
    lan = await world.owner()
    await holder.register(lan.id)
    for way in WRONG_WAYS:
        elsewhere = replace(holder.device, **way)  # type: ignore[arg-type]  # one field of it
        assert await Holder(world, elsewhere).sign_in(await holder.challenge()) == UNAVAILABLE, way
        fresh = Authenticator(**way)  # type: ignore[arg-type]  # as above
        assert await Holder(world, fresh).register(lan.id) == UNAVAILABLE, way
    of_another = replace(holder.device, user_handle=b"\0\0\0\0\0\0\0\1")
    assert await Holder(world, of_another).sign_in(await holder.challenge()) == UNAVAILABLE
    assert isinstance(await holder.sign_in(await holder.challenge()), SignedIn)


async def test_a_copied_passkey_is_noticed_by_its_counter(world: World, holder: Holder) -> None:
    lan = await world.owner()
    await holder.register(lan.id)
    assert isinstance(await holder.sign_in(await holder.challenge()), SignedIn)
    holder.device.sign_count = 0
    assert await holder.sign_in(await holder.challenge()) == UNAVAILABLE


async def test_a_passkey_is_removed_by_its_owner_only(world: World, holder: Holder) -> None:
    lan = await world.owner()
    mei = await world.member(lan, "mei")
    passkey_id = await holder.register(lan.id)
    assert isinstance(passkey_id, int)
    await world.accounts.sign_in.remove_passkey(mei.id, passkey_id)
    assert isinstance(await holder.sign_in(await holder.challenge()), SignedIn)
    await world.accounts.sign_in.remove_passkey(lan.id, passkey_id)
    assert await holder.sign_in(await holder.challenge()) == UNAVAILABLE


async def test_one_credential_is_one_accounts(world: World, holder: Holder) -> None:
    lan = await world.owner()
    mei = await world.member(lan, "mei")
    assert isinstance(await holder.register(lan.id), int)
    assert await holder.register(mei.id) == UNAVAILABLE


async def test_ten_passkeys_and_no_more(world: World) -> None:
    lan = await world.owner()
    for _ in range(PASSKEYS_PER_ACCOUNT_MAX):
        assert isinstance(await Holder(world, Authenticator()).register(lan.id), int)
    assert await world.accounts.sign_in.new_passkey_options(lan.id) == Refused(Refusal.PASSKEY_LIMIT)


@given(st.text() | st.binary().map(base64url))
def test_any_client_data_has_a_challenge_or_none(client_data_json: str) -> None:
    challenge = challenge_of(client_data_json)
    assert challenge is None or isinstance(challenge, bytes)
    assert credential_id_of(client_data_json) is None or isinstance(credential_id_of(client_data_json), bytes)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary().map(base64url),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["id", "rawId", "type", "response"]), json_values),
    st.dictionaries(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), json_values),
)
def test_any_credential_is_refused_without_an_error(outer: dict[str, object], response: dict[str, object]) -> None:
    site = RelyingParty("https://hongyan.example")
    passkey = Passkey(1, b"id", AccountId(1), b"key", 0, LABEL, None, 0)
    text = json.dumps({**outer, "response": response})
    assert site.registered(text, b"challenge") is None
    assert site.new_sign_count(text, b"challenge", passkey) is None


@pytest.mark.parametrize(
    ("url", "can"),
    [
        ("https://hongyan.example", True),
        ("http://localhost:8000", True),
        ("http://192.0.2.7:8000", False),
        ("http://[2001:db8::1]", False),
        ("", False),
    ],
)
def test_a_bare_address_has_no_passkeys(url: str, can: bool) -> None:
    assert RelyingParty(url).can_have_passkeys is can


GARBAGE = ("", "AA", "e30", "bnVsbA", "WzFd", "!!!", "é", "eyJjaGFsbGVuZ2UiOjF9", "W1tbW1tb")


async def test_garbage_is_refused(world: World, holder: Holder) -> None:
    lan = await world.owner()
    await holder.register(lan.id)
    for garbage in GARBAGE:
        for name in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
            if (name, garbage) == ("userHandle", ""):
                continue
            credential = holder.device.get(await holder.challenge())
            spoil(credential, name, garbage)
            assert await holder.present(credential) == UNAVAILABLE, (name, garbage)
        credential = {**holder.device.get(await holder.challenge()), "rawId": garbage}
        assert await holder.present(credential) == UNAVAILABLE, garbage
    challenge, user_handle = await holder.new_challenge(lan.id)
    created = Authenticator().create(challenge, user_handle)
    spoil(created, "attestationObject", "AA")
    assert await holder.finish(lan.id, created) == UNAVAILABLE


def spoil(credential: dict[str, object], name: str, value: str) -> None:
    response = credential["response"]
    assert isinstance(response, dict)
    response[name] = value
