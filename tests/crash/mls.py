"""What a server reads of MLS messages, and nothing more: real headers before random bytes [DS1]."""

from __future__ import annotations

import secrets

APPLICATION = 1
COMMIT = 3
NEW_MEMBER_COMMIT = 4


def vector(content: bytes) -> bytes:
    """opaque content<V> (RFC 9420 §2.1.2)."""
    length = len(content)
    if length < 0x40:
        return bytes((length,)) + content
    if length < 0x4000:
        return (length | 0x4000).to_bytes(2, "big") + content
    return (length | 0x8000_0000).to_bytes(4, "big") + content


def private_message(group_id: bytes, epoch: int, content_type: int, ciphertext: bytes) -> bytes:
    head = b"\0\1\0\2" + vector(group_id) + epoch.to_bytes(8, "big") + bytes((content_type,))
    return head + vector(b"") + vector(secrets.token_bytes(28)) + vector(ciphertext)


def external_commit(group_id: bytes, epoch: int, rest: bytes) -> bytes:
    """A PublicMessage from somebody who is not a member yet [DS9]."""
    head = b"\0\1\0\1" + vector(group_id) + epoch.to_bytes(8, "big") + bytes((NEW_MEMBER_COMMIT,))
    return head + vector(b"") + bytes((COMMIT,)) + rest
