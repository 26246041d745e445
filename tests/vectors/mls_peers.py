"""MLS group members on two other stacks, driven over JSON lines (one request, one answer a line).

A second opinion on RFC 9420: `mls-rs` (agentvault-mls-rs-uniffi) and `rine` (rine-mls). The driver is
web/tests/soak/interop.test.ts, which plays random group histories over these members and ts-mls ones.
Byte strings travel as hex. A request is `{"peer": name, "do": verb, …}`; an answer is `{…}` or
`{"error": sentence}`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from mls_rs_uniffi import mls_rs_uniffi as mls_rs  # type: ignore[import-untyped]  # generated, no stubs
from rine_mls import APP_MESSAGE_TAG, CIPHER_SUITE_CLASSICAL, AppMessage, MlsClient, MlsGroup

Answer = dict[str, str | None]
EXPORT_LABEL = b"hongyan soak"


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
    """A member on rine-mls: durable on disk, external joins, neither exporter nor self-update."""

    def __init__(self, seed: bytes) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="rine-")
        self._client = MlsClient(self._folder.name, seed, CIPHER_SUITE_CLASSICAL)
        self.identity = self._client.public_key()
        self._group: MlsGroup | None = None

    @property
    def group(self) -> MlsGroup:
        assert self._group is not None, "not in a group"
        return self._group

    def key_package(self) -> bytes:
        return self._client.generate_key_package()

    def create(self, group_id: bytes) -> None:
        self._group = self._client.create_group(group_id)
        self._group.save()

    def welcome(self, welcome: bytes, group_id: bytes) -> None:
        self._group = self._client.join_from_welcome(welcome)
        if self._group.group_id() != group_id:
            raise ValueError("welcomed into another group")
        self._group.save()

    def commit(self, add: list[bytes], remove: list[bytes]) -> Answer:
        if add and not remove:
            bundle = self.group.add_members(add)
        elif len(remove) == 1 and not add:
            bundle = self.group.remove_member(self.group.member_index(remove[0]))
        else:
            raise ValueError("rine adds, or removes one")
        welcomes = bundle.welcomes
        if any(one != welcomes[0] for one in welcomes):
            raise ValueError("welcomes of one commit differ")
        return {
            "commit": bundle.commit.hex(),
            "welcome": welcomes[0].hex() if welcomes else None,
            "group_info": bundle.group_info.hex(),
        }

    def settle(self, accepted: bool) -> None:
        if accepted:
            self.group.save()
        else:
            self.reload()

    def external(self, group_info: bytes, stale_leaf: int | None) -> Answer:
        """Join without an invitation, in the place of `stale_leaf` when there is one."""
        if stale_leaf is None:
            self._group = self._client.join_by_external_commit(group_info)
        else:
            self._group = self._client.resync_by_external_commit(group_info, stale_leaf)
        bundle = self._group.last_commit()
        assert bundle is not None
        self._group.save()
        return {"commit": bundle.commit.hex(), "group_info": bundle.group_info.hex()}

    def group_info(self) -> bytes:
        return self.group.group_info()

    def receive(self, message: bytes) -> Answer:
        if message[2:4] == b"\0\2" and _private_content_type(message) == 1:
            got: AppMessage = self.group.decrypt_application_message(bytes([APP_MESSAGE_TAG]) + message)
            self.group.save()
            return {"kind": "application", "text": got.envelope.hex()}
        self.group.apply_commit(message)
        self.group.save()
        return {"kind": "epoch" if self.group.is_active() else "removed"}

    def send(self, text: bytes) -> bytes:
        payload = self.group.encrypt_application_message(text)
        self.group.save()
        assert payload[0] == APP_MESSAGE_TAG
        return payload[1:]

    def reload(self) -> None:
        self._group = self._client.load_group(self.group.group_id())

    def fingerprint(self) -> str | None:
        return None


def _keypair(public: bytes, secret: bytes) -> mls_rs.SignatureKeypair:
    return mls_rs.SignatureKeypair(
        cipher_suite=mls_rs.CipherSuite.CURVE25519_AES128,
        public_key=mls_rs.SignaturePublicKey(bytes=public),
        secret_key=mls_rs.SignatureSecretKey(bytes=secret),
    )


def _signing_identity(identity: bytes) -> mls_rs.SigningIdentity:
    """The name of a member whose credential is its public key; its secret key is not needed."""
    return mls_rs.Client(identity, _keypair(identity, bytes(64)), mls_rs.client_config_default()).signing_identity()


def _private_content_type(message: bytes) -> int:
    """The content type of a PrivateMessage: after version, format, group id<V> and the u64 epoch."""
    first = message[4]
    size = 1 << (first >> 6)
    length = int.from_bytes(message[4 : 4 + size], "big") & ((1 << (8 * size - 2)) - 1)
    return message[4 + size + length + 8]


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
            self._peers.pop(name, None)
            return {}
        return _play(self._peers[name], verb, request)


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
            leaf = request["stale_leaf"]
            return peer.external(raw("bytes"), leaf if isinstance(leaf, int) else None)
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
    os._exit(0)


if __name__ == "__main__":
    main()
