"""Distinct types for distinct ids, and the tokens that stand for people."""

import hashlib
import secrets
from typing import NewType

AccountId = NewType("AccountId", int)
DeviceId = NewType("DeviceId", int)
GroupId = NewType("GroupId", bytes)
InvitationId = NewType("InvitationId", int)

ID_MAX = 2**53 - 1
TOKEN_CHARACTERS = 43


def new_id53() -> int:
    """A random id from 1 to 2^53 - 1: exact in every JavaScript number, and telling nothing of its age."""
    return secrets.randbelow(ID_MAX) + 1


def new_token() -> str:
    """32 random bytes in base64url without padding."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """SHA-256 of the token's text: all the server keeps of it."""
    return hashlib.sha256(token.encode()).digest()
