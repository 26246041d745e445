"""What of MLS messages can be read without keys: headers, notes, trees (RFC 9420 §6, §7, §12.4)."""

import hashlib
from dataclasses import dataclass
from typing import Final

from hongyan.sdk.mls import Leaf, Unusable

PUBLIC_MESSAGE: Final = 1
PRIVATE_MESSAGE: Final = 2
WELCOME: Final = 3
GROUP_INFO: Final = 4
KEY_PACKAGE: Final = 5
CONTENT_APPLICATION: Final = 1
SENDER_MEMBER: Final = 1
SENDER_NEW_MEMBER_COMMIT: Final = 4
CREDENTIAL_BASIC: Final = 1
EXTENSION_RATCHET_TREE: Final = 2
EXTENSION_EXTERNAL_PUB: Final = 4
_SOURCE_KEY_PACKAGE: Final = 1
_SOURCE_COMMIT: Final = 3
_LEAF: Final = 1
_KEY_BYTES: Final = 32


class Reading:
    """A cursor over bytes in TLS presentation language. Raises Unusable at the end of them."""

    __slots__ = ("_at", "_bytes")

    def __init__(self, content: bytes) -> None:
        self._bytes = content
        self._at = 0

    def take(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._bytes):
            raise Unusable("truncated")
        taken = self._bytes[self._at : end]
        self._at = end
        return taken

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")

    def vector(self) -> bytes:
        """A variable-size vector (§2.1.2)."""
        first = self.number(1)
        size = (1, 2, 4, 0)[first >> 6]
        if size == 0:
            raise Unusable("a vector's length")
        length = ((first & 0x3F) << (8 * (size - 1))) | self.number(size - 1)
        return self.take(length)

    @property
    def is_done(self) -> bool:
        return self._at >= len(self._bytes)


def vector(content: bytes) -> bytes:
    length = len(content)
    if length < 0x40:
        return bytes((length,)) + content
    if length < 0x4000:
        return (length | 0x4000).to_bytes(2, "big") + content
    return (length | 0x8000_0000).to_bytes(4, "big") + content


def _message(content: bytes) -> tuple[int, Reading]:
    reading = Reading(content)
    if reading.number(2) != 1:
        raise Unusable("not MLS 1.0")
    return reading.number(2), reading


@dataclass(frozen=True, slots=True)
class Head:
    """Of a public or private message. `sender_leaf`: of a public one from a member; else None.

    `sender_data` and `sample`: of a private one, to find its sender with the epoch's secret.
    """

    wire_format: int
    group_id: bytes
    epoch: int
    content_type: int
    note: bytes
    sender_leaf: int | None
    sender_data: bytes
    sample: bytes


def head_of(message: bytes) -> Head:
    wire_format, reading = _message(message)
    if wire_format == PRIVATE_MESSAGE:
        group_id, epoch, kind, note = reading.vector(), reading.number(8), reading.number(1), reading.vector()
        sender_data, ciphertext = reading.vector(), reading.vector()
        return Head(wire_format, group_id, epoch, kind, note, None, sender_data, ciphertext[:32])
    if wire_format != PUBLIC_MESSAGE:
        raise Unusable("neither public nor private")
    group_id, epoch, sender = reading.vector(), reading.number(8), reading.number(1)
    leaf = reading.number(4) if sender == SENDER_MEMBER else None
    if leaf is None and sender != SENDER_NEW_MEMBER_COMMIT:
        raise Unusable("sent by nobody who may")
    note, kind = reading.vector(), reading.number(1)
    return Head(wire_format, group_id, epoch, kind, note, leaf, b"", b"")


@dataclass(frozen=True, slots=True)
class GroupInfo:
    group_id: bytes
    epoch: int
    leaves: tuple[Leaf, ...]
    external_pub: bytes
    extensions: dict[int, bytes]


def read_group_info(message: bytes) -> GroupInfo:
    wire_format, reading = _message(message)
    if wire_format != GROUP_INFO:
        raise Unusable("no GroupInfo")
    return read_bare_group_info(reading)


def read_bare_group_info(reading: Reading) -> GroupInfo:
    reading.take(4)  # version and suite
    group_id, epoch = reading.vector(), reading.number(8)
    reading.vector(), reading.vector(), reading.vector()  # tree hash, transcript hash, the context's extensions
    extensions = {}
    inner = Reading(reading.vector())
    while not inner.is_done:
        kind = inner.number(2)
        extensions[kind] = inner.vector()
    tree = extensions.get(EXTENSION_RATCHET_TREE)
    external = extensions.get(EXTENSION_EXTERNAL_PUB)
    leaves = () if tree is None else read_tree(Reading(tree).vector())
    return GroupInfo(group_id, epoch, leaves, b"" if external is None else Reading(external).vector(), extensions)


def read_tree(nodes: bytes) -> tuple[Leaf, ...]:
    """The leaves of a ratchet tree, in order (§12.4.3.3)."""
    reading = Reading(nodes)
    leaves = []
    position = 0
    while not reading.is_done:
        if reading.number(1):
            if reading.number(1) == _LEAF:
                leaves.append(_leaf(reading, position // 2))
            else:
                reading.vector(), reading.vector(), reading.vector()
        position += 1
    return tuple(leaves)


def _leaf(reading: Reading, index: int) -> Leaf:
    encryption_key, key = reading.vector(), reading.vector()
    identity = reading.vector() if reading.number(2) == CREDENTIAL_BASIC else None
    if identity is None:
        raise Unusable("a credential that is not basic")
    for _ in range(5):  # capabilities
        reading.vector()
    source = reading.number(1)
    if source == _SOURCE_KEY_PACKAGE:
        reading.take(16)
    elif source == _SOURCE_COMMIT:
        reading.vector()
    reading.vector(), reading.vector()  # extensions, signature
    named = key if identity == key and len(key) == _KEY_BYTES else b""
    return Leaf(index, named, encryption_key)


def key_package_device(message: bytes) -> bytes:
    """The signature key of the device a key package is of; empty when its credential names another."""
    wire_format, reading = _message(message)
    if wire_format != KEY_PACKAGE:
        raise Unusable("no key package")
    reading.take(4)
    reading.vector()
    return _leaf(reading, 0).key


def key_package_ref(message: bytes) -> bytes:
    """KeyPackageRef (§5.2)."""
    label = b"MLS 1.0 KeyPackage Reference"
    return hashlib.sha256(vector(label) + vector(message[4:])).digest()


def merge_welcomes(messages: list[bytes]) -> bytes | None:
    """One welcome for all whom a commit added, of one for each: they differ in whom they are for and nothing else."""
    if not messages:
        return None
    secrets, others = b"", set()
    for message in messages:
        wire_format, reading = _message(message)
        if wire_format != WELCOME:
            raise Unusable("no welcome")
        suite = reading.take(2)
        secrets += reading.vector()
        others.add((message[:4] + suite, reading.vector()))
    if len(others) != 1:
        raise Unusable("welcomes of more than one commit")
    [(head, group_info)] = others
    return head + vector(secrets) + vector(group_info)


@dataclass(frozen=True, slots=True)
class Welcome:
    """`secrets`: by key package, what is sealed to it."""

    secrets: dict[bytes, bytes]
    encrypted_group_info: bytes


def read_welcome(message: bytes) -> Welcome:
    wire_format, reading = _message(message)
    if wire_format != WELCOME:
        raise Unusable("no welcome")
    reading.take(2)
    inner = Reading(reading.vector())
    secrets = {}
    while not inner.is_done:
        ref = inner.vector()
        secrets[ref] = inner.vector() + inner.vector()
    return Welcome(secrets, reading.vector())
