"""What other things cost than a message: a blob's way through the server, and what lies in the database.

    python -m bench.costs [--json] [--blobs 60]

`upload_cpu_ms`, `fetch_cpu_ms`: CPU of the server for a blob of SMALL_BYTES, taken up in one request and fetched
and taken by one friend; `…_per_mb` is what each further megabyte adds, from blobs of LARGE_BYTES. Bytes are those
of the SQLite file, of rows as joining, grouping and sending leave them; a group's GroupInfo is not among them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
from collections.abc import Callable, Sequence

from bench.limits import note_limits
from bench.load import Result, Server, message_of, new_folder, run, start_server, today
from tests.delivery import seed
from tests.delivery.seed import Seeded
from tests.media.client import MediaClient, sealed

from hongyan.app import migrations
from hongyan.delivery import frames as f
from hongyan.delivery import store
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import Tx, open_database

SMALL_BYTES = 64 * 1024
LARGE_BYTES = 2 * 1024 * 1024
GROUP = b"two friends"
PEOPLE = 4_000
GROUPS = 1_000
MEMBERS = 20
WAITING = 20_000
RECIPIENTS = 20
BODY_BYTES = 300


def seed_friends(tx: Tx) -> list[Seeded]:
    friends = seed.people(tx, ["lan", "mei"], last_seen_day=today())
    seed.befriend(tx, friends[0].account_id, friends[1].account_id)
    seed.group(tx, GROUP, friends)
    return friends


async def blobs(server: Server, friends: Sequence[Seeded], size: int, count: int) -> tuple[float, float]:
    """CPU in ms of the server for each upload and for each fetch with its receipt."""
    url = server.url.replace("ws", "http", 1)
    lan, mei = MediaClient(url, friends[0].token), MediaClient(url, friends[1].token)
    photos = [sealed(os.urandom(size)) for _ in range(count)]
    started = server.usage().cpu_s
    for photo in photos:
        answer = await lan.create(photo, GROUP, first=photo.blob)
        assert answer.status_code == 201, answer.text
    uploaded = server.usage().cpu_s
    for photo in photos:
        answer = await mei.get(photo)
        assert answer.status_code == 200 and len(answer.content) == len(photo.blob), answer.status_code
        assert (await mei.take(photo)).status_code < 300
    fetched = server.usage().cpu_s
    await lan.close()
    await mei.close()
    return (uploaded - started) / count * 1000, (fetched - uploaded) / count * 1000


async def bytes_of(result: Result) -> None:
    """Grow a database step by step, and divide what each step added to the file."""
    folder = new_folder()
    database = open_database(str(folder / "hongyan.db"))
    database.migrate(migrations(), SystemClock())
    devices: list[Seeded] = []

    async def step(fill: Callable[[Tx], None], count: int) -> float:
        before = await database.size_bytes()
        await database.write(fill)
        return (await database.size_bytes() - before) / count

    def people(tx: Tx) -> None:
        devices.extend(seed.people(tx, [f"person{n}" for n in range(PEOPLE)], last_seen_day=today()))

    def groups(tx: Tx) -> None:
        for n in range(GROUPS):
            members = [devices[(n * 7 + place * 13) % PEOPLE] for place in range(MEMBERS)]
            seed.group(tx, n.to_bytes(16, "big"), members)

    def letters(recipients: int) -> Callable[[Tx], None]:
        def fill(tx: Tx) -> None:
            count = WAITING // recipients
            first, bodies, mail = store.take_seqs(tx, count), list[store.BodyRow](), list[store.MailRow]()
            for n in range(count):
                group_id = n.to_bytes(16, "big")
                message, kind = message_of(group_id, BODY_BYTES), int(f.EnvelopeKind.APPLICATION)
                sender = devices[n % PEOPLE].device_id
                bodies.append((first + n, kind, group_id, sender, n, 0, message, recipients, f.Urgency.NORMAL))
                for place in range(recipients):
                    mail.append((devices[(n * 31 + place) % PEOPLE].device_id, first + n, int(recipients == 1)))
            store.insert_bodies(tx, bodies)
            store.insert_mail(tx, mail)

        return fill

    result.add("bytes_per_person", await step(people, PEOPLE))
    result.add("bytes_per_member_of_a_group", await step(groups, GROUPS * MEMBERS))
    result.add("bytes_per_waiting_message", await step(letters(1), WAITING))
    result.add("bytes_per_waiting_recipient_of_20", await step(letters(RECIPIENTS), WAITING))
    await database.close()
    shutil.rmtree(folder)


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result("costs: a blob's way through the server, and rows in the database")
    await note_limits(result)
    server, friends = await start_server(seed_friends)
    try:
        await asyncio.sleep(1.0)
        await blobs(server, friends, SMALL_BYTES, arguments.blobs // 4)
        small = await blobs(server, friends, SMALL_BYTES, arguments.blobs)
        large = await blobs(server, friends, LARGE_BYTES, max(1, arguments.blobs // 2))
    finally:
        server.stop()
    further_mb = (LARGE_BYTES - SMALL_BYTES) / 1e6
    for name, small_ms, large_ms in zip(("upload", "fetch"), small, large, strict=True):
        result.add(f"{name}_cpu_ms", small_ms)
        result.add(f"{name}_cpu_ms_per_mb", (large_ms - small_ms) / further_mb)
    await bytes_of(result)
    return result


if __name__ == "__main__":
    run(bench, blobs={"type": int, "default": 60})
