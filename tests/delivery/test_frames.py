"""Frames: golden bytes shared with the web, strictness, and generated files that have not drifted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan.delivery import frames as f
from hongyan.delivery import generate

GOLDEN = json.loads((Path(__file__).parents[2] / "protocol/golden/frames.json").read_text("utf-8"))
DECODE = {"client": f.decode_client_frame, "server": f.decode_server_frame}


def from_json(value: object) -> object:
    """Undo what golden.py did: fields as a list in declaration order, bytes from "hex:…"."""
    if isinstance(value, dict):
        return [from_json(field) for name, field in value.items() if name != "frame"]
    if isinstance(value, list):
        return [from_json(one) for one in value]
    if isinstance(value, str) and value.startswith("hex:"):
        return bytes.fromhex(value[4:])
    return value


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda m: "_" + m[0].lower(), name)


@pytest.mark.parametrize("golden", GOLDEN["frames"], ids=lambda g: f"{g['side']}: {g['name']}")
def test_golden_bytes_both_ways(golden: dict[str, Any]) -> None:
    wire = bytes.fromhex(golden["hex"])
    frame = DECODE[golden["side"]](wire)
    written: dict[str, Any] = golden["object"]
    assert list(msgspec.structs.asdict(frame)) == [snake(name) for name in written if name != "frame"]
    assert type(frame).__name__.lower() == written["frame"].lower()
    assert msgspec.to_builtins(frame, builtin_types=(bytes,))[1:] == from_json(written)
    assert f.encode_frame(frame) == wire


@pytest.mark.parametrize("golden", GOLDEN["malformed"], ids=lambda g: f"{g['side']}: {g['name']}")
def test_malformed_frames_are_refused(golden: dict[str, str]) -> None:
    """[RT1]"""
    with pytest.raises(msgspec.DecodeError):
        DECODE[golden["side"]](bytes.fromhex(golden["hex"]))


def test_a_token_that_is_not_utf8_is_refused() -> None:
    """[RT1]"""
    with pytest.raises(msgspec.DecodeError):
        f.decode_client_frame(bytes.fromhex("940101a2ff8000"))


def test_golden_covers_every_frame() -> None:
    seen = {golden["object"]["frame"] for golden in GOLDEN["frames"]}
    union = [*generate.members_of(f.AnyClientFrame), *generate.members_of(f.AnyServerFrame)]
    assert seen == {one.cls.__name__.lower() for one in union}


def test_generated_files_match() -> None:
    assert generate.main(["--check"]) == 0


@given(st.binary(max_size=200))
def test_random_bytes_decode_or_raise(wire: bytes) -> None:
    """[RT1] No other exception, and whatever decodes is canonical enough to be encoded again."""
    try:
        frame = f.decode_client_frame(wire)
    except msgspec.DecodeError:
        return
    assert f.decode_client_frame(f.encode_frame(frame)) == frame


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.text(max_size=5)
        | st.binary(max_size=40),
        lambda inner: st.lists(inner, max_size=9),
        max_leaves=30,
    )
)
def test_random_messagepack_decodes_or_raises(value: object) -> None:
    wire = msgspec.msgpack.encode([len(value), *value] if isinstance(value, list) else value)
    for decode in DECODE.values():
        try:
            decode(wire)
        except msgspec.DecodeError:
            continue


@given(st.integers(1, f.MAIL_ENVELOPES_MAX), st.binary(max_size=300), st.integers(1, 2**53 - 1))
def test_joined_mail_equals_encoded_mail(count: int, body: bytes, seq: int) -> None:
    envelope = f.Envelope(seq, f.EnvelopeKind.APPLICATION, b"g", 2, 3, 4, body)
    assert f.join_mail([f.encode_envelope(envelope)] * count) == f.encode_frame(f.Mail([envelope] * count))
