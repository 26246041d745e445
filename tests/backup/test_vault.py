"""The vault [BK5]: every guess counts, wherever it comes from and however many come at once."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.world import Member
from tests.backup.world import NETWORK, BackupWorld

from hongyan.backup.model import WAITS_S, WRONG_GUESSES_FREE, Opened, Refusal, Refused
from hongyan.backup.rules import WRONG_GUESSES_MAX, is_last, remaining_wait_ms, wait_ms

RIGHT = b"r" * 32
WRONG = b"w" * 32


async def guess(world: BackupWorld, proof: bytes, name: str = "lan", network: str = NETWORK) -> Opened | Refused:
    return await world.backups.vaults.open(name, proof, network)


async def why(world: BackupWorld, proof: bytes, name: str = "lan", network: str = NETWORK) -> Refusal:
    outcome = await guess(world, proof, name, network)
    assert isinstance(outcome, Refused)
    return outcome.why


@pytest.fixture
async def lan(world: BackupWorld) -> Member:
    who = await world.owner("lan")
    await world.set_pin(who, RIGHT)
    return who


async def test_a_right_pin_gives_the_way_in(world: BackupWorld, lan: Member) -> None:
    """[BK5] The share, the box, and a ticket that admits a device."""
    opened = await guess(world, RIGHT, name="LAN")
    assert isinstance(opened, Opened)
    assert (opened.account_id, opened.share, opened.box) == (lan.id, b"s" * 32, b"box")
    assert not isinstance(await world.accounts.add_device(opened.ticket, lan.keys.new_device()), Refused)


async def test_a_thousand_wrong_guesses_at_once(world: BackupWorld, lan: Member) -> None:
    """[BK5] Ten are judged; all others are told to wait, and the right PIN with them."""
    outcomes = await asyncio.gather(*(guess(world, WRONG, network=f"10.0.{n % 50}.1") for n in range(1_000)))
    assert Counter(outcome.why for outcome in outcomes if isinstance(outcome, Refused)) == {
        Refusal.WRONG_PIN: WRONG_GUESSES_FREE,
        Refusal.TOO_MANY_TRIES: 1_000 - WRONG_GUESSES_FREE,
    }
    assert await guess(world, RIGHT) == Refused(Refusal.TOO_MANY_TRIES, WAITS_S[0])
    world.build()  # a restart forgives nothing
    assert await why(world, RIGHT) is Refusal.TOO_MANY_TRIES
    world.clock.advance(WAITS_S[0])
    assert isinstance(await guess(world, RIGHT), Opened)


async def test_growing_waits_and_then_the_vault_is_gone(world: BackupWorld, lan: Member) -> None:
    """[BK5] The person's devices are told when it goes."""
    for _ in range(WRONG_GUESSES_FREE):
        assert await why(world, WRONG) is Refusal.WRONG_PIN
    for number, wait_s in enumerate(WAITS_S, start=1):
        assert await guess(world, WRONG) == Refused(Refusal.TOO_MANY_TRIES, wait_s)
        world.clock.advance(wait_s)
        last = number == len(WAITS_S)
        assert await why(world, WRONG) is (Refusal.VAULT_GONE if last else Refusal.WRONG_PIN)
    assert world.notices[-1] == ((lan.id,), "devices")
    world.clock.advance(365 * 86_400)
    assert await why(world, RIGHT) is Refusal.VAULT_GONE
    vault = (await world.backups.held(lan.id)).vault
    assert vault is not None and (vault.share, vault.verifier, vault.box) == (b"", b"", b"")
    await world.set_pin(lan, WRONG)  # her device sets a new one
    assert isinstance(await guess(world, WRONG), Opened)


async def test_a_right_pin_forgives(world: BackupWorld, lan: Member) -> None:
    """[BK5]"""
    for _ in range(3):
        for _ in range(WRONG_GUESSES_FREE - 1):
            assert await why(world, WRONG) is Refusal.WRONG_PIN
        assert isinstance(await guess(world, RIGHT), Opened)


async def test_nobody_can_tell_who_has_a_pin(world: BackupWorld, lan: Member) -> None:
    """[BK5] A name that nobody has, and one without a PIN, are answered alike."""
    await world.friend(lan, "mei")
    answers: dict[str, list[Refusal]] = {}
    for name in ("lan", "mei", "nobody", "…"):
        answers[name] = [await why(world, WRONG, name) for _ in range(12)]
    assert len({tuple(answer) for answer in answers.values()}) == 1


async def test_one_network_cannot_guess_for_ever(world: BackupWorld, lan: Member) -> None:
    refusals = [await why(world, WRONG, f"name{n}") for n in range(1_001)]
    assert Counter(refusals) == {Refusal.WRONG_PIN: 1_000, Refusal.TOO_MANY_TRIES: 1}
    assert isinstance(await guess(world, RIGHT, network="198.51.100.1"), Opened)


@given(st.integers(0, WRONG_GUESSES_MAX), st.integers(0, 2**50), st.integers(0, 2**50))
def test_no_wait_is_longer_than_its_own(wrong: int, open_at_ms: int, now_ms: int) -> None:
    """[BK5] A clock that ran ahead and was set back locks nobody out for longer."""
    assert 0 <= remaining_wait_ms(wrong, open_at_ms, now_ms=now_ms) <= wait_ms(wrong)


def test_the_table_of_waits() -> None:
    """[BK5]"""
    assert [wait_ms(wrong) for wrong in range(WRONG_GUESSES_FREE)] == [0] * WRONG_GUESSES_FREE
    waits = [wait_ms(wrong) for wrong in range(WRONG_GUESSES_FREE, WRONG_GUESSES_MAX)]
    assert waits == sorted(waits) and all(waits)
    assert [is_last(wrong) for wrong in (WRONG_GUESSES_MAX - 1, WRONG_GUESSES_MAX)] == [False, True]
