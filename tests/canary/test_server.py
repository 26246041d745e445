"""What is delivered, replaced or deleted is gone from disk; what is secret never reaches it.

The server sees ciphertext only, so here the ciphertexts themselves are the canaries; readable text is hunted with
real browsers in test_browsers.py.
"""

from __future__ import annotations

import secrets
from contextlib import closing

import apsw
from tests.canary.disk import find_in_files, gone
from tests.crash.device import Device
from tests.crash.mls import APPLICATION, COMMIT, private_message, vector
from tests.crash.server import ServerProcess
from tests.crash.town import Json, Person, Town, base64, device_json


class Canaries:
    """Distinctive byte strings, each used once."""

    def __init__(self) -> None:
        self.made: list[bytes] = []

    def fresh(self, what: str, *, size: int = 64) -> bytes:
        canary = b"canary-" + what.encode() + b"-" + secrets.token_hex(12).encode()
        self.made.append(canary)
        return canary + secrets.token_bytes(max(0, size - len(canary)))


def files_find(server: ServerProcess, canaries: Canaries) -> list[str]:
    return find_in_files([server.folder, server.log], canaries.made)


def rows_left(server: ServerProcess, table: str) -> int:
    with closing(apsw.Connection(str(server.folder / "hongyan.db"), apsw.SQLITE_OPEN_READONLY)) as db:
        count = db.execute(f"SELECT count(*) FROM {table}").get
    assert isinstance(count, int)
    return count


def what_waits(server: ServerProcess) -> list[str]:
    left = [f"{table} has rows" for table in ("mail", "body") if rows_left(server, table)]
    log_bytes = (server.folder / "hongyan.db-wal").stat().st_size
    return left + ([f"{log_bytes} bytes of write-ahead log"] if log_bytes else [])


async def connect(town: Town, *people: Person) -> dict[str, Device]:
    devices = {person.name: town.device(person) for person in people}
    for device in devices.values():
        device.start()
        await device.ready.wait()
    return devices


async def end(devices: dict[str, Device]) -> None:
    for device in devices.values():
        await device.stop()


async def test_ciphertext_waits_on_disk_and_is_gone_after_the_last_acknowledgement(
    server: ServerProcess, town: Town
) -> None:
    """[DS5]: also for a body that waited for the last of several devices, and for large ones."""
    canaries = Canaries()
    lan = town.owner
    mei0, mei1 = town.pairs[0][0], town.pairs[1][0]
    devices = await connect(town, lan, mei0)
    group_id = town.make_group(devices["lan"], lan, [mei0, mei1])
    for size in (80, 300, 3_000, 30_000, 250_000):
        body = canaries.fresh(f"message{size}", size=size)
        devices["lan"].send(group_id, private_message(group_id, 1, APPLICATION, body))
    for number in range(200):
        body = canaries.fresh(f"many{number}", size=300)
        devices["mei0"].send(group_id, private_message(group_id, 1, APPLICATION, body))
    await devices["lan"].answered()
    await devices["mei0"].answered()
    await devices["mei0"].shown_count(5)
    waiting = files_find(server, canaries)
    assert len({one.split(" as ")[0] for one in waiting}) == 205, "all wait for mei1, who is away"
    devices |= await connect(town, mei1)
    await devices["mei1"].shown_count(205)
    emptied_s = await gone(lambda: what_waits(server))
    print(f"\nmailboxes, bodies and the write-ahead log empty {emptied_s:.2f} s after the last acknowledgement")
    found = files_find(server, canaries)
    assert not found, "\n".join(found)
    await end(devices)


async def test_commits_welcomes_and_old_group_info_are_gone(server: ServerProcess, town: Town) -> None:
    """Only the newest GroupInfo of a group is kept [DS2]."""
    canaries = Canaries()
    lan = town.owner
    mei0, mei1 = town.pairs[0][0], town.pairs[1][0]
    devices = await connect(town, lan, mei0, mei1)
    group_id = secrets.token_bytes(16)
    newest = b"newest" + secrets.token_bytes(40)
    changes = [(0, [mei0.device_id], []), (1, [mei1.device_id], []), (2, [], [mei1.device_id]), (3, [], [])]
    for epoch, added, removed in changes:
        devices["lan"].commit(
            group_id,
            private_message(group_id, epoch, COMMIT, canaries.fresh(f"commit{epoch}", size=2_000)),
            added,
            removed=removed,
            welcome=b"\0\1\0\3" + canaries.fresh(f"welcome{epoch}", size=9_000),
            group_info=b"\0\1\0\4" + (newest if epoch == 3 else canaries.fresh(f"info{epoch}", size=5_000)),
        )
        await devices["lan"].answered()
    assert not devices["lan"].refused
    await gone(lambda: files_find(server, canaries))
    assert find_in_files([server.folder], [newest]), "the looking glass is blind"
    await end(devices)


async def test_secrets_are_never_written(server: ServerProcess, town: Town) -> None:
    """Tokens, tickets, invitation tokens and password secrets are kept as hashes; nothing of them is logged."""
    canaries = Canaries()
    mei0 = town.pairs[0][0]
    password = secrets.token_bytes(32)
    wrapped = secrets.token_bytes(60)
    put: Json = {"secret": base64(password), "wrapped_account_key": base64(wrapped)}
    assert town.http.put("/api/me/password", json=put, headers=mei0.headers).is_success
    ticket = str(town.post("/api/login/password", {"name": "mei0", "secret": base64(password)})["ticket"])
    device: Json = device_json(mei0.keys.new_device())
    added = town.post("/api/devices", {"ticket": ticket, "device": device})
    link = town.post("/api/device-links", {})
    sealed: Json = {"sealed": base64(canaries.fresh("link"))}
    approved = town.http.post(f"/api/device-links/{link['link_id']}/approve", json=sealed, headers=mei0.headers)
    assert approved.is_success
    polled = town.post(f"/api/device-links/{link['link_id']}/poll", {"poll_secret": link["poll_secret"]})
    invitation = town.invitation(mei0)
    wrong: Json = {"name": "mei0", "secret": base64(secrets.token_bytes(32))}
    assert town.http.post("/api/login/password", json=wrong).status_code in (401, 403)
    texts = [ticket, added["token"], link["poll_secret"], polled["ticket"], invitation]
    texts += [person.token for person in town.people]
    hunted = [password, *(str(text).encode() for text in texts)]
    found = find_in_files([server.folder, server.log], hunted)
    assert not found, "\n".join(found)
    assert find_in_files([server.folder], [wrapped]), "the looking glass is blind"


async def test_the_log_names_nobody(server: ServerProcess, town: Town) -> None:
    """No address, name, number or token of anyone, also when requests go wrong."""
    mei0, bo0 = town.pairs[0]
    strange = "/api/people/canary-名字-" + secrets.token_hex(8)
    assert town.http.get(strange, headers=mei0.headers).status_code == 404
    assert town.http.post("/api/join", content=b'{"invitation":"canary-\xff').status_code == 400
    devices = await connect(town, mei0, bo0)
    devices["mei0"].send(secrets.token_bytes(16), b"canary, not an MLS message")
    await devices["mei0"].answered()
    await end(devices)
    log = server.output()
    forbidden = ["127.0.0.1", "canary", "mei0", "bo0", str(mei0.account_id), str(bo0.device_id), mei0.token]
    assert [word for word in forbidden if word in log] == []


async def test_a_deleted_account_leaves_nothing(server: ServerProcess, town: Town) -> None:
    """Keys, label, sealed greeting, waiting mail and key packages go with the account [DS14]."""
    canaries = Canaries()
    mei0, bo0 = town.pairs[0]
    devices = await connect(town, mei0, bo0)
    group_id = town.make_group(devices["mei0"], mei0, [bo0])
    await devices["mei0"].answered()
    await devices["bo0"].stop()
    packages: Json = {"packages": [base64(canaries.fresh(f"package{n}", size=300)) for n in range(20)]}
    assert town.http.put("/api/key-packages", json=packages, headers=bo0.headers).is_success
    waiting = canaries.fresh("waiting", size=900)
    devices["mei0"].send(group_id, private_message(group_id, 1, APPLICATION, waiting))
    await devices["mei0"].answered()
    invitation = town.invitation(town.pairs[1][0])
    greeted = town.join(invitation, "greeter-" + secrets.token_hex(4), greeting=canaries.fresh("greeting", size=200))
    assert files_find(server, canaries)
    keys = [bo0.keys.account_key, bo0.keys.box_key, bo0.keys.box_signature]
    keys += [greeted.keys.account_key, greeted.name.encode()]
    assert len(find_in_files([server.folder], keys)) >= len(keys)
    for person in (bo0, greeted):
        answer = town.http.request("DELETE", "/api/me", json={"name": person.name}, headers=person.headers)
        assert answer.is_success, answer.text
    await gone(lambda: files_find(server, canaries) + find_in_files([server.folder], keys))
    await end(devices)


async def test_the_looking_glass_sees(server: ServerProcess) -> None:
    """Each written form of a secret is found."""
    secret = secrets.token_bytes(24)
    for number, form in enumerate((secret, secret.hex().encode(), base64(secret).encode(), vector(secret))):
        path = server.folder / f"planted{number}"
        path.write_bytes(b"before " + form + b" behind")
        assert find_in_files([path], [secret]), form
        path.unlink()
