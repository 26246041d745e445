"""What a snapshot is made of, and the named limits."""

from typing import Final, Literal

import msgspec

from hongyan.foundation.starting import CannotStart

FORMAT: Final = 1
# A piece of the database: what changes in it is stored anew, the rest is there already.
PIECE_BYTES: Final = 1024 * 1024
MANIFEST_BYTES_MAX: Final = 512 * 1024 * 1024
BLOBS_AT_ONCE: Final = 8
SYNCS_AT_ONCE: Final = 8
# Beside the database: the keys for push, of the ledger and for merchants, what payment PINs are hashed with, settings.
# Certificates and the keys of an S3 are elsewhere.
FILES: Final = ("push-key.pem", "ledger-key.pem", "platform-key.pem", "wallet-pepper", "hongyan.toml")


class Refused(CannotStart):
    """A backup or a restore that does not take place, with what is wrong and what to do about it."""


class Damaged(Exception):
    """An object is missing, or is not what its name says."""


class Piece(msgspec.Struct, frozen=True):
    """Bytes under the name of their hash."""

    sha256: str
    bytes: int


class Named(msgspec.Struct, frozen=True):
    """A file of the data folder, or a blob."""

    name: str
    piece: Piece


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A server at `at_ms`. `migrations`: the newest of each feature; `version` is the program that made it."""

    format: int
    version: str
    domain: str
    at_ms: int
    engine: Literal["sqlite", "postgresql"]
    migrations: dict[str, int]
    database: tuple[Piece, ...]
    files: tuple[Named, ...]
    blobs: tuple[Named, ...]

    def pieces(self) -> set[Piece]:
        return {*self.database, *(it.piece for it in self.files), *(it.piece for it in self.blobs)}
