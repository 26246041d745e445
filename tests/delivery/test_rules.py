"""The pure rules: header parser, number window, rosters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery.client import application, commit_message, external_commit, public_commit

from hongyan.delivery import rules
from hongyan.delivery.frames import Commit, VerdictCode
from hongyan.delivery.model import Group
from hongyan.delivery.rules import WINDOW, Content, Header, read_header
from hongyan.foundation.ids import AccountId, DeviceId, GroupId

GROUP = b"0123456789abcdef"
LAN, MEI, BO = DeviceId(1), DeviceId(2), DeviceId(3)
ACCOUNTS = {LAN: AccountId(11), MEI: AccountId(12), BO: AccountId(13)}


@pytest.mark.parametrize(
    ("message", "content"),
    [
        (application(GROUP, 7, b"rest"), Content.APPLICATION),
        (commit_message(GROUP, 7, b"rest"), Content.COMMIT),
        (public_commit(GROUP, 7, b"rest"), Content.COMMIT),
        (external_commit(GROUP, 7, b"rest"), Content.EXTERNAL_COMMIT),
    ],
)
def test_header_is_read(message: bytes, content: Content) -> None:
    """[DS1]"""
    assert read_header(message) == Header(GROUP, 7, content)


EPOCH = bytes(8)
MALFORMED = {
    "nothing": b"",
    "another version": b"\x00\x02" + application(GROUP, 1)[2:],
    "a welcome": b"\x00\x01\x00\x03" + bytes(40),
    "a proposal": application(GROUP, 1)[:-1] + b"\x02",
    "an unknown content type": application(GROUP, 1)[:-1] + b"\x09",
    "public application content": public_commit(GROUP, 1)[:-1] + b"\x01",
    "an external sender": b"\x00\x01\x00\x01\x01g" + EPOCH + b"\x02\x00\x00\x00\x00\x00\x03",
    "a new member's proposal": b"\x00\x01\x00\x01\x01g" + EPOCH + b"\x03\x00\x03",
    "a group id cut off": b"\x00\x01\x00\x02\x10short",
    "no epoch": b"\x00\x01\x00\x02\x01g",
    "a length not minimal": b"\x00\x01\x00\x02\x40\x01g" + EPOCH + b"\x01",
    "a length of four bytes not minimal": b"\x00\x01\x00\x02\x80\x00\x00\x01g" + EPOCH + b"\x01",
    "a length with the reserved prefix": b"\x00\x01\x00\x02\xc1g" + EPOCH + b"\x01",
    "authenticated data beyond the end": b"\x00\x01\x00\x01\x01g" + EPOCH + b"\x04\x05\x03",
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED.keys())
def test_other_headers_are_not_carried(message: bytes) -> None:
    """[DS1]"""
    assert read_header(message) is None


@given(st.binary(max_size=80))
def test_random_bytes_never_raise(message: bytes) -> None:
    read_header(message)
    read_header(b"\x00\x01\x00\x01" + message)
    read_header(b"\x00\x01\x00\x02" + message)


@given(st.sampled_from([application, commit_message, public_commit, external_commit]), st.integers(0, 60))
def test_every_truncation_is_refused_or_whole(build: object, cut: int) -> None:
    assert callable(build)
    message = build(GROUP, 3)
    if cut < len(message):
        assert read_header(message[:cut]) is None


@given(st.lists(st.tuples(st.integers(1, 400), st.booleans()), max_size=60))
def test_window_agrees_with_a_set(asked: list[tuple[int, bool]]) -> None:
    """[DS4] Accepted numbers stay accepted; below the window everything is; all else is open."""
    highest, bits, accepted = 0, 0, set[int]()
    for no, yes in asked:
        expected = no < highest - WINDOW or no in accepted
        assert rules.is_decided(highest, bits, no) == expected
        if not expected:
            highest, bits = rules.decide(highest, bits, no, yes=yes)
            accepted |= {no} if yes else set()
        assert bits < 1 << (8 * rules.WINDOW_BYTES)
    if asked:
        assert highest == max(no for no, _ in asked)


def a_commit(added: list[DeviceId], removed: list[DeviceId], welcome: bytes | None, info: bytes = b"i") -> Commit:
    return Commit(1, GROUP, b"m", welcome, list(added), list(removed), info)


@pytest.mark.parametrize(
    ("commit", "content", "code"),
    [
        (a_commit([MEI], [], b"w"), Content.COMMIT, VerdictCode.ACCEPTED),
        (a_commit([], [MEI], None), Content.COMMIT, VerdictCode.ACCEPTED),
        (a_commit([MEI], [MEI], b"w"), Content.COMMIT, VerdictCode.ACCEPTED),
        (a_commit([MEI], [], None), Content.COMMIT, VerdictCode.MALFORMED),
        (a_commit([], [], b"w"), Content.COMMIT, VerdictCode.MALFORMED),
        (a_commit([MEI, MEI], [], b"w"), Content.COMMIT, VerdictCode.MALFORMED),
        (a_commit([], [MEI, MEI], None), Content.COMMIT, VerdictCode.MALFORMED),
        (a_commit([LAN], [], b"w"), Content.COMMIT, VerdictCode.MALFORMED),
        (a_commit([], [LAN], None), Content.COMMIT, VerdictCode.MALFORMED),
        (a_commit([], [], None, b""), Content.COMMIT, VerdictCode.MALFORMED),
        (a_commit([LAN], [], None), Content.EXTERNAL_COMMIT, VerdictCode.ACCEPTED),
        (a_commit([LAN], [LAN], None), Content.EXTERNAL_COMMIT, VerdictCode.ACCEPTED),
        (a_commit([LAN], [MEI], None), Content.EXTERNAL_COMMIT, VerdictCode.MALFORMED),
        (a_commit([MEI], [], None), Content.EXTERNAL_COMMIT, VerdictCode.MALFORMED),
        (a_commit([LAN, MEI], [], None), Content.EXTERNAL_COMMIT, VerdictCode.MALFORMED),
        (a_commit([LAN], [], b"w"), Content.EXTERNAL_COMMIT, VerdictCode.MALFORMED),
    ],
)
def test_shape_of_commits(commit: Commit, content: Content, code: VerdictCode) -> None:
    """[DS2] [DS9]"""
    assert rules.judge_shape(commit, LAN, content) is code


def a_group(*members: DeviceId) -> Group:
    return Group(GroupId(GROUP), 5, len(members), {one: ACCOUNTS[one] for one in members})


@pytest.mark.parametrize(
    ("group", "content", "epoch", "code"),
    [
        (None, Content.COMMIT, 0, VerdictCode.ACCEPTED),
        (None, Content.COMMIT, 1, VerdictCode.UNKNOWN_GROUP),
        (None, Content.EXTERNAL_COMMIT, 0, VerdictCode.UNKNOWN_GROUP),
        (None, Content.APPLICATION, 0, VerdictCode.UNKNOWN_GROUP),
        (a_group(MEI), Content.APPLICATION, 5, VerdictCode.NOT_A_MEMBER),
        (a_group(MEI), Content.COMMIT, 4, VerdictCode.NOT_A_MEMBER),
        (a_group(MEI), Content.EXTERNAL_COMMIT, 5, VerdictCode.NOT_A_MEMBER),
        (a_group(LAN, MEI), Content.APPLICATION, 4, VerdictCode.STALE_EPOCH),
        (a_group(LAN, MEI), Content.APPLICATION, 6, VerdictCode.STALE_EPOCH),
        (a_group(LAN, MEI), Content.COMMIT, 4, VerdictCode.STALE_EPOCH),
        (a_group(LAN, MEI), Content.EXTERNAL_COMMIT, 5, VerdictCode.ACCEPTED),
        (a_group(LAN, MEI), Content.COMMIT, 5, VerdictCode.ACCEPTED),
    ],
)
def test_place_and_epoch(group: Group | None, content: Content, epoch: int, code: VerdictCode) -> None:
    """[DS2] [DS3] [DS9] [DS10]"""
    assert rules.judge_place(group, Header(GROUP, epoch, content), LAN, ACCOUNTS[LAN]) is code


def test_external_commit_by_a_second_device_of_a_member() -> None:
    """[DS9]"""
    header = Header(GROUP, 5, Content.EXTERNAL_COMMIT)
    assert rules.judge_place(a_group(LAN), header, DeviceId(99), ACCOUNTS[LAN]) is VerdictCode.ACCEPTED


def test_roster_after_replacement() -> None:
    after = rules.roster_after(a_group(LAN, MEI), a_commit([BO], [MEI], b"w"), LAN, ACCOUNTS)
    assert after == {LAN: ACCOUNTS[LAN], BO: ACCOUNTS[BO]}


def test_full_groups() -> None:
    """[DS12]"""
    people = {DeviceId(n): AccountId(n) for n in range(1, 501)}
    assert rules.judge_fullness(people) is VerdictCode.ACCEPTED
    assert rules.judge_fullness(people | {DeviceId(501): AccountId(501)}) is VerdictCode.GROUP_FULL
    devices = {DeviceId(n): AccountId(n % 300) for n in range(1, 1_501)}
    assert rules.judge_fullness(devices) is VerdictCode.ACCEPTED
    assert rules.judge_fullness(devices | {DeviceId(1_501): AccountId(1)}) is VerdictCode.GROUP_FULL
