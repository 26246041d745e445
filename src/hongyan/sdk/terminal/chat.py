"""`hongyan chat`: talking in the terminal. What comes in is written above the line that is being typed."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text as Styled

from hongyan.sdk.chats import Chat, Message
from hongyan.sdk.client import Client
from hongyan.sdk.terminal.lines import line_of, plain
from hongyan.sdk.terminal.session import CONNECT_WITHIN_S, join
from hongyan.sdk.trouble import Trouble
from hongyan.sdk.words import Text

SHOWN_AT_FIRST: Final = 12
SENT_WITHIN_S: Final = 10.0

HELP: Final = Text(
    "/chats 所有聊天  /chat 名字 换一个  /file 路径 发文件  /save 文件夹 存最近的文件  /add 名字 加好友  "
    "/accept 通过申请  /code 我的链接  /quit 离开",
    "/chats 所有聊天  /chat 名字 換一個  /file 路徑 發檔案  /save 資料夾 存最近的檔案  /add 名字 加好友  "
    "/accept 通過申請  /code 我的連結  /quit 離開",
    "/chats list  /chat NAME switch  /file PATH send a file  /save FOLDER keep the newest file  /add NAME befriend  "
    "/accept friend requests  /code my link  /quit leave",
)


class Conversation:
    """One person at one terminal."""

    def __init__(self, client: Client, console: Console) -> None:
        self._client = client
        self._console = console
        self._chat: Chat | None = None
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "/chats": self._list,
            "/chat": self._switch,
            "/file": self._file,
            "/save": self._save,
            "/add": self._add,
            "/accept": self._accept,
            "/code": self._code,
            "/help": self._help,
        }

    async def run(self, to: str | None) -> None:
        with suppress(TimeoutError):
            await self._client.connected(CONNECT_WITHIN_S)
        await self._help("")
        await (self._list("") if to is None else self._switch(to))
        hearing = asyncio.create_task(self._hear())
        try:
            while (line := await asyncio.to_thread(_read, self._prompt)) is not None:
                await self._take(line)
        finally:
            hearing.cancel()
            with suppress(TimeoutError, Trouble):
                await self._client.sent(SENT_WITHIN_S)

    @property
    def _prompt(self) -> str:
        return "> " if self._chat is None else f"{plain(self._chat.name)}> "

    async def _take(self, line: str) -> None:
        verb, _, rest = line.strip().partition(" ")
        try:
            command = self._commands.get(verb)
            if command is not None:
                await command(rest.strip())
            elif verb.startswith("/") or not verb:
                await self._help("")
            elif self._chat is None:
                await self._list("")
            else:
                self._chat.send(line.strip())
        except Trouble as trouble:
            self._console.print(str(trouble), style="red", markup=False)

    async def _hear(self) -> None:
        async for message in self._client.messages():
            sys.stdout.write("\r\033[K")
            self._show(message, with_chat=self._chat is None or message.chat.id != self._chat.id)
            sys.stdout.write(self._prompt + _typed())
            sys.stdout.flush()

    def _show(self, message: Message, *, with_chat: bool = False) -> None:
        line = Styled(f"{message.at.astimezone():%H:%M} ", style="dim")
        if with_chat and message.chat.is_group:
            line.append(f"[{plain(message.chat.name)}] ", style="magenta")
        line.append(f"{message.sender.name}: ", style="green" if message.mine else "cyan")
        line.append(line_of(message))
        self._console.print(line)

    async def _help(self, _rest: str) -> None:
        self._console.print(str(HELP), style="dim", markup=False, highlight=False)

    async def _list(self, _rest: str) -> None:
        for request in self._client.friend_requests():
            asks = Text("想加您为好友", "想加您為好友", "wants to be friends")
            self._console.print(f"★ {request.person.name} {asks}: {plain(request.greeting)}", markup=False)
        known = {chat.name for chat in self._client.chats.all()}
        for chat in self._client.chats.all():
            newest = chat.messages(newest=1)
            self._console.print(
                f"{plain(chat.name)}  {line_of(newest[0]) if newest else ''}", markup=False, highlight=False
            )
        for person in self._client.friends():
            if person.name not in known:
                self._console.print(person.name, markup=False, highlight=False)

    async def _switch(self, name: str) -> None:
        self._chat = await self._client.chat(name)
        for message in self._chat.messages(newest=SHOWN_AT_FIRST):
            self._show(message)

    async def _file(self, path: str) -> None:
        if self._chat is None:
            return await self._list("")
        await self._chat.send_file(path)
        return None

    async def _save(self, folder: str) -> None:
        found = [] if self._chat is None else [one for one in self._chat.messages() if one.detail is not None]
        if not found:
            raise Trouble("message_unknown")
        self._console.print(str(await found[-1].save(Path(folder or "."))), markup=False)

    async def _add(self, who: str) -> None:
        at_once = await self._client.befriend(who)
        told = Text("已经是好友了", "已經是好友了", "You are friends now")
        asked = Text("已发送申请", "已發送申請", "She is asked")
        self._console.print(str(told if at_once else asked))

    async def _accept(self, _rest: str) -> None:
        for request in self._client.friend_requests():
            await self._client.accept(request)
        await self._list("")

    async def _code(self, _rest: str) -> None:
        import segno

        link = await self._client.code()
        self._console.print(link, markup=False, soft_wrap=True)
        if sys.stdout.isatty():
            segno.make(link, error="l", micro=False).terminal(compact=True, border=2)


def _read(prompt: str) -> str | None:
    """One line; the terminal's own editing and input methods work as everywhere. None at the end."""
    try:
        line = input(prompt)
    except EOFError:
        return None
    return None if line.strip() in ("/quit", "/q") else line


def _typed() -> str:
    """What stands in the line that is being typed."""
    try:
        import readline
    except ImportError:
        return ""
    return readline.get_line_buffer()


async def chat(client: Client, to: str | None, *, link: str | None, name: str | None) -> int:
    """The exit code. Raises Trouble."""
    async with client:
        await join(client, link, name)
        await Conversation(client, Console(highlight=False)).run(to)
    return 0
