"""`hongyan chat`, `send` and `export`, as somebody types them."""

import asyncio
import io
import json
import sys
import threading
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest
from rich.console import Console
from tests.sdk.conftest import WITHIN_S, World, heard

from hongyan.sdk.chats import Chat
from hongyan.sdk.terminal.chat import Conversation
from hongyan.sdk.terminal.lines import plain

ROOT = Path(__file__).parents[2]


async def hongyan(world: World, *words: str, typed: str = "", language: str = "zh_CN.UTF-8") -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hongyan.cli",
        *words,
        cwd=world.folder,
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1", "LANG": language, "HOME": str(world.folder)},
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
    )
    async with asyncio.timeout(3 * WITHIN_S):
        said, _ = await process.communicate(typed.encode())
    return process.returncode or 0, said.decode()


def test_words_of_others_are_words() -> None:
    """Nothing that somebody says is obeyed by the terminal."""
    assert plain("你好\x1b]0;偷\x07\x1b[2J\u202e世界\n再见") == "你好�]0;偷��[2J�世界\n再见"


async def test_the_three_commands(world: World) -> None:
    lan = await world.person("lan")
    code, said = await hongyan(world, "send", "lan", "你好", "--link", await lan.code(), "--name", "mei")
    assert (code, said) == (0, "")
    await heard(lan, "你好")
    code, said = await hongyan(world, "send", "lan", "-", "--file", "世界.txt", typed="管道来的\n")
    assert code == 1 and "找不到这个文件" in said
    await heard(lan, "管道来的")
    await lan.send("mei", "晚上吃什么？")
    await lan.sent(WITHIN_S)
    code, said = await hongyan(world, "chat", "lan", typed="饺子\n/chats\n/chat 没有这个人\n/quit\n")
    assert (code, "晚上吃什么？" in said, "找不到这个人" in said) == (0, True, True), said
    await heard(lan, "饺子")
    code, said = await hongyan(world, "export", "kept")
    assert code == 0 and "1 个聊天，4 条消息" in said
    text = (world.folder / "kept/001 lan.txt").read_text("utf-8")
    assert [line.split(": ", 1)[1] for line in text.splitlines()] == ["你好", "管道来的", "晚上吃什么？", "饺子"]
    lines = (world.folder / "kept/messages.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["mine"] for line in lines] == [True, True, False, True]
    code, said = await hongyan(world, "export", "kept", language="en_US.UTF-8")
    assert code == 1 and "exists already" in said


async def test_the_state_is_read_by_one_thread(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a line is another thread: a read of the state in it would meet a write."""
    lan, mei = await world.person("lan"), await world.person("mei")
    await lan.befriend(await mei.code())
    threads = set()

    class Watched(Chat):
        @property
        def name(self) -> str:
            threads.add(threading.get_ident())
            return super().name

    typed = iter(("你好", "/quit"))
    monkeypatch.setattr("builtins.input", lambda _prompt: next(typed))
    monkeypatch.setattr("hongyan.sdk.chats.Chat", Watched)
    await Conversation(lan, Console(file=io.StringIO())).run("mei")
    await heard(mei, "你好")
    assert threads == {threading.get_ident()}


async def test_troubles_are_sentences(world: World) -> None:
    await world.person("lan")
    for language, sentence in (("zh_CN.UTF-8", "还没有加入"), ("zh_TW.UTF-8", "還沒有加入"), ("C", "joined")):
        code, said = await hongyan(world, "send", "lan", "你好", language=language)
        assert code == 1 and sentence in said and "Traceback" not in said
    code, said = await hongyan(world, "send", "lan", "x", "--state", str(world.folder / "lan"))
    assert code == 1 and "正被另一个程序使用" in said
