"""MLS group members on two other stacks, driven over JSON lines (one request, one answer a line).

A second opinion on RFC 9420: `mls-rs` (agentvault-mls-rs-uniffi) and `rine` (rine-mls by the SDK). The driver is
web/tests/soak/interop.test.ts, which plays random group histories over these members and ts-mls ones.
Byte strings travel as hex. A request is `{"peer": name, "do": verb, …}`; an answer is `{…}` or
`{"error": sentence}`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from mls_rs_uniffi import mls_rs_uniffi as mls_rs  # type: ignore[import-untyped]  # generated, no stubs

from hongyan.sdk.mls.rine import RineMls
from hongyan.sdk.mls.wire import CONTENT_APPLICATION, head_of, read_group_info
from hongyan.sdk.store.keys import KeyFile
from hongyan.sdk.store.store import Store

Answer = dict[str, str | None]
EXPORT_LABEL = b"hongyan soak"
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Peer(Protocol):
    """One member. A commit stays undecided until `settle`: the Delivery Service may refuse it."""

    def key_package(self) -> bytes: ...
    def create(self, group_id: bytes) -> None: ...
    def welcome(self, welcome: bytes, group_id: bytes) -> None: ...
    def commit(self, add: list[bytes], remove: list[bytes]) -> Answer: ...
    def settle(self, accepted: bool) -> None: ...
    def receive(self, message: bytes) -> Answer: ...
    def send(self, text: bytes) -> bytes: ...
    def reload(self) -> None: ...
    def fingerprint(self) -> str | None: ...


class MlsRsPeer:
    """A member on agentvault's mls-rs: exporter and self-update, no external join."""

    def __init__(self, seed: bytes) -> None:
        key = Ed25519PrivateKey.from_private_bytes(seed)
        self.identity = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        secret = seed + self.identity
        pair = _keypair(self.identity, secret)
        self._client = mls_rs.Client(self.identity, pair, mls_rs.client_config_default())
        self._group: mls_rs.Group | None = None
        self._group_id = b""
        self._pending: mls_rs.Message | None = None

    @property
    def group(self) -> mls_rs.Group:
        assert self._group is not None, "not in a group"
        return self._group

    def key_package(self) -> bytes:
        return bytes(self._client.generate_key_package_message().to_bytes())

    def create(self, group_id: bytes) -> None:
        self._keep(self._client.create_group(group_id), group_id)

    def welcome(self, welcome: bytes, group_id: bytes) -> None:
        joined = self._client.join_group(None, mls_rs.Message.from_bytes(welcome))
        self._keep(joined.group, group_id)

    def _keep(self, group: mls_rs.Group, group_id: bytes) -> None:
        self._group, self._group_id = group, group_id
        group.write_to_storage()

    def commit(self, add: list[bytes], remove: list[bytes]) -> Answer:
        if add and remove:
            raise ValueError("mls-rs-uniffi adds or removes, not both in one commit")
        if add:
            output = self.group.add_members([mls_rs.Message.from_bytes(one) for one in add])
        elif remove:
            output = self.group.remove_members([_signing_identity(one) for one in remove])
        else:
            output = self.group.commit()
        self._pending = output.commit_message
        return {
            "commit": output.commit_message.to_bytes().hex(),
            "welcome": None if output.welcome_message is None else output.welcome_message.to_bytes().hex(),
        }

    def settle(self, accepted: bool) -> None:
        """An accepted commit is applied as if received; a refused one is dropped by the commit that won."""
        if accepted:
            assert self._pending is not None
            self.group.process_incoming_message(self._pending)
        self._pending = None
        self.group.write_to_storage()

    def receive(self, message: bytes) -> Answer:
        got = self.group.process_incoming_message(mls_rs.Message.from_bytes(message))
        self.group.write_to_storage()
        if got.is_application_message():
            return {"kind": "application", "text": got.data.hex()}
        if got.is_commit():
            return {"kind": "removed" if got.effect.is_removed() else "epoch"}
        raise ValueError(f"unexpected message: {type(got).__name__}")

    def send(self, text: bytes) -> bytes:
        message = self.group.encrypt_application_message(text)
        self.group.write_to_storage()
        return bytes(message.to_bytes())

    def reload(self) -> None:
        self._group = self._client.load_group(self._group_id)

    def fingerprint(self) -> str | None:
        return str(self.group.export_secret(EXPORT_LABEL, b"", 32).hex())


class RinePeer:
    """A member on rine-mls, as the SDK uses it: its state in a store, what the library keeps to itself derived."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._folder = tempfile.TemporaryDirectory(prefix="rine-", dir=IN_MEMORY)
        self.identity = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        self._group_id = b""
        self._made = b""
        self._open()

    def _open(self) -> None:
        path = Path(self._folder.name) / "state.db"
        self._store = Store(path, KeyFile(path.with_name("key")))
        self._mls = RineMls(path, self._store, self._seed)

    def _save(self) -> None:
        self._store.write(self._mls.save)
        self._mls.settle()

    def key_package(self) -> bytes:
        [package] = self._mls.make_key_packages(1)
        self._save()
        return package

    def create(self, group_id: bytes) -> None:
        self._group_id = group_id
        self._adopt(self._mls.create(group_id, []).next)

    def _adopt(self, made: bytes) -> None:
        self._mls.adopt(self._group_id, made)
        self._save()

    def welcome(self, welcome: bytes, group_id: bytes) -> None:
        self._group_id = group_id
        self._mls.join(group_id, welcome)
        self._save()

    def commit(self, add: list[bytes], remove: list[bytes]) -> Answer:
        leaves = {leaf.key: leaf.index for leaf in self._mls.leaves(self._group_id)}
        made = self._mls.commit(self._group_id, add, [leaves[key] for key in remove])
        self._made = made.next
        return {"commit": made.message.hex(), "welcome": None if made.welcome is None else made.welcome.hex()}

    def settle(self, accepted: bool) -> None:
        if accepted:
            self._adopt(self._made)

    def external(self, group_info: bytes) -> Answer:
        """Join without an invitation, in the place of the own former leaf when there is one."""
        self._group_id = read_group_info(group_info).group_id
        made = self._mls.rejoin(self._group_id, group_info)
        self._adopt(made.next)
        return {"commit": made.message.hex()}

    def group_info(self) -> bytes:
        return self._mls.group_info(self._group_id)

    def receive(self, message: bytes) -> Answer:
        if head_of(message).content_type == CONTENT_APPLICATION:
            _, text = self._mls.decrypt(self._group_id, message)
            self._save()
            return {"kind": "application", "text": text.hex()}
        done = self._mls.process(self._group_id, message)
        self._save()
        return {"kind": "removed" if done.removed_self else "epoch"}

    def send(self, text: bytes) -> bytes:
        message = self._mls.encrypt(self._group_id, text)
        self._save()
        return message

    def reload(self) -> None:
        self._close()
        self._open()

    def fingerprint(self) -> str | None:
        return self._mls.export(self._group_id, EXPORT_LABEL.decode(), b"", 32).hex()

    def _close(self) -> None:
        self._mls.close()
        self._store.close()

    def close(self) -> None:
        self._close()
        self._folder.cleanup()


def _keypair(public: bytes, secret: bytes) -> mls_rs.SignatureKeypair:
    return mls_rs.SignatureKeypair(
        cipher_suite=mls_rs.CipherSuite.CURVE25519_AES128,
        public_key=mls_rs.SignaturePublicKey(bytes=public),
        secret_key=mls_rs.SignatureSecretKey(bytes=secret),
    )


def _signing_identity(identity: bytes) -> mls_rs.SigningIdentity:
    """The name of a member whose credential is its public key; its secret key is not needed."""
    return mls_rs.Client(identity, _keypair(identity, bytes(64)), mls_rs.client_config_default()).signing_identity()


class Stage:
    """All members this process plays, by name."""

    def __init__(self) -> None:
        self._peers: dict[str, MlsRsPeer | RinePeer] = {}

    def handle(self, request: dict[str, object]) -> Answer:
        name = str(request["peer"])
        verb = str(request["do"])
        if verb == "new":
            seed = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
            peer = MlsRsPeer(seed) if request["stack"] == "mls-rs" else RinePeer(seed)
            self._peers[name] = peer
            return {"identity": peer.identity.hex()}
        if verb == "drop":
            self._drop(name)
            return {}
        return _play(self._peers[name], verb, request)

    def _drop(self, name: str) -> None:
        peer = self._peers.pop(name, None)
        if isinstance(peer, RinePeer):
            peer.close()

    def close(self) -> None:
        for name in list(self._peers):
            self._drop(name)


def _play(peer: MlsRsPeer | RinePeer, verb: str, request: dict[str, object]) -> Answer:
    def raw(field: str) -> bytes:
        return bytes.fromhex(str(request[field]))

    def raws(field: str) -> list[bytes]:
        listed = request[field]
        assert isinstance(listed, list)
        return [bytes.fromhex(str(one)) for one in listed]

    match verb:
        case "key_package":
            return {"bytes": peer.key_package().hex()}
        case "create":
            peer.create(raw("group_id"))
            return {}
        case "welcome":
            peer.welcome(raw("bytes"), raw("group_id"))
            return {}
        case "commit":
            return peer.commit(raws("add"), raws("remove"))
        case "settle":
            peer.settle(bool(request["accepted"]))
            return {}
        case "receive":
            return peer.receive(raw("bytes"))
        case "send":
            return {"bytes": peer.send(raw("text")).hex()}
        case "reload":
            peer.reload()
            return {}
        case "fingerprint":
            return {"value": peer.fingerprint()}
        case "external" if isinstance(peer, RinePeer):
            return peer.external(raw("bytes"))
        case "group_info" if isinstance(peer, RinePeer):
            return {"bytes": peer.group_info().hex()}
    raise ValueError(f"{type(peer).__name__} cannot {verb}")


def main() -> None:
    stage = Stage()
    for line in sys.stdin:
        try:
            answer: Answer = stage.handle(json.loads(line))
        except Exception as error:  # the driver judges what the stack refused
            answer = {"error": f"{type(error).__name__}: {error!r}"}
        print(json.dumps(answer), flush=True)
    stage.close()
    os._exit(0)


if __name__ == "__main__":
    main()
