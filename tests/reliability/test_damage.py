"""R18: one byte of the database, its log or a blob is another. It is noticed or harmless, and never shown as good."""

from __future__ import annotations

import random
from collections import Counter

import apsw
import pytest
from cryptography.exceptions import InvalidTag
from tests.reliability.disk import DATABASE, Disk
from tests.reliability.history import CALM, History, pause, staged
from tests.reliability.server import template

from hongyan.sdk.media.blob import seal, unseal

PLACES, PLACES_LONG = 100, 2_000
AWAY = (2, 5)  # whose mail waits on the damaged server


def damaged(disk: Disk, chance: random.Random) -> Disk:
    """One bit of one byte, among those that were written since the server was new."""
    files = {name: bytearray(file.seen) for name, file in disk.files.items()}
    before = {DATABASE: template()}
    places = {name: written(bytes(content), before.get(name, b"")) for name, content in files.items()}
    name = chance.choice([one for one, found in places.items() if found])
    files[name][chance.choice(places[name])] ^= 1 << chance.randrange(8)
    return Disk({one: bytes(content) for one, content in files.items()})


def written(content: bytes, before: bytes) -> list[int]:
    return [place for place, byte in enumerate(content) if byte != (before[place] if place < len(before) else 0)]


async def live_through(history: History, chance: random.Random) -> None:
    """Talk, stop, damage the disk, start, and let everybody fetch what waits."""
    history.boot(Disk({DATABASE: template()}))
    for phone in history.phones.values():
        if phone.device_id not in AWAY:
            phone.connect()
    await pause(history.loop, 1.0)
    for phone in history.phones.values():
        phone.say(b"family")
    for _ in range(12):
        await pause(history.loop, 0.2)
        history.step()
    # Rested for a while, the log is in the database; else all is in the log.
    await pause(history.loop, chance.choice((0.05, 5.0)))
    history.boot(damaged(history.end(), chance))
    if history.is_down:
        return
    for one in AWAY:
        history.phones[one].connect()
    for _ in range(6):
        await pause(history.loop, 5.0)


def what_became_of(history: History) -> str:
    """The first that is true; anything but these is a mistake."""
    assert not history.loop.mistakes, history.loop.mistakes
    if history.is_down:
        return "does not start, and says why"
    phones = history.phones.values()
    shown_as = {(one.id, one.group_id, one.sender) for phone in phones for one in phone.shown}
    said_as = {(said.id, said.group_id, phone.device_id) for phone in phones for said in phone.ever_said}
    assert shown_as <= said_as, "something was shown that nobody said"
    assert not any("unreadable frame" in phone.troubles for phone in phones), "a device cannot go on"
    if any(phone.troubles for phone in phones):
        return "noticed by a device"
    try:
        sound = str(history.server.db._connection.pragma("integrity_check"))
    except apsw.Error as error:
        sound = str(error)
    if sound != "ok":
        return "noticed by an integrity check"
    if not all(phone.is_ready for phone in phones):
        return "a device is refused"
    wanted = {said.id for phone in phones for said, _ in phone.accepted.values()}
    seen = {one.id for phone in phones for one in phone.shown}
    return "harmless" if wanted <= seen else "mail is missing"


def test_a_changed_byte_of_the_database(pytestconfig: pytest.Config) -> None:
    """R18: the server starts or says why not, nobody is shown what nobody said, and others go on."""
    outcomes: Counter[str] = Counter()
    for place in range(PLACES_LONG if pytestconfig.getoption("--long") else PLACES):
        with staged(place, CALM) as history:
            history.loop.run_until_complete(live_through(history, random.Random(place)))
            outcomes[what_became_of(history)] += 1
    print(f"\n{dict(outcomes)}")
    assert outcomes["noticed by a device"] + outcomes["noticed by an integrity check"] > 0


def test_a_changed_byte_of_a_blob() -> None:
    """R18 [ME1]: at 400 places of a picture, its receiver notices."""
    content = random.Random(18).randbytes(150_000)
    blob, opening = seal(content, bytes(32), bytes(7))
    assert unseal(blob, opening) == content
    for place in range(0, len(blob), len(blob) // 400):
        changed = bytearray(blob)
        changed[place] ^= 1
        with pytest.raises((ValueError, InvalidTag)):
            unseal(bytes(changed), opening)
