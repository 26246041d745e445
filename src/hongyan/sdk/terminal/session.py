"""What the three commands share: where the state is, how it is unlocked, and how somebody joins from the terminal."""

import os
import sys
from getpass import getpass
from pathlib import Path
from typing import Final

from hongyan.sdk.client import Client
from hongyan.sdk.trouble import Trouble
from hongyan.sdk.words import Text

PASSPHRASE_VARIABLE: Final = "HONGYAN_PASSPHRASE"  # noqa: S105 - a name, not a secret
CONNECT_WITHIN_S: Final = 20.0


def say(text: Text | str, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def default_state() -> Path:
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local/share") / "hongyan-chat"


def client_at(state: Path | None, *, passphrase: bool) -> Client:
    """`passphrase`: the state is locked with one, from the environment or asked for; else with a key file."""
    words = None
    if passphrase:
        words = os.environ.get(PASSPHRASE_VARIABLE) or getpass(str(Text("密码：", "密碼：", "Passphrase: ")))
    return Client(state or default_state(), passphrase=words)


async def join(client: Client, link: str | None, name: str | None) -> None:
    """Joins by what was given, or by what is asked for; nothing when somebody has joined before. Raises Trouble."""
    if client.has_joined:
        return
    if link is None:
        if not sys.stdin.isatty():
            raise Trouble("not_joined")
        link = _asked(Text("邀请链接：", "邀請連結：", "Invitation link: "))
    if name is None:
        name = _asked(Text("您的名字：", "您的名字：", "Your name: "))
    await client.join(link, name)


def _asked(question: Text) -> str:
    return input(str(question)).strip()
