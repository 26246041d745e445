"""The blob: content sealed in chunks that open alone, of a length that tells little of its own [ME1] to [ME6]."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK_BYTES = 65_536
TAG_BYTES = 16
PADDED_BYTES_MIN = 4_096
CONTENT_BYTES_MAX = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opening:
    """What an external part says of a blob, as far as opening goes [ME5]."""

    size: int
    key: bytes
    prefix: bytes
    content_hash: bytes


def padded_bytes(content_bytes: int) -> int:
    """[ME2]"""
    assert 0 <= content_bytes <= CONTENT_BYTES_MAX
    length = max(content_bytes, PADDED_BYTES_MIN)
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def blob_bytes(content_bytes: int) -> int:
    """[ME3]"""
    padded = padded_bytes(content_bytes)
    return padded + TAG_BYTES * -(-padded // CHUNK_BYTES)


def nonce(prefix: bytes, index: int, *, last: bool) -> bytes:
    return prefix + index.to_bytes(4, "big") + bytes([last])


Read = Callable[[int, int], bytes]
"""So many bytes of the content from there on."""


def fresh_secrets() -> tuple[bytes, bytes]:
    """A key and a prefix, neither ever used again [ME1]."""
    return secrets.token_bytes(32), secrets.token_bytes(7)


class Sealing:
    """Any chunk of a blob, made when it is needed: sealing the same content again gives the same bytes."""

    def __init__(self, read: Read, size: int, key: bytes, prefix: bytes) -> None:
        self._read = read
        self._size = size
        self._prefix = prefix
        self._aead = AESGCM(key)
        self._padded = padded_bytes(size)
        self.chunks = -(-self._padded // CHUNK_BYTES)
        self.bytes = blob_bytes(size)

    def chunk(self, index: int) -> bytes:
        start = index * CHUNK_BYTES
        length = min(CHUNK_BYTES, self._padded - start)
        content = self._read(start, min(length, max(0, self._size - start)))
        if len(content) != min(length, max(0, self._size - start)):
            raise ValueError("the content has become shorter")
        number = nonce(self._prefix, index, last=index == self.chunks - 1)
        return self._aead.encrypt(number, content + bytes(length - len(content)), None)

    def part(self, start: int, end: int) -> bytes:
        """The bytes `start` to `end` of the blob."""
        sealed_bytes = CHUNK_BYTES + TAG_BYTES
        first, last = start // sealed_bytes, -(-end // sealed_bytes)
        whole = b"".join(self.chunk(index) for index in range(first, last))
        return whole[start - first * sealed_bytes : end - first * sealed_bytes]

    def hash(self) -> bytes:
        """[ME4]"""
        whole = hashlib.sha256()
        for index in range(self.chunks):
            whole.update(hashlib.sha256(self.chunk(index)).digest())
        return whole.digest()


def seal(content: bytes, key: bytes, prefix: bytes) -> tuple[bytes, Opening]:
    padded = content + bytes(padded_bytes(len(content)) - len(content))
    aead = AESGCM(key)
    starts = range(0, len(padded), CHUNK_BYTES)
    chunks = [
        aead.encrypt(nonce(prefix, i, last=i == len(starts) - 1), padded[start : start + CHUNK_BYTES], None)
        for i, start in enumerate(starts)
    ]
    return b"".join(chunks), Opening(len(content), key, prefix, hash_of(chunks))


def hash_of(chunks: list[bytes]) -> bytes:
    """[ME4]"""
    return hashlib.sha256(b"".join(hashlib.sha256(chunk).digest() for chunk in chunks)).digest()


def chunks_of(blob: bytes) -> Iterator[bytes]:
    for start in range(0, len(blob), CHUNK_BYTES + TAG_BYTES):
        yield blob[start : start + CHUNK_BYTES + TAG_BYTES]


def unseal(blob: bytes, opening: Opening) -> bytes:
    """The content. Raises ValueError or InvalidTag for anything but the very blob [ME6]."""
    if len(blob) != blob_bytes(opening.size):
        raise ValueError("not the length of this content")
    chunks = list(chunks_of(blob))
    if hash_of(chunks) != opening.content_hash:
        raise ValueError("another blob")
    aead = AESGCM(opening.key)
    padded = b"".join(
        aead.decrypt(nonce(opening.prefix, i, last=i == len(chunks) - 1), chunk, None) for i, chunk in enumerate(chunks)
    )
    return padded[: opening.size]


class Unsealing:
    """A blob taken in as it comes; nothing of a chunk that did not open is given out [ME6]."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._aead = AESGCM(opening.key)
        self._bytes = blob_bytes(opening.size)
        self._chunks = -(-padded_bytes(opening.size) // CHUNK_BYTES)
        self._hash = hashlib.sha256()
        self._held = b""
        self._index = 0
        self._left = opening.size

    @property
    def offset(self) -> int:
        """From where the blob goes on: what was held of a chunk that was cut is thrown away."""
        self._held = b""
        return self._index * (CHUNK_BYTES + TAG_BYTES)

    def take(self, part: bytes) -> bytes:
        """The content that can be given out now. Raises ValueError for another blob."""
        self._held += part
        made = b""
        while self._index < self._chunks:
            start = self._index * (CHUNK_BYTES + TAG_BYTES)
            length = min(CHUNK_BYTES + TAG_BYTES, self._bytes - start)
            if len(self._held) < length:
                break
            sealed, self._held = self._held[:length], self._held[length:]
            number = nonce(self._opening.prefix, self._index, last=self._index == self._chunks - 1)
            try:
                content = self._aead.decrypt(number, sealed, None)
            except InvalidTag:
                raise ValueError("a chunk that does not open") from None
            self._hash.update(hashlib.sha256(sealed).digest())
            made += content[: self._left]
            self._left -= min(len(content), self._left)
            self._index += 1
        return made

    def end(self) -> None:
        """Raises ValueError when it was not the very blob, whole."""
        if self._index != self._chunks or self._held or self._hash.digest() != self._opening.content_hash:
            raise ValueError("another blob")
