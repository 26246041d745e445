"""Groups of people who all use the SDK: made, grown, healed, left; rules kept."""

import pytest
from tests.sdk.conftest import WITHIN_S, World, heard, texts

from hongyan.sdk import Attachment, Chat, Client, Person, Trouble
from hongyan.sdk.store.keys import KeyFile
from hongyan.sdk.store.store import Store


async def group_of(client: Client) -> Chat:
    await client.until(lambda: client.chats.groups() != [], WITHIN_S)
    return client.chats.groups()[0]


def names(chat: Chat) -> list[str]:
    return sorted(person.name for person in chat.people())


async def test_a_group_lives(world: World) -> None:
    """[DS2] [GP2] [GP5] [GP6] [GP11] Made, talked in, grown, a member put out, another goes."""
    lan, mei, bo = await world.friends("lan", "mei", "bo")
    chat = await lan.make_group([person for person in lan.friends() if person.name == "mei"], "周末爬山")
    chat.send("你们好")
    await heard(mei, "你们好")
    hers = await group_of(mei)
    assert hers.id == chat.id and names(hers) == ["lan"] and hers.rules().owner == lan.account
    await mei.until(lambda: hers.rules() == chat.rules(), WITHIN_S)
    assert hers.name == chat.name == "周末爬山" and "/g#" in hers.code()
    await hers.add([person for person in mei.friends() if person.name == "bo"])
    hers.set_nickname("小梅")
    hers.send("阿波来了")
    await heard(lan, "阿波来了")
    his = await group_of(bo)
    await bo.until(lambda: his.nickname_of(mei_of(his)) == "小梅", WITHIN_S)
    his.send("大家好")
    for one in (lan, mei):
        await heard(one, "大家好")
    with pytest.raises(Trouble) as refused:
        await his.remove([person for person in his.people() if person.name == "mei"])
    assert refused.value.code == "not_allowed"
    await chat.remove([person for person in chat.people() if person.name == "bo"])
    await bo.until(lambda: bo.chats.groups() == [], WITHIN_S)
    await mei.until(lambda: names(hers) == ["lan"], WITHIN_S)
    await hers.leave()
    await lan.until(lambda: names(chat) == [], WITHIN_S)
    with pytest.raises(Trouble) as refused:
        hers.send("还在吗")
    assert refused.value.code == "not_a_member"


def mei_of(chat: Chat) -> Person:
    return next(person for person in chat.people() if person.name == "mei")


async def test_a_lost_group_is_found_again(world: World) -> None:
    """[HL2] [HL4] A device whose MLS state is gone rejoins by itself and asks for what it missed."""
    lan, mei, bo = await world.friends("lan", "mei", "bo")
    chat = await lan.make_group(lan.friends())
    chat.send("一")
    for one in (mei, bo):
        await heard(one, "一")
    hers = await group_of(mei)
    await mei.close()
    chat.send("二")
    await heard(bo, "二")
    folder = world.folder / "mei"
    lost = Store(folder / "state.db", KeyFile(folder / "key"))
    lost.write(lambda tx: tx.run("DELETE FROM mls_file WHERE path LIKE 'groups/%'"))
    lost.close()
    mei = await world.back("mei")
    await heard(mei, "二")
    (await mei.chat(hers.id)).send("回来了")
    for one in (lan, bo):
        await heard(one, "回来了")
    assert texts(await mei.chat(hers.id)) == ["一", "二", "回来了"]


async def test_a_file_travels(world: World) -> None:
    """[ME1] to [ME14] Sealed, uploaded in pieces, fetched, checked, and then gone from the server."""
    lan, mei = await world.friends("lan", "mei")
    photo = world.folder / "照片.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x40\0\0\0\xf0" + bytes(range(256)) * 9_000)
    chat = await lan.chat("mei")
    chat.send("看照片")
    said = await heard(mei, "看照片")
    sent = await chat.send_file(photo)
    small = await chat.send_file(b"a,b\n", name="../表.csv")
    assert sent.detail is not None and small.detail is not None
    await mei.until(lambda: len(said.chat.messages()) == 3, WITHIN_S)
    picture, table = said.chat.messages()[1:]
    got = picture.detail
    assert isinstance(got, Attachment) and (got.kind, got.name, got.width, got.height) == (
        "picture",
        "照片.png",
        320,
        240,
    )
    folder = world.folder / "fetched"
    folder.mkdir()
    assert (await picture.save(folder)).read_bytes() == photo.read_bytes()
    assert await table.save(folder) == folder / "表.csv"
    with pytest.raises(Trouble) as refused:
        await picture.save(folder / "again.png")
    assert refused.value.code == "media_gone"
    assert sorted(path.name for path in folder.iterdir()) == ["照片.png", "表.csv"]
