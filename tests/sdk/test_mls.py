"""MLS behind the SDK's interface: what the library does not hand out is derived, proved, and agrees with others."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mls_rs_uniffi import mls_rs_uniffi as mls_rs  # type: ignore[import-untyped]  # generated, no stubs

from hongyan.sdk.mls import Unusable, wire
from hongyan.sdk.mls.folder import Folder
from hongyan.sdk.mls.rine import RineMls
from hongyan.sdk.store.keys import KeyFile
from hongyan.sdk.store.store import Store, Tx

GROUP = b"a group of people"[:16]


@dataclass
class Member:
    folder: Path
    seed: bytes
    store: Store
    mls: RineMls

    @classmethod
    def new(cls, folder: Path, number: int) -> "Member":
        folder.mkdir()
        store = Store(folder / "state.db", KeyFile(folder / "key"))
        seed = bytes([number]) * 32
        return cls(folder, seed, store, RineMls(folder / "state.db", store, seed))

    @property
    def key(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    def save(self) -> None:
        self.store.write(self.mls.save)
        self.mls.settle()

    def adopt(self, made: bytes) -> None:
        self.mls.adopt(GROUP, made)
        self.save()

    def restart(self) -> None:
        self.mls.close()
        self.store.close()
        self.store = Store(self.folder / "state.db", KeyFile(self.folder / "key"))
        self.mls = RineMls(self.folder / "state.db", self.store, self.seed)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Member]]:
    """lan, mei and bo; lan and mei are in the group."""
    members = [Member.new(tmp_path / name, number) for number, name in enumerate(("lan", "mei", "bo"))]
    lan, mei, _ = members
    [package] = mei.mls.make_key_packages(1)
    mei.save()
    made = lan.mls.create(GROUP, [package])
    assert wire.head_of(made.message).epoch == 0 and made.welcome is not None
    lan.adopt(made.next)
    assert mei.mls.join(GROUP, made.welcome).epoch == 1
    mei.save()
    yield members
    for member in members:
        member.mls.close()
        member.store.close()


def test_what_is_undecided_changes_nothing(three: list[Member]) -> None:
    """[HL1] A commit is made beside the state; who lost the race goes on from where she was."""
    lan, mei, bo = three
    packages = bo.mls.make_key_packages(2)
    bo.save()
    lost = lan.mls.commit(GROUP, [packages[0]], [])
    won = mei.mls.commit(GROUP, [packages[1]], [])
    assert lan.mls.epoch(GROUP) == mei.mls.epoch(GROUP) == 1 and lost.epoch == won.epoch == 2
    mei.adopt(won.next)
    done = lan.mls.process(GROUP, won.message)
    lan.save()
    assert done.committer == mei.key and len(done.after) == 3 and not done.removed_self
    assert won.welcome is not None
    bo.mls.join(GROUP, won.welcome)
    bo.save()
    assert bo.mls.decrypt(GROUP, lan.mls.encrypt(GROUP, b"hello")) == (lan.key, b"hello")


def test_a_transaction_that_fails_is_undone(three: list[Member]) -> None:
    """A ratchet that moved and was not stored moves back: the message can be read again."""
    lan, mei, _ = three
    said = lan.mls.encrypt(GROUP, b"once")
    lan.save()
    assert mei.mls.decrypt(GROUP, said)[1] == b"once"

    def fails(tx: Tx) -> None:
        mei.mls.save(tx)
        raise ValueError

    with pytest.raises(ValueError):
        mei.store.write(fails)
    mei.mls.undo()
    assert mei.mls.decrypt(GROUP, said)[1] == b"once"
    mei.save()
    mei.restart()
    with pytest.raises(Unusable) as refused:
        mei.mls.decrypt(GROUP, said)
    assert refused.value.is_replay


def test_late_messages_are_read_and_their_senders_known(three: list[Member]) -> None:
    """A message of an earlier epoch names a leaf of that epoch."""
    lan, mei, bo = three
    late = mei.mls.encrypt(GROUP, b"late")
    mei.save()
    packages = bo.mls.make_key_packages(1)
    bo.save()
    lan.adopt(lan.mls.commit(GROUP, packages, []).next)
    lan.restart()
    assert lan.mls.decrypt(GROUP, late) == (mei.key, b"late")


def test_who_was_removed_knows_by_whom(three: list[Member]) -> None:
    lan, mei, _ = three
    gone = lan.mls.commit(GROUP, [], [1])
    lan.adopt(gone.next)
    done = mei.mls.process(GROUP, gone.message)
    assert done.removed_self and done.committer == lan.key


def test_a_lost_place_is_taken_again(three: list[Member]) -> None:
    """[HL2] By external commit, in the place of the own former leaf."""
    lan, mei, _ = three
    info = lan.mls.group_info(GROUP)
    again = mei.mls.rejoin(GROUP, info)
    assert again.replaces_own_leaf
    mei.adopt(again.next)
    done = lan.mls.process(GROUP, again.message)
    lan.save()
    assert done.committer == mei.key and len(done.after) == 2
    assert lan.mls.decrypt(GROUP, mei.mls.encrypt(GROUP, b"back")) == (mei.key, b"back")


def test_the_last_resort_is_kept(three: list[Member]) -> None:
    """[DS13] A package that is given out more than once opens more than one welcome."""
    lan, _, bo = three
    [package] = bo.mls.make_key_packages(1)

    def store(tx: Tx) -> None:
        bo.mls.save(tx)
        bo.mls.keep_when_used(tx, package)

    bo.store.write(store)
    bo.mls.settle()
    for _ in range(2):
        made = lan.mls.commit(GROUP, [package], [])
        lan.adopt(made.next)
        assert made.welcome is not None
        bo.mls.join(GROUP, made.welcome)
        bo.save()
        bo.restart()
        out = lan.mls.commit(GROUP, [], [leaf.index for leaf in made.leaves if leaf.key == bo.key])
        lan.adopt(out.next)
        bo.mls.forget(GROUP)
        bo.save()


def test_derived_secrets_agree_with_another_stack(three: list[Member]) -> None:
    """The exporter, the sender of a private commit: with mls-rs, which hands out the one and sends the other."""
    lan, _, _ = three
    seed = b"\7" * 32
    identity = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    pair = mls_rs.SignatureKeypair(
        cipher_suite=mls_rs.CipherSuite.CURVE25519_AES128,
        public_key=mls_rs.SignaturePublicKey(bytes=identity),
        secret_key=mls_rs.SignatureSecretKey(bytes=seed + identity),
    )
    other = mls_rs.Client(identity, pair, mls_rs.client_config_default())
    made = lan.mls.commit(GROUP, [bytes(other.generate_key_package_message().to_bytes())], [])
    lan.adopt(made.next)
    group = other.join_group(None, mls_rs.Message.from_bytes(made.welcome)).group
    for label in ("hongyan policy", "a call"):
        assert lan.mls.export(GROUP, label, GROUP, 16) == bytes(group.export_secret(label.encode(), GROUP, 16))
    commit = bytes(group.commit().commit_message.to_bytes())
    assert lan.mls.process(GROUP, commit).committer == identity
    assert all(leaf.key for leaf in lan.mls.leaves(GROUP))


def test_what_a_killed_process_left_in_memory_goes(tmp_path: Path) -> None:
    """Its folder is not locked any more; that of a living one stays."""
    living = Member.new(tmp_path / "lan", 1)
    kept = living.mls._folder.root
    left = kept.with_name(f"{kept.name[:-4]}dead")
    (left / "key_packages").mkdir(parents=True)
    left.with_suffix(".lock").touch()
    other = Member.new(tmp_path / "mei", 2)
    assert not left.exists() and kept.exists()
    for member in (living, other):
        member.mls.close()
        member.store.close()
    assert not kept.exists() and not kept.with_suffix(".lock").exists()


def test_nobody_sweeps_what_another_is_making(tmp_path: Path) -> None:
    """Programs that start and are killed at the same time leave each other's folders alone."""

    def lives(number: int) -> Folder:
        store = Store(tmp_path / f"{number}.db", KeyFile(tmp_path / f"{number}.key"))
        for _ in range(60):
            folder = Folder(tmp_path / str(number), store, frozenset())
            folder.put("groups/one", b"a state")
            assert folder.read("groups/one") == b"a state"
            assert folder._lock is not None
            os.close(folder._lock)  # as when it is killed
        store.close()
        return folder

    with ThreadPoolExecutor(4) as pool:
        left = list(pool.map(lives, range(4)))
    Member.new(tmp_path / "lan", 1).mls.close()
    assert not [folder for folder in left if folder.root.exists()]
