"""The key a state is locked with: from a file only its owner can read, or from a passphrase by Argon2id."""

import os
import secrets
import stat
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hongyan.sdk.trouble import Trouble

KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
ARGON2_MEMORY_KIB: Final = 65_536
ARGON2_PASSES: Final = 3
_INFO: Final = b"hongyan sdk state v1"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """32 random bytes in base64; made on first use with mode 0600."""

    path: Path

    def key(self, salt: bytes, *, is_new: bool) -> bytes:
        """Raises Trouble key_file_missing, key_file_open, wrong_key."""
        if is_new and not self.path.exists():
            self._make()
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            raise Trouble("key_file_missing") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Trouble("key_file_open")
        try:
            secret = b64decode(self.path.read_text("ascii").strip(), validate=True)
        except ValueError:
            raise Trouble("wrong_key") from None
        if len(secret) != KEY_BYTES:
            raise Trouble("wrong_key")
        return HKDF(SHA256(), KEY_BYTES, salt, _INFO).derive(secret)

    def _make(self) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True, slots=True, repr=False)
class Passphrase:
    words: str

    def key(self, salt: bytes, *, is_new: bool) -> bytes:
        """The same for a new state and for one that is there."""
        return hash_secret_raw(
            self.words.encode(), salt, ARGON2_PASSES, ARGON2_MEMORY_KIB, parallelism=1, hash_len=KEY_BYTES, type=Type.ID
        )


KeySource = KeyFile | Passphrase
