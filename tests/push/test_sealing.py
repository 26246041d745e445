"""Encryption of wake-ups against the example of the RFC, and what a browser makes of ours."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from hypothesis import given
from hypothesis import strategies as st
from tests.push.service import Browser, WakeUp, unbase64

from hongyan.push.sealing import UnusableKey, encrypt, public_bytes, seal


def test_the_example_of_the_rfc() -> None:
    """RFC 8291, appendix A."""
    own = derive_private_key(
        int.from_bytes(unbase64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), SECP256R1()
    )
    device_key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    made = encrypt(
        b"When I grow up, I want to be a watermelon\x02",
        unbase64(device_key),
        unbase64("BTBZMqHH6r4Tts7J_aSIgg"),
        unbase64("DGv6ra1nlYgDCS1FRnbzlw"),
        own,
    )
    assert made == unbase64(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@given(st.sampled_from([b"mail", b"trial", b""]))
def test_a_browser_reads_it_and_its_size_says_nothing(content: bytes) -> None:
    """[PU4]"""
    browser = Browser("https://push.example/1")
    sealed = seal(content, browser.device_key, browser.auth_secret)
    assert browser.open(WakeUp("/1", {"content-encoding": "aes128gcm"}, sealed)) == content
    assert len(sealed) == len(seal(b"other", browser.device_key, browser.auth_secret)) == 231
    assert sealed != seal(content, browser.device_key, browser.auth_secret)


@pytest.mark.parametrize("key", [b"", bytes(65), b"\x04" + bytes(64), b"\x04" + b"\xff" * 64])
def test_a_key_that_is_no_point_is_refused(key: bytes) -> None:
    with pytest.raises(UnusableKey):
        seal(b"mail", key, bytes(16))


def test_the_public_half_is_an_uncompressed_point() -> None:
    key = public_bytes(Browser("").key)
    assert len(key) == 65 and key[0] == 4
