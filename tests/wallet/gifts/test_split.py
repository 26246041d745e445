"""How a packet is split: exact, each share worth something, and no place better than another [GF4] [GF5]."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.wallet.gifts import rules
from hongyan.wallet.gifts.model import SHARE_AVERAGE_MAX, SHARES_MAX, PacketKind

# Of the normal distribution: a fair split is called unfair once in a hundred thousand runs.
SURE = 4.42


@st.composite
def packets(draw: st.DrawFn) -> tuple[int, int]:
    shares = draw(st.integers(1, SHARES_MAX))
    return draw(st.integers(shares, shares * SHARE_AVERAGE_MAX)), shares


@given(packets(), st.randoms(use_true_random=False))
def test_a_lucky_packet_is_whole_and_no_share_is_empty(packet: tuple[int, int], chance: random.Random) -> None:
    total, shares = packet
    assert rules.may_be(PacketKind.LUCKY, total, shares)
    drawn = rules.split(PacketKind.LUCKY, total, shares, chance.randrange)
    assert len(drawn) == shares and sum(drawn) == total and min(drawn) >= 1


@given(st.integers(1, SHARES_MAX), st.integers(1, SHARE_AVERAGE_MAX))
def test_an_equal_packet_is_equal(shares: int, each: int) -> None:
    assert rules.may_be(PacketKind.EQUAL, shares * each, shares)
    assert rules.split(PacketKind.EQUAL, shares * each, shares, lambda _: 0) == [each] * shares


@pytest.mark.parametrize(
    ("kind", "total", "shares"),
    [
        (PacketKind.LUCKY, 0, 1),
        (PacketKind.LUCKY, 9, 10),
        (PacketKind.LUCKY, 10, 0),
        (PacketKind.LUCKY, 1_000, SHARES_MAX + 1),
        (PacketKind.LUCKY, SHARE_AVERAGE_MAX + 1, 1),
        (PacketKind.EQUAL, 10, 3),
        (PacketKind.ONE, 10, 2),
        (PacketKind.ONE, -10, 1),
    ],
)
def test_what_is_no_packet(kind: PacketKind, total: int, shares: int) -> None:
    assert not rules.may_be(kind, total, shares)


def places(count: int, total: int, shares: int, seed: int) -> Iterator[list[int]]:
    chance = random.Random(seed)
    for _ in range(count):
        yield rules.split(PacketKind.LUCKY, total, shares, chance.randrange)


def unfairness(drawn: list[list[int]]) -> tuple[float, float]:
    """How many deviations the mean, and the mean square, of the worst place lie from those of all places."""
    worst = []
    for power in (1, 2):
        values = [[float(amount**power) for amount in packet] for packet in drawn]
        of_all = [amount for packet in values for amount in packet]
        mean = sum(of_all) / len(of_all)
        deviation = (sum((amount - mean) ** 2 for amount in of_all) / len(of_all)) ** 0.5
        by_place = [sum(packet[place] for packet in values) / len(values) for place in range(len(values[0]))]
        worst.append(max(abs(one - mean) for one in by_place) / (deviation / len(values) ** 0.5))
    return worst[0], worst[1]


def test_every_place_is_as_good_and_as_risky_as_another(request: pytest.FixtureRequest) -> None:
    count = 1_000_000 if request.config.getoption("--long") else 10_000
    mean, square = unfairness(list(places(count, 10_000, 10, seed=7)))
    assert mean < SURE and square < SURE


def test_the_instrument_sees_a_split_that_is_not_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    def unshuffled(total: int, shares: int, chance: random.Random) -> list[int]:
        drawn, rest = [], total
        for left in range(shares, 1, -1):
            amount = 1 + chance.randrange(min(rest - (left - 1), max(1, 2 * rest // left - 1)))
            drawn.append(amount)
            rest -= amount
        return [*drawn, rest]

    chance = random.Random(7)
    _, square = unfairness([unshuffled(10_000, 10, chance) for _ in range(10_000)])
    assert square > SURE


def test_the_commitment_binds_every_share_and_its_place() -> None:
    bound = rules.commitment(b"i" * 16, b"s" * 32, [1, 2, 3])
    assert bound != rules.commitment(b"i" * 16, b"s" * 32, [2, 1, 3])
    assert bound != rules.commitment(b"i" * 16, b"t" * 32, [1, 2, 3])
    assert bound != rules.commitment(b"j" * 16, b"s" * 32, [1, 2, 3])


def test_the_commitment_is_what_the_app_computes() -> None:
    """The same bytes are in web/tests/core/wallet/proof.test.ts."""
    bound = rules.commitment(bytes(range(16)), bytes(range(32)), [100, 250, 650])
    assert bound.hex() == "4795bbf7274d1d1882808e6ca5bdabbeea5381789fb6299908689ba346b431c8"
