"""The blob format as a client makes and reads it [ME1]–[ME6]: what the server must never need to know."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

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
