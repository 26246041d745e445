"""Pure decisions: the public header of an MLSMessage, the number window, and who may change a roster."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from hongyan.delivery.frames import Commit, VerdictCode
from hongyan.delivery.model import (
    COMMIT_BYTES_MAX,
    GROUP_ACCOUNTS_MAX,
    GROUP_DEVICES_MAX,
    GROUP_INFO_BYTES_MAX,
    WELCOME_BYTES_MAX,
    Group,
)
from hongyan.foundation.ids import AccountId, DeviceId

WINDOW: Final = 128
WINDOW_BYTES: Final = WINDOW // 8 + 1
_WINDOW_MASK: Final = (1 << (WINDOW + 1)) - 1

_MLS10: Final = b"\x00\x01"
_PUBLIC: Final = b"\x00\x01"
_PRIVATE: Final = b"\x00\x02"
_SENDER_MEMBER: Final = 1
_SENDER_NEW_MEMBER_COMMIT: Final = 4
_APPLICATION: Final = 1
_COMMIT: Final = 3


class Content(IntEnum):
    """What the header says a message is; proposals and everything else are not carried."""

    APPLICATION = 1
    COMMIT = 2
    EXTERNAL_COMMIT = 3


class Header(NamedTuple):
    group_id: bytes
    epoch: int
    content: Content


def read_header(message: bytes) -> Header | None:
    """Read all that the server reads of an MLSMessage [DS1]; None if it is not one that the server carries.

    RFC 9420 §6: u16 version | u16 wire_format | group_id<V> | u64 epoch, then PrivateMessage: u8 content_type;
    PublicMessage: sender | authenticated_data<V> | u8 content_type.
    """
    if message[:2] != _MLS10:
        return None
    wire_format = message[2:4]
    group_id, at = read_vector(message, 4)
    epoch_bytes = message[at : at + 8]
    if group_id is None or len(message) < at + 9:
        return None
    epoch = int.from_bytes(epoch_bytes, "big")
    at += 8
    if wire_format == _PRIVATE:
        kind = message[at]
        if kind == _APPLICATION:
            return Header(group_id, epoch, Content.APPLICATION)
        return Header(group_id, epoch, Content.COMMIT) if kind == _COMMIT else None
    if wire_format != _PUBLIC:
        return None
    sender = message[at]
    at += 5 if sender == _SENDER_MEMBER else 1
    authenticated, at = read_vector(message, at)
    if authenticated is None or message[at : at + 1] != bytes((_COMMIT,)):
        return None
    if sender == _SENDER_MEMBER:
        return Header(group_id, epoch, Content.COMMIT)
    return Header(group_id, epoch, Content.EXTERNAL_COMMIT) if sender == _SENDER_NEW_MEMBER_COMMIT else None


def read_vector(message: bytes, at: int) -> tuple[bytes | None, int]:
    """A variable-size vector (RFC 9420 §2.1.2) and the place behind it; None if truncated or not minimal."""
    if at >= len(message):
        return None, at
    first = message[at]
    if first < 0x40:
        end = at + 1 + first
        return (message[at + 1 : end], end) if end <= len(message) else (None, at)
    if first >= 0xC0:
        return None, at
    size = 2 if first < 0x80 else 4
    start = at + size
    length = int.from_bytes(message[at:start], "big") & ((1 << (8 * size - 2)) - 1)
    minimal = length >= (0x40 if size == 2 else 0x4000)
    end = start + length
    if start > len(message) or end > len(message) or not minimal:
        return None, at
    return message[start:end], end


def is_decided(highest: int, accepted: int, no: int) -> bool:
    """Whether `no` needs no more work: accepted before, or below the window [DS4].

    Bit i of `accepted` stands for number `highest` - i.
    """
    behind = highest - no
    return behind >= 0 and (behind > WINDOW or bool(accepted >> behind & 1))


def decide(highest: int, accepted: int, no: int, *, yes: bool) -> tuple[int, int]:
    """The window after the verdict on `no`, which is not decided yet [DS4]."""
    if no > highest:
        ahead = no - highest
        accepted = (accepted << ahead) & _WINDOW_MASK if ahead <= WINDOW else 0
        return no, accepted | yes
    return highest, accepted | (yes << (highest - no))


def judge_sizes(commit: Commit) -> VerdictCode:
    """Whether the parts of a commit are small enough [DS12]."""
    if len(commit.message) > COMMIT_BYTES_MAX or len(commit.group_info) > GROUP_INFO_BYTES_MAX:
        return VerdictCode.TOO_LARGE
    if commit.welcome is not None and len(commit.welcome) > WELCOME_BYTES_MAX:
        return VerdictCode.TOO_LARGE
    return VerdictCode.ACCEPTED


def judge_shape(commit: Commit, sender: DeviceId, content: Content) -> VerdictCode:
    """Whether a commit can be what it says it is, whatever the group [DS2, DS9]."""
    added, removed = commit.added, commit.removed
    if len(set(added)) != len(added) or len(set(removed)) != len(removed) or not commit.group_info:
        return VerdictCode.MALFORMED
    if content is Content.EXTERNAL_COMMIT:
        well_formed = added == [sender] and removed in ([], [sender]) and commit.welcome is None
    else:
        well_formed = sender not in added and sender not in removed and bool(added) == bool(commit.welcome)
    return VerdictCode.ACCEPTED if well_formed else VerdictCode.MALFORMED


def judge_place(
    group: Group | None,
    header: Header,
    sender: DeviceId,
    sender_account: AccountId,
) -> VerdictCode:
    """Whether the sender may speak in this group at this epoch; `group` None: unknown to the server.

    A commit with epoch 0 for an unknown group creates it [DS2]; an external commit needs a device of the same
    account in the roster [DS9].
    """
    if group is None:
        creates = header.content is Content.COMMIT and header.epoch == 0
        return VerdictCode.ACCEPTED if creates else VerdictCode.UNKNOWN_GROUP
    if header.content is Content.EXTERNAL_COMMIT:
        if sender not in group.roster and sender_account not in group.accounts():
            return VerdictCode.NOT_A_MEMBER
    elif sender not in group.roster:
        return VerdictCode.NOT_A_MEMBER
    return VerdictCode.ACCEPTED if header.epoch == group.epoch else VerdictCode.STALE_EPOCH


def roster_after(
    group: Group | None,
    commit: Commit,
    sender: DeviceId,
    accounts: dict[DeviceId, AccountId],
) -> dict[DeviceId, AccountId]:
    """The roster once `commit` has won; `accounts` has the sender and everybody added.

    A device both removed and added is replaced: it gets the welcome only.
    """
    roster = {sender: accounts[sender]} if group is None else dict(group.roster)
    for device_id in commit.removed:
        roster.pop(DeviceId(device_id), None)
    for device_id in commit.added:
        roster[DeviceId(device_id)] = accounts[DeviceId(device_id)]
    return roster


def judge_members(group: Group | None, commit: Commit) -> VerdictCode:
    """Nobody is added who is in the roster and stays in it; only who has the newest epoch can know who is [DS2]."""
    if group is None:
        return VerdictCode.ACCEPTED
    doubled = any(added in group.roster and added not in commit.removed for added in commit.added)
    return VerdictCode.MALFORMED if doubled else VerdictCode.ACCEPTED


def judge_fullness(roster: dict[DeviceId, AccountId]) -> VerdictCode:
    """Whether the roster is within the limits [DS12]."""
    too_many = len(roster) > GROUP_DEVICES_MAX or len(set(roster.values())) > GROUP_ACCOUNTS_MAX
    return VerdictCode.GROUP_FULL if too_many else VerdictCode.ACCEPTED
