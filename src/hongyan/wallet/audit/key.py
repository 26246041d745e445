"""The key by which members know that the books are those of this server: Ed25519, in a file beside the database."""

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from hongyan.foundation.files import write_once
from hongyan.wallet.audit.model import KEY_FILE_NAME, Checkpoint, signed_bytes

KEY_FILE_BYTES_MAX = 4_096


class KeyUnusable(Exception):
    """The key file is there but is no Ed25519 key; `path` is for the operator."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not an Ed25519 key in PEM")
        self.path = path


def key_in(folder: Path) -> Ed25519PrivateKey:
    """The key of this data folder, made when it is first needed. Raises KeyUnusable, OSError."""
    path = folder / KEY_FILE_NAME
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_once(path, pem)
    with path.open("rb") as file:
        pem = file.read(KEY_FILE_BYTES_MAX)
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(path)
    return key


def sign(key: Ed25519PrivateKey, size: int, root: bytes, at_ms: int) -> Checkpoint:
    signature = key.sign(signed_bytes(size, root, at_ms))
    return Checkpoint(size, root, at_ms, key.public_key().public_bytes_raw(), signature)


def is_signed(one: Checkpoint) -> bool:
    """Whether the holder of the key that the checkpoint names signed it."""
    try:
        Ed25519PublicKey.from_public_bytes(one.key).verify(one.signature, signed_bytes(one.size, one.root, one.at_ms))
    except (InvalidSignature, ValueError):
        return False
    return True
