"""`hongyan export`: all that is here, as a folder anybody can read: a text file for each chat, and one for programs."""

import asyncio
import re
from pathlib import Path
from typing import Final

import msgspec

from hongyan.sdk.chats import Chat, Message
from hongyan.sdk.client import Client
from hongyan.sdk.terminal.lines import line_of
from hongyan.sdk.terminal.session import say
from hongyan.sdk.trouble import Trouble
from hongyan.sdk.words import Text

ALL: Final = 2**31
MESSAGES_FILE: Final = "messages.jsonl"
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


async def export(client: Client, folder: Path) -> int:
    """The exit code. Raises Trouble."""
    async with client:
        if not client.has_joined:
            raise Trouble("not_joined")
        try:
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True)
        except FileExistsError:
            say(
                Text(
                    "这个文件夹已经有了，请换一个名字。",
                    "這個資料夾已經有了，請換一個名字。",
                    "That folder exists already.",
                ),
                error=True,
            )
            return 1
        chats = client.chats.all()
        said = sum(_write(folder, chat, place) for place, chat in enumerate(chats, 1))
    text = Text(
        f"{len(chats)} 个聊天，{said} 条消息。",
        f"{len(chats)} 個聊天，{said} 則訊息。",
        f"{len(chats)} chats, {said} messages.",
    )
    say(text)
    return 0


def _write(folder: Path, chat: Chat, place: int) -> int:
    messages = chat.messages(newest=ALL)
    name = _UNSAFE.sub("_", chat.name)[:60].strip(" .") or chat.id
    lines = [
        f"{message.at.astimezone():%Y-%m-%d %H:%M} {message.sender.name}: {line_of(message)}\n" for message in messages
    ]
    (folder / f"{place:03d} {name}.txt").write_text("".join(lines), "utf-8")
    with (folder / MESSAGES_FILE).open("ab") as file:
        for message in messages:
            file.write(msgspec.json.encode(_fields(message)) + b"\n")
    return len(messages)


def _fields(message: Message) -> dict[str, object]:
    """Keys that open files on the server are left out: what is exported is what people saw."""
    return {
        "id": message.id.hex(),
        "chat": message.chat.id,
        "sender": message.sender.name,
        "account": message.sender.account,
        "mine": message.mine,
        "at": message.at.isoformat(),
        "text": message.text,
        "line": line_of(message),
        "quote": None if message.quote is None else message.quote.hex(),
        "edited": message.edited,
        "recalled": message.recalled,
        "reactions": [{"account": account, "emoji": emoji} for account, emoji in message.reactions()],
    }
