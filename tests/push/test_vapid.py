"""The server's key in its folder, and the tokens it signs."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.push.service import WakeUp

from hongyan.app import build
from hongyan.foundation.starting import CannotStart, listen
from hongyan.push import KeyUnusable
from hongyan.push.sealing import public_bytes
from hongyan.push.vapid import KEY_FILE_NAME, TOKEN_LIFETIME_S, TOKEN_REUSED_S, Vapid, contact_of, key_in
from hongyan.settings import Settings

NOW_S = 1_795_312_800


def test_the_key_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    """[PU6]"""
    folder = tmp_path / "data"
    first = public_bytes(key_in(folder))
    file = folder / KEY_FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert public_bytes(key_in(folder)) == first
    assert [one.name for one in folder.iterdir()] == [KEY_FILE_NAME]
    file.unlink()
    assert public_bytes(key_in(folder)) != first


def pem(key: object) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined, no-any-return]  # several kinds of key


@pytest.mark.parametrize(
    "content",
    [b"", b"no key", bytes(10_000), pem(generate_private_key(SECP384R1())), pem(Ed25519PrivateKey.generate())],
    ids=["empty", "text", "long", "another curve", "another kind"],
)
async def test_a_file_that_is_no_key_stops_the_start_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    """[PU6] The key is never replaced in silence: every device would have to register again."""
    file = tmp_path / KEY_FILE_NAME
    file.write_bytes(content)
    with pytest.raises(KeyUnusable):
        key_in(tmp_path)
    app = build(Settings(data_dir=tmp_path))
    with listen("127.0.0.1", 0) as sock, pytest.raises(CannotStart) as refused:
        await app.start(sock)
    assert str(file) in refused.value.text.zh_hans and str(file) in refused.value.text.en
    assert file.read_bytes() == content
    await app.stop()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_bytes(b"")
    with pytest.raises(KeyUnusable):
        key_in(file / "below")


def test_a_token_is_for_one_service_and_ends() -> None:
    """[PU6] RFC 8292 §2: aud, exp at most a day ahead, sub."""
    vapid = Vapid(generate_private_key(SECP256R1()), contact_of("https://hongyan.example", "hongyan.example"))
    header = vapid.authorization("https://push.example", NOW_S)
    claims = WakeUp("", {"authorization": header}, b"").claims(vapid.public_key)
    assert claims == {
        "aud": "https://push.example",
        "exp": NOW_S + TOKEN_LIFETIME_S,
        "sub": "https://hongyan.example",
    }
    assert TOKEN_LIFETIME_S <= 86_400
    assert vapid.authorization("https://push.example", NOW_S + TOKEN_REUSED_S - 1) == header
    assert vapid.authorization("https://push.example", NOW_S + TOKEN_REUSED_S) != header
    assert vapid.authorization("https://push.example", NOW_S - 86_400) != header
    assert vapid.authorization("https://other.example", NOW_S) != header


def test_the_contact_is_an_address_push_services_accept() -> None:
    assert contact_of("http://192.168.1.9:8420", "family.lan") == "mailto:postmaster@family.lan"
