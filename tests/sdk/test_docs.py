"""The programs of the documentation are the files of docs/examples, and each of them runs."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.sdk.conftest import WITHIN_S, World, heard

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "docs/examples").glob("*.py"))
PAGES = ("README.md", "README.zh.md", "docs/sdk.md", "docs/sdk.zh.md")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_shown_is_what_runs(page: str) -> None:
    blocks = BLOCK.findall((ROOT / page).read_text("utf-8"))
    assert blocks and set(blocks) <= {path.read_text("utf-8") for path in EXAMPLES}
    if page.startswith("docs/"):
        assert len(blocks) == len(EXAMPLES)


@asynccontextmanager
async def program(world: World, name: str, *words: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "docs/examples" / name),
        *words,
        cwd=world.folder,
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"},
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_echo(world: World) -> None:
    lan = await world.person("lan")
    async with program(world, "echo.py", await lan.code()):
        await lan.until(lambda: [person.name for person in lan.friends()] == ["回声"], WITHIN_S)
        await lan.send("回声", "在吗")
        await heard(lan, "在吗")


async def test_remind(world: World) -> None:
    lan = await world.person("lan")
    (world.folder / "药单.txt").write_text("一天三次", "utf-8")
    async with program(world, "remind.py", await lan.code(), "lan", "记得吃药", "药单.txt") as process:
        assert await process.wait() == 0
    said = await heard(lan, "记得吃药")
    await lan.until(lambda: len(said.chat.messages()) == 2, WITHIN_S)
    kept = await said.chat.messages()[1].save(world.folder / "kept.txt")
    assert kept.read_text("utf-8") == "一天三次"


async def test_album(world: World) -> None:
    lan = await world.person("lan")
    picture = world.folder / "海边.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5_000))
    async with program(world, "album.py", await lan.code(), "album") as process:
        await lan.until(lambda: lan.friends() != [], WITHIN_S)
        sent = await (await lan.chat("相册")).send_file(picture)
        assert process.stdout is not None
        assert (await process.stdout.readline()).decode().strip() == "海边.png"
        await lan.until(lambda: [emoji for _, emoji in sent.reactions()] == ["👍"], WITHIN_S)
    assert (world.folder / "album/海边.png").read_bytes() == picture.read_bytes()


async def test_group(world: World) -> None:
    lan = await world.person("lan")
    async with program(world, "group.py", await lan.code(), "lan"):
        said = await heard(lan, "大家好，有事说“@管家”")
        said.chat.send("@管家 浇花")
        answer = await heard(lan, "lan，收到")
        assert answer.chat.is_group and answer.quote is not None
