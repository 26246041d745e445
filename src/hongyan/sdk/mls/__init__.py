"""All that the SDK asks of MLS (RFC 9420): one narrow interface, so that another library can take the place.

A library's state is bytes in the store. What an operation changes is in memory until `save` wrote it in a
transaction; `settle` says that the transaction is true, `undo` that it is not.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from hongyan.sdk.store.store import Tx

EPOCHS_KEPT: Final = 50


class Unusable(Exception):
    """What the server handed us cannot be used here: the group heals. `is_replay`: it was seen before."""

    def __init__(self, why: str, *, is_replay: bool = False) -> None:
        super().__init__(why)
        self.is_replay = is_replay


@dataclass(frozen=True, slots=True)
class Leaf:
    """A device in a group's tree. `key`: its signature key, empty when its credential names another."""

    index: int
    key: bytes
    encryption_key: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """An own commit that is undecided: `next` is the state it leads to, `leaves` who is in that.

    A library may do a part of what was asked in one commit: `added` and `removed` say what this one does.
    """

    message: bytes
    welcome: bytes | None
    group_info: bytes
    next: bytes
    epoch: int
    leaves: tuple[Leaf, ...]
    added: bool = False
    removed: tuple[int, ...] = ()
    replaces_own_leaf: bool = False


@dataclass(frozen=True, slots=True)
class Processed:
    """Another device's commit, applied. `note`: what it carries for the group, still sealed with `note_key`."""

    committer: bytes | None
    note: bytes
    note_key: bytes
    removed_self: bool
    before: tuple[Leaf, ...]
    after: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """A welcome, taken. `handed`: what its sender enclosed for those she added [GP8]; empty when nothing."""

    epoch: int
    handed: bytes
    leaves: tuple[Leaf, ...]


class Mls(Protocol):
    """Group ids name groups. Each method raises Unusable when the bytes it was given cannot be used."""

    def make_key_packages(self, count: int) -> list[bytes]: ...
    def keep_when_used(self, tx: Tx, key_package: bytes) -> None: ...
    def create(self, group_id: bytes, add: list[bytes]) -> Made: ...
    def commit(self, group_id: bytes, add: list[bytes], remove: list[int]) -> Made: ...
    def join(self, group_id: bytes, welcome: bytes) -> Joined: ...
    def rejoin(self, group_id: bytes, group_info: bytes) -> Made: ...
    def adopt(self, group_id: bytes, made: bytes) -> tuple[Leaf, ...]: ...
    def process(self, group_id: bytes, message: bytes) -> Processed: ...
    def encrypt(self, group_id: bytes, content: bytes) -> bytes: ...
    def decrypt(self, group_id: bytes, message: bytes) -> tuple[bytes, bytes]: ...
    def epoch(self, group_id: bytes) -> int | None: ...
    def leaves(self, group_id: bytes) -> tuple[Leaf, ...]: ...
    def group_info(self, group_id: bytes) -> bytes: ...
    def export(self, group_id: bytes, label: str, context: bytes, length: int) -> bytes: ...
    def forget(self, group_id: bytes) -> None: ...
    def save(self, tx: Tx) -> None: ...
    def settle(self) -> None: ...
    def undo(self) -> None: ...
    def close(self) -> None: ...
