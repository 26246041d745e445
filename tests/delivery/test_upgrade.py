"""Nodes of two versions at once, as docs/upgrade.md promises: one at a time is upgraded, and nobody notices."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.delivery.client import Client, application, bodies
from tests.delivery.test_several import Town, nats, town

from hongyan import app as composition
from hongyan.app import INVENTORY, build, migrations
from hongyan.delivery.frames import VerdictCode
from hongyan.foundation.db import Migration
from hongyan.foundation.starting import CannotStart
from hongyan.settings import Settings

__all__ = ["nats", "town"]

GROUP = b"family"
# The version after this one: a column more in every table, some filled by themselves, and a table more.
TOMORROW = Migration(
    "admin",
    99,
    "tomorrow",
    (
        *(f"ALTER TABLE {it.name} ADD COLUMN of_tomorrow INTEGER" for it in INVENTORY),
        *(f"ALTER TABLE {it.name} ADD COLUMN also_of_tomorrow INTEGER NOT NULL DEFAULT 7" for it in INVENTORY),
        "CREATE TABLE tomorrow (id INTEGER PRIMARY KEY) STRICT",
    ),
)


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    """Of the upgraded node; asked for before `town`, it outlives it."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


async def say(client: Client, start: int, stop: int) -> list[bytes]:
    said = [application(GROUP, 1, b"%d" % n) for n in range(start, stop)]
    for one in said:
        assert (await client.send(GROUP, one)).code is VerdictCode.ACCEPTED
    return said


async def test_one_node_after_the_other(
    sock: socket.socket, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old node goes on with statements that it prepared before the change; both see what either stores [DS6]."""
    await town.here.add("lan", "mei")
    await town.here.group(GROUP, "lan", "mei")
    lan, mei = await town.here.connect("lan"), await town.there.connect("mei")
    said = await say(lan, 0, 20)
    heard = bodies(await mei.take_mail(20))
    mei.ack()
    await mei.ping()
    await mei.close()
    await town.there.app.stop()

    talking = asyncio.create_task(say(lan, 20, 60))
    monkeypatch.setattr(composition, "migrations", lambda: [*migrations(), TOMORROW])
    town.there.app = await asyncio.to_thread(
        build, town.there.app.settings, town.there.app.clock, database_url=town.database_url
    )
    monkeypatch.undo()
    await town.there.app.start(sock)
    town.there.port = sock.getsockname()[1]
    said += await talking
    mei = await town.there.connect("mei")
    heard += bodies(await mei.take_mail(40))
    mei.ack()
    said += await say(lan, 60, 80)
    heard += bodies(await mei.take_mail(20))
    assert heard == said, "in order, each once, whichever version stored and whichever pushed"
    answered = await say(mei, 0, 20)
    assert bodies(await lan.take_mail(20)) == answered, "and from the new node to the old one"
    await town.here.add("bo")
    await town.here.connect("bo")
    with pytest.raises(CannotStart, match="newer version"):
        build(Settings(data_dir=tmp_path / "third"), database_url=town.database_url)
