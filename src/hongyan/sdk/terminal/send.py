"""`hongyan send`: one message, one file, or what comes from a pipe; returns once the server has it."""

import sys
from pathlib import Path

from hongyan.sdk.client import Client
from hongyan.sdk.terminal.session import CONNECT_WITHIN_S, join, say
from hongyan.sdk.trouble import Trouble
from hongyan.sdk.words import Text

SENT_WITHIN_S = 60.0


async def send(
    client: Client, to: str, text: str | None, *, files: list[Path], link: str | None, name: str | None
) -> int:
    """The exit code. Raises Trouble."""
    words = sys.stdin.read() if text == "-" else text
    async with client:
        await join(client, link, name)
        try:
            await client.connected(CONNECT_WITHIN_S)
            chat = await client.chat(to)
            said = [chat.send(words.rstrip("\n"))] if words else []
            said += [await chat.send_file(file) for file in files]
            await client.sent(SENT_WITHIN_S)
            if any(client.chats.message(one.id).state == "failed" for one in said):
                raise Trouble("no_consent")
        except TimeoutError:
            say(
                Text(
                    "还没发出去，已经存好；下次连上服务器时会发出。",
                    "還沒發出去，已經存好；下次連上伺服器時會發出。",
                    "Not sent yet. It is stored and goes the next time there is a connection.",
                ),
                error=True,
            )
            return 1
    return 0
