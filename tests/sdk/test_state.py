"""The state: one transaction for everything, sealed on disk, for one process, and honest about damage."""

import subprocess
import sys
from pathlib import Path

import pytest

from hongyan.sdk.store import meta
from hongyan.sdk.store.keys import KeyFile, Passphrase
from hongyan.sdk.store.store import Store, Tx
from hongyan.sdk.trouble import Trouble

SECRET = "外婆的秘密".encode()


def opened(folder: Path) -> Store:
    return Store(folder / "state.db", KeyFile(folder / "key"))


def test_a_transaction_is_whole_or_not_at_all(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.write(lambda tx: meta.put(tx, "cursor", 1))

    def fails(tx: Tx) -> None:
        meta.put(tx, "cursor", 2)
        raise ValueError

    with pytest.raises(ValueError):
        store.write(fails)
    assert meta.number(store, "cursor") == 1
    store.close()
    assert meta.number(opened(tmp_path), "cursor") == 1


def test_what_is_on_disk_is_sealed(tmp_path: Path) -> None:
    """Neither what is said nor the shape of the tables; the key file is its owner's alone."""
    store = opened(tmp_path)
    for number in range(50):
        store.write(lambda tx, n=number: meta.put(tx, f"k{n}", SECRET * 200))  # type: ignore[misc]
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
    assert SECRET not in on_disk and b"conversation" not in on_disk
    store.close()
    assert SECRET not in (tmp_path / "state.db").read_bytes()
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_snapshots_take_the_place_of_changes(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(40):
        store.write(lambda tx, n=number: meta.put(tx, "big", bytes([n]) * 100_000))  # type: ignore[misc]
    store.close()
    assert (tmp_path / "state.db").stat().st_size < 3_000_000
    store = opened(tmp_path)
    assert meta.blob(store, "big") == bytes([39]) * 100_000


def test_a_passphrase_opens_what_it_locked(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = Store(path, Passphrase("鸿雁传书"))
    store.write(lambda tx: meta.put(tx, "name", "lan"))
    store.close()
    for wrong in (Passphrase("鸿雁"), KeyFile(tmp_path / "key")):
        with pytest.raises(Trouble) as refused:
            Store(path, wrong)
        assert refused.value.code in ("wrong_key", "key_file_missing")
    assert meta.words(Store(path, Passphrase("鸿雁传书")), "name") == "lan"


def test_a_key_file_others_can_read_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(Trouble) as refused:
        opened(tmp_path)
    assert refused.value.code == "key_file_open"


@pytest.mark.parametrize("place", [0.02, 0.3, 0.5, 0.9])
def test_damage_is_found(tmp_path: Path, place: float) -> None:
    """Whatever byte was changed: a sentence, or all of it as it was; never something else."""
    store = opened(tmp_path)
    for number in range(20):
        store.write(lambda tx, n=number: meta.put(tx, f"k{n}", bytes(3_000)))  # type: ignore[misc]
    store.close()
    path = tmp_path / "state.db"
    content = bytearray(path.read_bytes())
    at = int(len(content) * place)
    content[at : at + 64] = bytes(byte ^ 0x5A for byte in content[at : at + 64])
    path.write_bytes(bytes(content))
    try:
        again = opened(tmp_path)
    except Trouble as trouble:
        assert trouble.code in ("state_damaged", "wrong_key")
    else:
        assert [meta.blob(again, f"k{n}") for n in range(20)] == [bytes(3_000)] * 20


def test_something_else_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"not a database" * 100)
    with pytest.raises(Trouble) as refused:
        opened(tmp_path)
    assert refused.value.code == "state_damaged"


def test_one_process_at_a_time(tmp_path: Path) -> None:
    """Also after the one that held it was killed without a word."""
    hold = (
        "import sys, time; from pathlib import Path; from tests.sdk.test_state import opened;"
        "held = opened(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    other = subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={"PYTHONPATH": f"{root / 'src'}:{root}"},
    )
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    with pytest.raises(Trouble) as refused:
        opened(tmp_path)
    assert refused.value.code == "state_in_use"
    other.kill()
    other.wait()
    other.stdout.close()
    opened(tmp_path).close()
