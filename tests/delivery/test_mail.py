"""Stories of mail over a real socket: what arrives, in which order, and what is left on disk."""

from __future__ import annotations

from functools import partial

from tests.delivery.client import application, bodies
from tests.delivery.conftest import World

from hongyan.delivery.frames import EnvelopeKind, VerdictCode
from hongyan.foundation.db import Tx

GROUP = b"lan and mei chat"


async def test_a_message_arrives_and_is_erased(world: World) -> None:
    """[DS3] [DS5]"""
    lan, mei = await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan_client, mei_client = await world.connect("lan"), await world.connect("mei")
    message = application(GROUP, 1, b"ni hao")

    verdict = await lan_client.send(GROUP, message)
    assert (verdict.code, verdict.epoch) == (VerdictCode.ACCEPTED, 1)

    (envelope,) = await mei_client.take_mail(1)
    assert envelope.kind is EnvelopeKind.APPLICATION
    assert (envelope.group_id, envelope.sender, envelope.no, envelope.body) == (GROUP, lan.device_id, 1, message)
    assert envelope.received_at_ms == world.clock.now_ms()
    assert (await world.rows("body"), await world.rows("mail")) == (1, 1)

    mei_client.ack(envelope.seq)
    await mei_client.ping()
    assert (await world.rows("body"), await world.rows("mail")) == (0, 0)
    assert mei_client.ready is not None and mei_client.ready.device_id == mei.device_id


async def test_mail_waits_for_who_is_away(world: World) -> None:
    """[RT2] [RT3] [DS5]"""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan = await world.connect("lan")
    for text in (b"one", b"two", b"three"):
        await lan.send(GROUP, application(GROUP, 1, text))

    mei = await world.connect("mei")
    assert mei.ready is not None
    mail = await mei.take_mail(3)
    assert bodies(mail) == [application(GROUP, 1, text) for text in (b"one", b"two", b"three")]
    assert (mei.ready.acked, mei.ready.newest) == (0, mail[-1].seq)

    mei.ack(mail[1].seq)
    await mei.ping()
    assert await world.rows("mail") == 1
    await mei.close()
    again = world.client("mei")
    ready = await again.connect(mail[1].seq)
    assert (ready.acked, ready.newest) == (mail[1].seq, mail[2].seq)
    assert await again.take_mail(1) == [mail[2]]


async def test_who_is_away_gets_what_waits_beside_a_damaged_row(world: World) -> None:
    """A row that was changed on the disk costs its own message, and nobody's connection."""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan = await world.connect("lan")
    damages = ("received_at_ms = -1", "kind = 77", "sender = -9")
    for n in range(len(damages) + 1):
        assert (await lan.send(GROUP, application(GROUP, 1, bytes((n,))))).code is VerdictCode.ACCEPTED
    for no, damage in enumerate(damages, start=1):
        await world.app.db.write(partial(damaged, damage, no))
    mei = await world.connect("mei")
    assert bodies(await mei.take_mail(1)) == [application(GROUP, 1, bytes((len(damages),)))]
    await mei.ping()
    assert mei.mail == []


def damaged(damage: str, no: int, tx: Tx) -> None:
    tx.execute(f"UPDATE body SET {damage} WHERE no = ?", (no,))
