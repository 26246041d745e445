"""What payment PINs are hashed with beside their salt: a copy of the database alone lets nobody try a PIN."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from hongyan.foundation.db import Tx
from hongyan.foundation.files import sync, write_new
from hongyan.foundation.ids import AccountId

FILE_NAME: Final = "wallet-pepper"
SECRET_NAME: Final = "wallet.pepper"  # noqa: S105 - a name
BYTES: Final = 32
_CONTEXT: Final = b"hongyan payment pin v1\0"
_FINGERPRINT: Final = b"hongyan pepper fingerprint v1\0"


class PepperUnusable(Exception):
    """The file cannot be read or made, or is not the one that the PINs in the database were hashed with."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Pepper:
    """Read when it is first needed, and made then if this is the first time ever."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._bytes = b""

    def open(self) -> None:
        """Raises PepperUnusable."""
        if self._bytes:
            return
        try:
            if not self._path.exists():
                self._make()
            with self._path.open("rb") as file:
                text = file.read(4 * BYTES)
            found = bytes.fromhex(text.decode("ascii").strip())
        except OSError as error:
            raise PepperUnusable(self._path, error.strerror or str(error)) from error
        except ValueError as error:
            raise PepperUnusable(self._path, "not a key") from error
        if len(found) != BYTES:
            raise PepperUnusable(self._path, "not a key")
        self._bytes = found

    def agree(self, tx: Tx) -> None:
        """Be the one that this database's PINs were hashed with. Raises PepperUnusable."""
        self.open()
        fingerprint = hashlib.sha256(_FINGERPRINT + self._bytes).digest()
        tx.execute(
            "INSERT INTO server_secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            (SECRET_NAME, fingerprint),
        )
        row = tx.one("SELECT value FROM server_secret WHERE name = ?", (SECRET_NAME,))
        if row is None or row[0] != fingerprint:
            raise PepperUnusable(self._path, "not the one that this database knows")

    def applied(self, account_id: AccountId, pin: str) -> bytes:
        """What is hashed in the place of the PIN."""
        self.open()
        return hmac.digest(self._bytes, _CONTEXT + account_id.to_bytes(8, "big") + pin.encode(), "sha256")

    def _make(self) -> None:
        """Whole or not at all, durable before it is used; whoever made one first wins."""
        part = self._path.with_suffix(f".{os.getpid()}.part")
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(part, secrets.token_bytes(BYTES).hex().encode() + b"\n")
        sync(part)
        with suppress(FileExistsError):
            os.link(part, self._path)
        part.unlink()
        sync(self._path.parent)
