"""MLS by rine-mls: durable key packages and groups, external joins.

What it lacks, and what is done instead: no exporter, no sender of private commits, nothing of what a welcome encloses
(`secrets.py`); no self-update (a resync by external commit renews the leaf); one removal a commit (so several commits);
no authenticated data of its own, so that a commit of it changes members and never a group's rules.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from rine_mls import APP_MESSAGE_TAG, CIPHER_SUITE_CLASSICAL, CommitBundle, MlsClient, MlsGroup, RineMlsError

from hongyan.sdk.content import cbor
from hongyan.sdk.mls import EPOCHS_KEPT, Joined, Leaf, Made, Processed, Unusable, secrets, wire
from hongyan.sdk.mls.folder import Folder
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Reader, Tx

HANDED_EXTENSION: Final = 0xF0F1
NOTE_LABEL: Final = "hongyan policy"
NOTE_KEY_BYTES: Final = 16
_KEY_PACKAGES: Final = "key_packages"
_SELF_READ: Final = "self_read.bin"  # a cache of own messages in clear; nothing needs it
_LAST_RESORT: Final = "last_resort"
_BLANK: Final = bytes(32)


class RineMls:
    def __init__(self, state: Path, reader: Reader, device_seed: bytes) -> None:
        self._reader = reader
        self._folder = Folder(state, reader, frozenset((_SELF_READ,)))
        root = str(self._folder.root)
        self._client = MlsClient(root, device_seed, CIPHER_SUITE_CLASSICAL, epoch_retention_limit=EPOCHS_KEPT)
        self._own = self._client.public_key()
        self._groups: dict[bytes, MlsGroup] = {}
        self._trees: dict[bytes, tuple[int, wire.GroupInfo]] = {}
        self._touched: set[bytes] = set()
        self._new_epochs: dict[bytes, tuple[int, tuple[Leaf, ...]]] = {}
        self._packages_touched = False
        self._last_resort: tuple[str, bytes] | None = None

    def close(self) -> None:
        self._groups.clear()
        self._folder.close()

    # Reading

    def _group(self, group_id: bytes) -> MlsGroup:
        group = self._groups.get(group_id)
        if group is None:
            if self._folder.read(f"{_place(group_id)}/state.bin") is None:
                raise Unusable("an unknown group")
            try:
                group = self._groups[group_id] = self._client.load_group(group_id)
            except RineMlsError as error:
                raise Unusable(f"a stored group: {error.code}") from error
        return group

    def epoch(self, group_id: bytes) -> int | None:
        try:
            return self._group(group_id).epoch()
        except Unusable:
            return None

    def _info(self, group_id: bytes) -> wire.GroupInfo:
        group = self._group(group_id)
        known = self._trees.get(group_id)
        if known is None or known[0] != group.epoch():
            known = self._trees[group_id] = (group.epoch(), wire.read_group_info(group.group_info()))
        return known[1]

    def group_info(self, group_id: bytes) -> bytes:
        """What others need to join the epoch this device is in."""
        return self._group(group_id).group_info()

    def leaves(self, group_id: bytes) -> tuple[Leaf, ...]:
        return self._info(group_id).leaves

    def export(self, group_id: bytes, label: str, context: bytes, length: int) -> bytes:
        state = self._folder.read(f"{_place(group_id)}/state.bin") or b""
        secret = secrets.exporter_secret(state, self._info(group_id).external_pub)
        return secrets.export(secret, label, context, length)

    # Own commits

    def make_key_packages(self, count: int) -> list[bytes]:
        self._packages_touched = True
        return [self._client.generate_key_package() for _ in range(count)]

    def keep_when_used(self, tx: Tx, key_package: bytes) -> None:
        """The last resort may be given out more than once."""
        meta.put(tx, f"{_LAST_RESORT} {wire.key_package_ref(key_package).hex()}", 1)

    def create(self, group_id: bytes, add: list[bytes]) -> Made:
        try:
            group = (
                self._client.create_group_with_members(group_id, add) if add else self._client.create_group(group_id)
            )
            bundle = group.last_commit()
            if bundle is None:
                raise Unusable("a new group without its first commit")
            return self._made(group_id, group, bundle)
        except RineMlsError as error:
            raise Unusable(f"a new group: {error.code}") from error
        finally:
            self._back(group_id)

    def commit(self, group_id: bytes, add: list[bytes], remove: list[int]) -> Made:
        """One removal, or where there is none to do all additions."""
        group = self._group(group_id)
        try:
            if not remove:
                return self._made(group_id, group, group.add_members(add))
            made = self._made(group_id, group, group.remove_member(remove[0]))
            return replace(made, removed=(remove[0],))
        except RineMlsError as error:
            raise Unusable(f"a commit: {error.code}") from error
        finally:
            self._back(group_id)

    def rejoin(self, group_id: bytes, group_info: bytes) -> Made:
        info = wire.read_group_info(group_info)
        if info.group_id != group_id:
            raise Unusable("another group's GroupInfo")
        stale = next((leaf.index for leaf in info.leaves if leaf.key == self._own), None)
        try:
            if stale is None:
                group = self._client.join_by_external_commit(group_info)
            else:
                group = self._client.resync_by_external_commit(group_info, stale)
            bundle = group.last_commit()
            if bundle is None:
                raise Unusable("an external commit that is none")
            return self._made(group_id, group, bundle, replaces=stale is not None)
        except RineMlsError as error:
            raise Unusable(f"an external commit: {error.code}") from error
        finally:
            self._back(group_id)

    def _made(self, group_id: bytes, group: MlsGroup, bundle: CommitBundle, *, replaces: bool = False) -> Made:
        group.save()
        welcome = wire.merge_welcomes(bundle.welcomes)
        info = wire.read_group_info(bundle.group_info)
        state = cbor.encode(self._folder.under(_place(group_id)))
        return Made(
            bundle.commit,
            welcome,
            bundle.group_info,
            state,
            bundle.epoch,
            info.leaves,
            bool(bundle.welcomes),
            (),
            replaces,
        )

    def _back(self, group_id: bytes) -> None:
        """What was made is undecided: the group is what it was."""
        self._groups.pop(group_id, None)
        self._trees.pop(group_id, None)
        self._folder.undo(_place(group_id))

    def adopt(self, group_id: bytes, made: bytes) -> tuple[Leaf, ...]:
        files = cbor.decode(made)
        assert isinstance(files, dict)
        self._folder.replace(_place(group_id), files)
        self._groups.pop(group_id, None)
        self._trees.pop(group_id, None)
        self._begin_epoch(group_id)
        return self.leaves(group_id)

    # What others sent

    def join(self, group_id: bytes, welcome: bytes) -> Joined:
        found = wire.read_welcome(welcome)
        init_key, ref = self._init_key(found)
        enclosed = secrets.enclosed_group_info(found.secrets[ref], found.encrypted_group_info, init_key)
        if enclosed.group_id != group_id:
            raise Unusable("a welcome to another group")
        self._packages_touched = True
        path = f"{_KEY_PACKAGES}/{ref.hex()}.bin"
        kept = self._folder.read(path)
        if kept is not None and meta.number(self._reader, f"{_LAST_RESORT} {ref.hex()}"):
            self._last_resort = (path, kept)
        try:
            self._groups[group_id] = self._client.join_from_welcome(welcome)
        except RineMlsError as error:
            raise Unusable(f"a welcome: {error.code}") from error
        self._trees.pop(group_id, None)
        self._begin_epoch(group_id)
        return Joined(enclosed.epoch, enclosed.extensions.get(HANDED_EXTENSION, b""), self.leaves(group_id))

    def _init_key(self, welcome: wire.Welcome) -> tuple[bytes, bytes]:
        for ref in welcome.secrets:
            stored = self._folder.read(f"{_KEY_PACKAGES}/{ref.hex()}.bin")
            if stored is not None:
                return _private_init_key(stored), ref
        raise Unusable("a welcome for an unknown key package")

    def process(self, group_id: bytes, message: bytes) -> Processed:
        group, head = self._group(group_id), wire.head_of(message)
        before = self.leaves(group_id)
        note_key = b""
        if head.note:
            note_key = self.export(group_id, NOTE_LABEL, group_id, NOTE_KEY_BYTES)
        leaf = head.sender_leaf
        if head.wire_format == wire.PRIVATE_MESSAGE:
            leaf = secrets.sender_leaf(self._folder.read(f"{_place(group_id)}/state.bin") or b"", head)
        committer = next((one.key for one in before if one.index == leaf), None)
        self._touched.add(group_id)
        try:
            group.apply_commit(message)
        except RineMlsError as error:
            raise Unusable(f"a commit: {error.code}") from error
        if not group.is_active():
            return Processed(committer, head.note, note_key, True, before, ())
        self._begin_epoch(group_id)
        after = self.leaves(group_id)
        if leaf is None:
            known = {one.key for one in before}
            # An external commit is its newcomer's; who takes her own place again is the one whose leaf is new.
            renewed = {(one.key, one.encryption_key) for one in before}
            fresh = [one for one in after if (one.key, one.encryption_key) not in renewed]
            new = [one for one in fresh if one.key not in known] or fresh
            committer = new[0].key if new else None
        return Processed(committer, head.note, note_key, False, before, after)

    def decrypt(self, group_id: bytes, message: bytes) -> tuple[bytes, bytes]:
        group, epoch = self._group(group_id), wire.head_of(message).epoch
        self._touched.add(group_id)
        try:
            got = group.decrypt_application_message(bytes((APP_MESSAGE_TAG,)) + message)
        except RineMlsError as error:
            raise Unusable(f"a message: {error.code}", is_replay="generation" in str(error)) from error
        return self._sender(group_id, epoch, got.sender_index), got.envelope

    def _sender(self, group_id: bytes, epoch: int, leaf: int) -> bytes:
        if epoch == self._group(group_id).epoch():
            return next((one.key for one in self.leaves(group_id) if one.index == leaf), b"")
        row = self._reader.one("SELECT devices FROM mls_seats WHERE group_id = ? AND epoch = ?", (group_id, epoch))
        key = b"" if row is None else row.blob("devices")[32 * leaf : 32 * leaf + 32]
        if key in (b"", _BLANK):
            raise Unusable("a sender of an epoch that is not kept")
        return key

    def encrypt(self, group_id: bytes, content: bytes) -> bytes:
        self._touched.add(group_id)
        try:
            payload = self._group(group_id).encrypt_application_message(content)
        except RineMlsError as error:
            raise Unusable(f"an own message: {error.code}") from error
        return payload[1:]

    def forget(self, group_id: bytes) -> None:
        self._groups.pop(group_id, None)
        self._trees.pop(group_id, None)
        self._folder.replace(_place(group_id), {})
        self._touched.add(group_id)

    # Transactions

    def _begin_epoch(self, group_id: bytes) -> None:
        self._touched.add(group_id)
        epoch = self._group(group_id).epoch()
        self._new_epochs[group_id] = (epoch, self.leaves(group_id))

    def save(self, tx: Tx) -> None:
        for group_id in self._touched:
            group = self._groups.get(group_id)
            if group is not None and group.is_active():
                group.save()
            self._folder.save(tx, _place(group_id))
        for group_id, (epoch, leaves) in self._new_epochs.items():
            devices = b"".join(_BLANK for _ in range(1 + max((leaf.index for leaf in leaves), default=-1)))
            for leaf in leaves:
                at = 32 * leaf.index
                devices = devices[:at] + (leaf.key or _BLANK) + devices[at + 32 :]
            tx.run("INSERT OR REPLACE INTO mls_seats VALUES (?, ?, ?)", (group_id, epoch, devices))
            tx.run("DELETE FROM mls_seats WHERE group_id = ? AND epoch <= ?", (group_id, epoch - EPOCHS_KEPT))
        if self._last_resort is not None:
            self._folder.put(*self._last_resort)  # the library erased it when it saved the group
        if self._packages_touched:
            self._folder.save(tx, _KEY_PACKAGES)

    def settle(self) -> None:
        for group_id in self._touched:
            self._folder.settle(_place(group_id))
        if self._packages_touched:
            self._folder.settle(_KEY_PACKAGES)
        self._clear()

    def undo(self) -> None:
        for group_id in self._touched:
            self._back(group_id)
        if self._packages_touched:
            self._folder.undo(_KEY_PACKAGES)
        self._clear()

    def _clear(self) -> None:
        self._touched.clear()
        self._new_epochs.clear()
        self._packages_touched = False
        self._last_resort = None


def _place(group_id: bytes) -> str:
    return f"groups/{group_id.hex()}"


def _private_init_key(stored: bytes) -> bytes:
    """rine's file of a key package: a header of 9 bytes, then the package, its init key and its leaf key."""
    reading = wire.Reading(stored[9:])
    reading.vector()
    return reading.vector()
