"""Signing in by password [AC1] [AC2] [AC3]."""

import asyncio

from tests.accounts.world import World

from hongyan.accounts.model import Admitted, Refusal, Refused, SignedIn
from hongyan.accounts.passwords import BUSY_RETRY_S, HASHES_WAITING_MAX, Passwords

SECRET, WRONG = b"s" * 32, b"w" * 32
WRAPPED = b"wrapped seed"
NETWORK = "203.0.113.7"


async def test_password_to_device(world: World) -> None:
    lan = await world.owner("Lan")
    assert await world.accounts.sign_in.set_password(lan.id, SECRET, WRAPPED) is None
    signed_in = await world.accounts.sign_in.with_password("lan", SECRET, NETWORK)
    assert isinstance(signed_in, SignedIn)
    assert (signed_in.account_id, signed_in.name) == (lan.id, "Lan")
    assert (signed_in.account_key, signed_in.wrapped_account_key) == (lan.keys.account_key, WRAPPED)
    admitted = await world.accounts.add_device(signed_in.ticket, lan.keys.new_device())
    assert isinstance(admitted, Admitted) and admitted.name == "Lan"
    assert len(await world.accounts.devices(lan.id)) == 2


async def test_the_server_keeps_neither_secret_nor_password(world: World) -> None:
    """[AC1]"""
    lan = await world.owner()
    await world.accounts.sign_in.set_password(lan.id, SECRET, WRAPPED)
    me = await world.accounts.me(lan.id)
    assert me is not None and me.account.password_hash is not None
    assert me.account.password_hash.startswith("$argon2id$")
    assert SECRET.decode() not in me.account.password_hash


async def test_unknown_name_no_password_and_wrong_password_are_one_answer(world: World) -> None:
    lan = await world.owner("lan")
    await world.member(lan, "mei")
    await world.accounts.sign_in.set_password(lan.id, SECRET, WRAPPED)
    wrong = Refused(Refusal.WRONG_PASSWORD)
    for name in ("lan", "mei", "nobody", "", "\0", "x" * 200):
        assert await world.accounts.sign_in.with_password(name, WRONG, NETWORK) == wrong


async def test_a_removed_or_replaced_password_no_longer_opens(world: World) -> None:
    lan = await world.owner("lan")
    await world.accounts.sign_in.set_password(lan.id, SECRET, WRAPPED)
    await world.accounts.sign_in.set_password(lan.id, b"n" * 32, b"wrapped anew")
    assert await world.accounts.sign_in.with_password("lan", SECRET, NETWORK) == Refused(Refusal.WRONG_PASSWORD)
    signed_in = await world.accounts.sign_in.with_password("lan", b"n" * 32, NETWORK)
    assert isinstance(signed_in, SignedIn) and signed_in.wrapped_account_key == b"wrapped anew"
    await world.accounts.sign_in.remove_password(lan.id)
    assert await world.accounts.sign_in.with_password("lan", b"n" * 32, NETWORK) == Refused(Refusal.WRONG_PASSWORD)


async def test_five_wrong_passwords_close_the_door_for_a_while(world: World) -> None:
    """[AC3] Also at once, also across a restart, and for names that nobody has."""
    lan = await world.owner("lan")
    await world.accounts.sign_in.set_password(lan.id, SECRET, WRAPPED)
    for name in ("lan", "nobody"):
        outcomes = await asyncio.gather(
            *(world.accounts.sign_in.with_password(name, WRONG, NETWORK) for _ in range(12))
        )
        whys = [outcome.why for outcome in outcomes if isinstance(outcome, Refused)]
        assert sorted(whys) == [Refusal.TOO_MANY_TRIES] * 7 + [Refusal.WRONG_PASSWORD] * 5
    world.build()
    for typed in ("lan", "LAN"):
        closed = await world.accounts.sign_in.with_password(typed, SECRET, NETWORK)
        assert closed == Refused(Refusal.TOO_MANY_TRIES, 900)
    world.clock.advance(900)
    assert isinstance(await world.accounts.sign_in.with_password("lan", SECRET, NETWORK), SignedIn)


async def test_the_right_password_forgives_wrong_ones(world: World) -> None:
    lan = await world.owner("lan")
    await world.accounts.sign_in.set_password(lan.id, SECRET, WRAPPED)
    for _ in range(3):
        for _ in range(4):
            await world.accounts.sign_in.with_password("lan", WRONG, NETWORK)
        assert isinstance(await world.accounts.sign_in.with_password("lan", SECRET, NETWORK), SignedIn)


async def test_a_ticket_admits_one_device_within_ten_minutes(world: World) -> None:
    """[AC2] [HT3]"""
    lan = await world.owner("lan")
    await world.accounts.sign_in.set_password(lan.id, SECRET, WRAPPED)

    async def ticket() -> str:
        signed_in = await world.accounts.sign_in.with_password("lan", SECRET, NETWORK)
        assert isinstance(signed_in, SignedIn)
        return signed_in.ticket

    first, device = await ticket(), lan.keys.new_device()
    admitted = await world.accounts.add_device(first, device)
    again = await world.accounts.add_device(first, device)
    assert isinstance(admitted, Admitted) and isinstance(again, Admitted)
    assert admitted.device_id == again.device_id and admitted.token != again.token
    expired = Refused(Refusal.TICKET_EXPIRED)
    assert await world.accounts.add_device(first, lan.keys.new_device()) == expired
    assert await world.accounts.add_device("A" * 43, lan.keys.new_device()) == expired
    late = await ticket()
    world.clock.advance(600)
    assert await world.accounts.add_device(late, lan.keys.new_device()) == expired


async def test_a_ticket_admits_only_devices_the_account_certified(world: World) -> None:
    """[ID4]"""
    lan = await world.owner("lan")
    mei = await world.member(lan, "mei")
    await world.accounts.sign_in.set_password(lan.id, SECRET, WRAPPED)
    signed_in = await world.accounts.sign_in.with_password("lan", SECRET, NETWORK)
    assert isinstance(signed_in, SignedIn)
    outcome = await world.accounts.add_device(signed_in.ticket, mei.keys.new_device())
    assert outcome == Refused(Refusal.BAD_SIGNATURE)


async def test_hashing_waits_in_a_bounded_queue() -> None:
    passwords = Passwords()
    outcomes = await asyncio.gather(
        *(passwords.matches(None, SECRET) for _ in range(HASHES_WAITING_MAX + 3)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 3
    assert BUSY_RETRY_S > 0 and not any(outcome is True for outcome in outcomes)
    assert await passwords.matches(await passwords.hash(SECRET), SECRET)
    passwords.close()
