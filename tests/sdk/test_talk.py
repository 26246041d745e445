"""Two people talk through the SDK over a real server; what happens when one is away, killed, or set back."""

import asyncio
import shutil
from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.sdk.conftest import WITHIN_S, World, heard, texts

from hongyan.foundation.clock import ManualClock
from hongyan.sdk import Card, Client, Link, Location, Trouble
from hongyan.sdk.mail.outbox import UNANSWERED_MAX
from hongyan.sdk.words import language


async def test_a_bot_answers(world: World) -> None:
    """[CO2] [CT3] In the ten lines of the README."""
    lan, bot = await world.friends("lan", "回声")

    async def echo() -> None:
        async for message in bot.messages():
            message.reply(message.text)

    running = asyncio.create_task(echo())
    await lan.send("回声", "你好")
    answer = await heard(lan, "你好")
    assert answer.sender.name == "回声" and answer.sender.verified
    running.cancel()


async def test_what_was_said_while_away_comes_later(world: World) -> None:
    """[DS5] [DS4] Both ways: mail waits for her, and what she said offline goes when she is back."""
    lan, mei = await world.friends("lan", "mei")
    await lan.send("mei", "在吗")
    await heard(mei, "在吗")
    await mei.close()
    for number in range(5):
        await lan.send("mei", f"第{number}条")
    await lan.sent(WITHIN_S)
    mei = await world.back("mei")
    await heard(mei, "第4条")
    assert texts(await mei.chat("lan")) == ["在吗", *(f"第{number}条" for number in range(5))]


async def test_what_was_under_way_is_not_overtaken(world: World) -> None:
    """[DS4] [DS6] Said after the connection was lost: it goes after what is sent again, whoever had the turn."""
    lan, mei = await world.friends("lan", "mei")
    said = await lan.send("mei", "你好")
    await heard(mei, "你好")
    await lan.sent(WITHIN_S)
    device = said.chat.device
    socket = device.link._socket
    assert socket is not None and socket.transport is not None
    line, socket.transport = socket.transport, None
    said.reply("一")
    await device.outbox.flush()
    assert device.outbox.room < UNANSWERED_MAX  # numbered, and lost on its way
    async with device.session.turn:
        said.reply("二")
        flushing = asyncio.create_task(device.outbox.flush())
        await asyncio.sleep(0)
        line.disconnect(graceful=False)
        while device._ready is None:
            await asyncio.sleep(0.01)
    await flushing
    await heard(mei, "二")
    assert texts(await mei.chat("lan")) == ["你好", "一", "二"]


async def test_messages_are_handled_once(world: World) -> None:
    """What a program was in the middle of comes again, and its answers are not given twice."""
    lan, mei = await world.friends("lan", "mei")
    for text in ("一", "二", "三"):
        await lan.send("mei", text)
    await heard(mei, "三")
    seen = []
    async for message in mei.messages():
        seen.append(message.text)
        message.reply(f"答{message.text}")
        if message.text == "二":
            break  # Killed here: answered, and not yet asked for the next.
    await mei.close()
    mei = await world.back("mei")
    async for message in mei.messages():
        seen.append(message.text)
        message.reply(f"答{message.text}")
        if message.text == "三":
            break
    await heard(lan, "答三")
    assert seen == ["一", "二", "二", "三"]
    assert [text for text in texts(await lan.chat("mei")) if text.startswith("答")] == ["答一", "答二", "答三"]


async def test_change_take_back_react(world: World) -> None:
    """[CO5]"""
    lan, mei = await world.friends("lan", "mei")
    first = await lan.send("mei", "六点")
    second = await lan.send("mei", "说错了")
    there = await heard(mei, "说错了")
    first.edit("七点")
    second.recall()
    there = await heard(mei, "七点")
    there.react("🎉")
    await mei.until(lambda: texts(mei.chats.all()[0]) == ["七点", ""], WITHIN_S)
    assert mei.chats.message(second.id).recalled and there.edited
    await lan.until(lambda: lan.chats.message(first.id).reactions() == [(mei.account, "🎉")], WITHIN_S)
    there.unreact()
    await lan.until(lambda: lan.chats.message(first.id).reactions() == [], WITHIN_S)
    with pytest.raises(Trouble) as refused:
        there.edit("不是我的")
    assert refused.value.code == "too_late"


async def test_places_cards_links_and_timers(world: World) -> None:
    """[CO6] [CO7]"""
    lan, mei = await world.friends("lan", "mei")
    chat = await lan.chat("mei")
    sent = [Location(39.9, 116.4, "天安门"), Card(mei.account, "mei"), Link("https://example.org/", "一篇文章")]
    for detail in sent:
        chat.send_detail(detail)
    chat.nudge(mei.friends()[0])
    quoted = chat.send("看这里")
    chat.send("引用", quoting=quoted)
    said = await heard(mei, "引用")
    got = said.chat.messages()
    assert [message.detail for message in got[:3]] == sent
    assert got[3].nudges == lan.account and said.quote == quoted.id
    chat.set_timer(1)
    chat.send("看完就忘")
    await heard(mei, "看完就忘")
    await mei.until(lambda: "看完就忘" not in texts(said.chat), WITHIN_S)


async def test_an_old_copy_of_the_state_heals(world: World) -> None:
    """[HL3] Groups are joined anew, and what was missed is asked for."""
    lan, mei = await world.friends("lan", "mei")
    await lan.send("mei", "一")
    await heard(mei, "一")
    await mei.close()
    copy = world.folder / "copy"
    shutil.copytree(world.folder / "mei", copy)
    mei = await world.back("mei")
    for text in ("二", "三"):
        await lan.send("mei", text)
    await heard(mei, "三")
    await mei.sent(WITHIN_S)
    await mei.close()
    shutil.rmtree(world.folder / "mei")
    shutil.copytree(copy, world.folder / "mei")
    mei = await world.back("mei")
    await heard(mei, "三")
    await mei.send("lan", "回来了")
    await heard(lan, "回来了")
    await lan.send("mei", "好")
    await heard(mei, "好")
    assert sorted(texts(await mei.chat("lan"))) == sorted(["一", "二", "三", "回来了", "好"])


async def test_troubles_are_sentences(world: World) -> None:
    """A wrong server, a bad link, an expired invitation, a folder in use, a damaged state."""
    lan = await world.person("lan")
    stranger = Client(world.folder / "bo")
    async with stranger:
        for link, name, code in (
            ("https://127.0.0.1:1/i#" + "a" * 43, "bo", "server_unreachable"),
            (world.server.url + "/i#" + "a" * 43, "bo", "invitation_unknown"),
            ("hello", "bo", "link_malformed"),
            (await lan.invite(), "lan", "name_taken"),
            (await lan.invite(), "b o", "name_malformed"),
        ):
            with pytest.raises(Trouble) as refused:
                await stranger.join(link, name)
            assert refused.value.code == code, link
            texts = refused.value.text
            assert texts.zh_hans and texts.zh_hant and texts.en and str(refused.value) == texts.into(language())
        with pytest.raises(Trouble) as refused:
            await stranger.send("lan", "你好")
        assert refused.value.code == "not_joined"
    with pytest.raises(Trouble) as refused:
        await Client(world.folder / "lan").open()
    assert refused.value.code == "state_in_use"
    await lan.close()
    state = world.folder / "lan" / "state.db"
    whole = state.read_bytes()
    state.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Trouble) as refused:
        await Client(world.folder / "lan").open()
    assert refused.value.code == "state_damaged"


async def test_an_expired_invitation(manual_server: RunningServer, tmp_path: Path) -> None:
    clock = manual_server.clock
    assert isinstance(clock, ManualClock)
    async with Client(tmp_path / "lan") as lan, Client(tmp_path / "mei") as mei:
        token = await manual_server.app.accounts.invitations.ensure_owner()
        await lan.join(f"{manual_server.url}/i#{token}", "lan")
        link = await lan.invite()
        clock.advance(8 * 86_400)
        with pytest.raises(Trouble) as refused:
            await mei.join(link, "mei")
        assert refused.value.code == "invitation_expired"
        await mei.join(await lan.invite(), "mei")  # the folder is as good as new
