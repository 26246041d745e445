"""The golden bytes that the app reads and writes, read and written by the SDK."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.sdk.content.details import Attachment, Detail, Record, RecordItem, detail_body
from hongyan.sdk.content.kinds import (
    Again,
    Carried,
    GroupWord,
    Handed,
    Kind,
    Nudge,
    PassedOver,
    ReadUpTo,
    Resend,
    Timer,
    Typing,
    Unknown,
    Words,
    again_body,
    handed_body,
    left_body,
    nickname_body,
    nudge_body,
    parse_kind,
    read_body,
    resend_body,
    text_body,
    timer_body,
    typing_body,
    wakes,
)
from hongyan.sdk.content.message import NOTHING, Body, decode_content, encode_content, message_id

GOLDEN = json.loads((Path(__file__).parents[2] / "protocol/golden/content.json").read_text("utf-8"))["content"]
SAMPLES = {str(sample["name"]): {key: str(value) for key, value in sample.items()} for sample in GOLDEN}


def octets(name: str, field: str) -> bytes:
    return bytes.fromhex(SAMPLES[name][field])


def body_of(kind: Kind) -> Body | None:
    """The body that says this; None for what the SDK reads and never says."""
    match kind:
        case Words(text):
            return text_body(text)
        case Carried(detail):
            return detail_body(detail)
        case Nudge(account):
            return nudge_body(account)
        case Timer(seconds):
            return timer_body(seconds)
        case Typing():
            return typing_body()
        case ReadUpTo():
            return read_body(kind)
        case Resend():
            return resend_body(kind)
        case Again():
            return again_body(kind)
        case Handed():
            return handed_body(kind)
        case GroupWord(departure=bytes() as departure):
            return left_body(departure)
        case GroupWord(nickname=named) if named is not None:
            return nickname_body(named)
    return None


@pytest.mark.parametrize("name", SAMPLES)
def test_golden(name: str) -> None:
    """[CO1] [CO2] [CO5] [CO6] [CO7] Content, message id and body, byte for byte, both ways."""
    content = decode_content(octets(name, "content"))
    assert content is not None and encode_content(content) == octets(name, "content")
    assert content.counter == int(SAMPLES[name]["counter"])
    made = message_id(octets(name, "sender_key"), octets(name, "group_id"), octets(name, "content"))
    assert made == octets(name, "message_id")
    kind = parse_kind(content.body)
    assert not isinstance(kind, Unknown)
    if not isinstance(kind, PassedOver) and content.body != NOTHING:
        assert body_of(kind) == content.body


def test_the_golden_file_has_every_kind() -> None:
    assert len(SAMPLES) >= 28


def test_a_record_in_a_record_ends() -> None:
    """[CO6] Deeper than five, items are lost and nothing else."""
    record = Record("", ())
    for _ in range(8):
        record = Record("套娃", (RecordItem("lan", 0, "", record),))
    kind = parse_kind(detail_body(record))
    assert isinstance(kind, Carried)
    inner: Detail | None = kind.detail
    depth = 0
    while isinstance(inner, Record):
        depth += 1
        inner = inner.items[0].detail if inner.items else None
    assert depth == 6


@given(st.binary(max_size=300))
def test_anything_is_read(content: bytes) -> None:
    decode_content(content)
    for name in ("attachment", "group", "resend", "handed", "record", "read"):
        parse_kind(Body(f"application/hongyan.{name}", content))


def test_what_wakes() -> None:
    """[PU3] The same judgement as `web/src/core/content/urgency.ts`."""
    attachment = Attachment("picture", "", bytes(32), bytes(7), bytes(32), 0, 1, "image/jpeg", "")
    assert wakes(text_body("你好"), replaces=False, is_reaction=False)
    assert wakes(detail_body(attachment), replaces=False, is_reaction=False)
    assert wakes(nudge_body(1), replaces=False, is_reaction=False)
    assert not wakes(text_body("改"), replaces=True, is_reaction=False)
    assert not wakes(text_body("🎉"), replaces=False, is_reaction=True)
    assert not wakes(typing_body(), replaces=False, is_reaction=False)
