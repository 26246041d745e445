"""Names and invitations, by tables and properties [ID1] [ID2] [ID4]."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts.people import KeyRing

from hongyan.accounts.model import NAME_CHARACTERS_MAX, Invitation, InvitationKind, Refusal
from hongyan.accounts.proofs import box_is_signed, device_is_certified
from hongyan.accounts.rules import canonical_name, fold, refusal_of_invitation
from hongyan.foundation.ids import InvitationId


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("兰", "兰"),
        ("外婆", "外婆"),
        ("王小明88", "王小明88"),
        ("Lan", "Lan"),
        (" lan ", "lan"),  # an input method leaves a space behind
        ("ｌａｎ", "lan"),  # full width
        ("Lan_2.a-b", "Lan_2.a-b"),
        ("欧阳·", None),
        ("田中々", "田中々"),
        ("サトー", "サトー"),
        ("二〇二六", "二〇二六"),
        ("김철수", "김철수"),
        ("Мария", "Мария"),
        ("Đặng", "Đặng"),
        ("สมชาย์", "สมชาย์"),
        ("lan兰", "lan兰"),
        ("𠮷野", "𠮷野"),
        ("e\u0301va", "éva"),
        ("a" * NAME_CHARACTERS_MAX, "a" * NAME_CHARACTERS_MAX),
        ("a" * (NAME_CHARACTERS_MAX + 1), None),
        ("ﷺ" * 20, None),  # grows under NFKC
        ("", None),
        ("   ", None),
        (".", None),
        ("..", None),
        ("-lan", None),
        ("lan.", None),
        ("la n", None),
        ("la\u3000n", None),
        ("la\u200bn", None),  # zero width space
        ("兰\ufe0f", None),  # variation selector
        ("兰\U000e0101", None),
        ("lan\u0000", None),
        ("lan\u202e", None),  # right-to-left override
        ("lan\u3164", None),  # Hangul filler, a letter that shows nothing
        ("lan/mei", None),
        ("lan@mei", None),
        ("lan#", None),
        ("兰🙂", None),
        ("lаn", None),  # Cyrillic а
        ("lαn", None),  # Greek α
        ("\u0301", None),
        ("z\u0335\u0335\u0335", None),  # more marks than a letter bears
        ("1\u0301", None),
        ("\ud800", None),
        ("١٢٣", None),  # digits that are not ASCII
    ],
)
def test_names(typed: str, kept: str | None) -> None:
    """[ID1]"""
    assert canonical_name(typed) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lan", "lAN"), ("ＬＡＮ", "lan"), ("STRASSE", "straße"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), (" 兰", "兰")],
)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    """[ID1]"""
    assert fold(one) == fold(other)


@given(st.text())
def test_a_kept_name_is_kept_as_it_is(typed: str) -> None:
    """[ID1] What the server keeps is stable: typed again, it is the same name."""
    kept = canonical_name(typed)
    if kept is not None:
        assert 1 <= len(kept) <= NAME_CHARACTERS_MAX
        assert canonical_name(kept) == kept
        assert fold(fold(kept)) == fold(kept) == fold(typed)
        assert "/" not in kept and kept not in (".", "..")


@pytest.mark.parametrize(
    ("uses", "now_ms", "refusal"),
    [
        (0, 999, None),
        (2, 999, None),
        (3, 999, Refusal.INVITATION_USED),
        (0, 1000, Refusal.INVITATION_EXPIRED),
        (3, 1000, Refusal.INVITATION_USED),
    ],
)
def test_when_an_invitation_admits(uses: int, now_ms: int, refusal: Refusal | None) -> None:
    invitation = Invitation(
        InvitationId(1), b"", InvitationKind.MEMBER, None, uses, 3, 0, 1000, care_mode=False, language=None
    )
    assert refusal_of_invitation(invitation, now_ms=now_ms) is refusal


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64))
def test_random_signatures_prove_nothing(key: bytes, signature: bytes) -> None:
    """[ID2] [ID4] Whatever 32 bytes call themselves a key, nothing raises."""
    assert not device_is_certified(KeyRing().account_key, key, 1, signature)
    box_is_signed(key, key, signature)


def test_signatures_bind_all_they_sign() -> None:
    """[ID2] [ID4]"""
    lan, mei = KeyRing(), KeyRing()
    device = lan.new_device()
    assert box_is_signed(lan.account_key, lan.box_key, lan.box_signature)
    assert not box_is_signed(lan.account_key, mei.box_key, lan.box_signature)
    assert not box_is_signed(mei.account_key, lan.box_key, lan.box_signature)
    assert device_is_certified(lan.account_key, device.signature_key, device.created_at_ms, device.certificate)
    assert not device_is_certified(lan.account_key, device.signature_key, device.created_at_ms + 1, device.certificate)
    assert not device_is_certified(mei.account_key, device.signature_key, device.created_at_ms, device.certificate)
    assert not device_is_certified(lan.account_key, lan.box_key, device.created_at_ms, lan.box_signature)
