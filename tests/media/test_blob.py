"""The blob format against its golden bytes, and against whoever tampers with a blob [ME1]–[ME7]."""

import hashlib
import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from tests.media.golden import GOLDEN_FILE, KEY, PREFIX, content, golden

from hongyan.sdk.media import blob as b

GOLDEN = json.loads(GOLDEN_FILE.read_text(encoding="utf-8"))


def test_the_golden_bytes_are_what_the_format_says() -> None:
    """[ME7]"""
    assert golden() == GOLDEN
    assert len(GOLDEN["samples"]) >= 9 and len(GOLDEN["sizes"]) >= 13


@pytest.mark.parametrize("sample", GOLDEN["samples"], ids=lambda sample: sample["name"])
def test_a_golden_blob_opens(sample: dict[str, int | str]) -> None:
    """[ME3] [ME4] [ME6]"""
    size = sample["size"]
    assert isinstance(size, int)
    sealed, opening = b.seal(content(size), KEY, PREFIX)
    assert hashlib.sha256(sealed).hexdigest() == sample["blob_sha256"]
    assert b.unseal(sealed, opening) == content(size)


@given(st.integers(0, b.CONTENT_BYTES_MAX))
def test_padding_adds_little_and_never_passes_the_limit(size: int) -> None:
    """[ME2]"""
    padded = b.padded_bytes(size)
    assert max(size, 4_096) <= padded <= b.CONTENT_BYTES_MAX
    assert padded == b.padded_bytes(padded)
    if size >= 4_096:
        assert (padded - size) / size < (0.032 if size > 65_536 else 0.063)


def test_any_chunk_opens_alone() -> None:
    """[ME3] [ME6]"""
    sealed, _ = b.seal(content(200_000), KEY, PREFIX)
    chunk = sealed[65_552 : 2 * 65_552]
    assert AESGCM(KEY).decrypt(b.nonce(PREFIX, 1, last=False), chunk, None) == content(200_000)[65_536:131_072]


@pytest.mark.parametrize("harm", ["bit", "cut", "swap", "drop last", "longer"])
def test_a_tampered_blob_is_refused(harm: str) -> None:
    """[ME6]"""
    sealed, opening = b.seal(content(200_000), KEY, PREFIX)
    chunks = list(b.chunks_of(sealed))
    harmed = {
        "bit": sealed[:70_000] + bytes([sealed[70_000] ^ 1]) + sealed[70_001:],
        "cut": sealed[:-1],
        "swap": b"".join([chunks[1], chunks[0], *chunks[2:]]),
        "drop last": b"".join(chunks[:-1]),
        "longer": sealed + bytes(16),
    }[harm]
    with pytest.raises((ValueError, InvalidTag)):
        b.unseal(harmed, opening)


def test_a_blob_cut_at_a_chunk_does_not_pass_for_a_whole_one() -> None:
    """[ME3]: the last chunk is marked, so a server cannot make a short content of a long one."""
    sealed, _ = b.seal(content(131_072), KEY, PREFIX)
    first = sealed[:65_552]
    lie = b.Opening(65_536, KEY, PREFIX, b.hash_of([first]))
    with pytest.raises(InvalidTag):
        b.unseal(first, lie)
