"""Pure decisions, by tables and against what a client does."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hongyan.foundation.ids import DeviceId
from hongyan.foundation.problems import Problem
from hongyan.media import model, rules, wire
from hongyan.media.gate import Gate
from hongyan.sdk.media import blob as b

LAN, MEI = DeviceId(1), DeviceId(2)


@given(st.integers(0, model.CONTENT_BYTES_MAX))
@example(0)
@example(65_536)
@example(65_537)
@example(model.CONTENT_BYTES_MAX)
def test_each_length_that_a_client_makes_is_taken(size: int) -> None:
    """[ME2] [ME3] [ME9]"""
    assert rules.is_blob_length(b.blob_bytes(size))


def test_no_other_length_is_taken() -> None:
    """[ME9]: all of them up to 300,000, and those around the greatest."""
    made = {b.blob_bytes(size) for size in range(300_000)}
    reach = max(made)
    assert {length for length in range(reach + 1) if rules.is_blob_length(length)} == made
    assert b.blob_bytes(model.CONTENT_BYTES_MAX) == model.BLOB_BYTES_MAX == 209_766_400
    top = range(model.BLOB_BYTES_MAX - 1_000, model.BLOB_BYTES_MAX + 1_000)
    assert [length for length in top if rules.is_blob_length(length)] == [model.BLOB_BYTES_MAX]


@given(st.text("0123456789-=bytes, ", max_size=30), st.integers(1, 10_000))
def test_a_range_never_leaves_the_blob(header: str, length: int) -> None:
    """[ME13]"""
    found = rules.asked_range(header, length)
    assert found is None or found == (0, 0) or 0 <= found[0] < found[1] <= length


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bytes=0-9", (0, 10)),
        ("Bytes=0-9", (0, 10)),
        ("bytes=90-200", (90, 100)),
        ("bytes=90-", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-200", (0, 100)),
        ("bytes=100-", (0, 0)),
        ("bytes=-0", (0, 0)),
        ("bytes=9-0", None),
        ("bytes=0-1,3-4", None),
        ("bytes=-", None),
        ("", None),
    ],
)
def test_ranges(header: str, found: tuple[int, int] | None) -> None:
    """[ME13]"""
    assert rules.asked_range(header, 100) == found


@given(
    st.text(st.characters(codec="latin-1"), max_size=200) | st.from_regex(r"id [\w+/=]*,group [\w+/=]*", fullmatch=True)
)
def test_any_metadata_is_understood_or_refused(header: str) -> None:
    """[ME9]"""
    try:
        wanted = wire.wanted_of(header, 4_112)
    except Problem as problem:
        assert problem.code == "malformed"
    else:
        assert len(wanted.blob_id) == 16 and 1 <= len(wanted.group_id) <= 255


@given(st.text(max_size=40))
def test_any_path_is_an_id_or_nothing(text: str) -> None:
    """[ME13]: and each id has one path only."""
    try:
        blob_id = wire.blob_id_of_path(text)
    except Problem as problem:
        assert problem.code == "media_unknown"
    else:
        assert wire.path_of(blob_id) == text


async def test_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """[ME16]"""
    gate = Gate(count_max=3, of_device_max=2)
    first, second = gate.enter(LAN), gate.enter(LAN)
    assert first is not None and second is not None
    assert gate.enter(LAN) is None
    other = gate.enter(MEI)
    assert other is not None and gate.enter(MEI) is None
    first.leave()
    first.leave()
    again = gate.enter(LAN)
    assert again is not None
    for place in (second, other, again):
        place.leave()
    assert gate.enter(LAN) is not None


async def test_a_stalled_reader_gives_up_its_place_until_it_reads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """[ME16]"""
    monkeypatch.setattr("hongyan.media.gate.STALLED_S", 0)
    gate = Gate(count_max=1, of_device_max=1)
    place = gate.enter(LAN)
    assert place is not None

    async def parts() -> AsyncGenerator[bytes, None]:
        yield b"1"
        yield b"2"

    reading = place.pace(parts())
    assert await anext(reading) == b"1"
    while (other := gate.enter(LAN)) is None:
        await asyncio.sleep(0)
    other.leave()
    assert await anext(reading) == b"2"
    assert [part async for part in reading] == []
    assert gate.enter(LAN) is not None
