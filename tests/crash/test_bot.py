"""A program on the SDK and its server, both killed at any moment: everything is answered, once, in order."""

import asyncio
import random
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from pathlib import Path

import pytest
from tests.crash.server import Nursery, ServerProcess

from hongyan.sdk import Chat, Client

ROOT = Path(__file__).parents[2]
SEED = 7
MESSAGES = 40
WITHIN_S = 90.0


class Bot:
    """The example of the docs, as a service manager runs it: started again whenever it ends."""

    def __init__(self, folder: Path, link: str, chance: random.Random) -> None:
        self._folder = folder
        self._link = link
        self._chance = chance
        self._process: Process | None = None
        self._log = folder / "log"
        self._work = asyncio.create_task(self._run())

    async def _run(self) -> None:
        with self._log.open("ab") as log:
            while True:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    str(ROOT / "docs/examples/echo.py"),
                    self._link,
                    cwd=self._folder,
                    env={"PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"},
                    stdout=log,
                    stderr=log,
                )
                await self._process.wait()
                await asyncio.sleep(self._chance.random() * 0.5)

    def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)

    async def end(self) -> None:
        self._work.cancel()
        self.kill()
        if self._process is not None:
            await self._process.wait()

    def log(self) -> str:
        """What it said of failures: nothing, as a rule."""
        return self._log.read_text("utf-8")[-2_000:]


def answered(chat: Chat) -> list[str]:
    """In the order in which the answers came."""
    rows = chat.device.session.store.all("SELECT body FROM message WHERE mine = 0 ORDER BY n")
    return [row.blob("body").decode() for row in rows]


async def test_a_killed_bot_answers_everything_once(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """[DS4] [DS5] [DS11] And what was said while the server was down goes when it is back."""
    chance = random.Random(pytestconfig.getoption("--seed") or SEED)
    nursery = Nursery()
    server = ServerProcess(tmp_path / "server", nursery)
    try:
        server.start_and_wait()
        (tmp_path / "bot").mkdir()
        async with Client(tmp_path / "lan") as lan:
            await lan.join(f"{server.url}/i#{server.owner_token()}", "lan")
            await lan.connected(WITHIN_S)
            bot = Bot(tmp_path / "bot", await lan.code(), chance)
            await lan.until(lambda: lan.friends() != [], WITHIN_S)
            chat = await lan.chat("回声")
            for number in range(MESSAGES):
                chat.send(f"第{number}条")
                await asyncio.sleep(chance.random() * 0.2)
                if chance.random() < 0.2:
                    bot.kill()
                if number in (10, 25):
                    server.kill()
                    chat.send(f"第{number}条之后，服务器不在")
                    await asyncio.sleep(0.5)
                    server.start()
            said = [message.text for message in chat.messages(newest=1_000) if message.mine]
            assert len(said) == MESSAGES + 2
            try:
                await lan.until(lambda: len(answered(chat)) >= len(said), WITHIN_S)
                await lan.sent(WITHIN_S)
            except TimeoutError:
                pass  # What is missing is told below.
            await bot.end()
            assert Counter(answered(chat)) == Counter(said), f"lost or doubled; the bot told: {bot.log()}"
            assert answered(chat) == said, f"out of order; the bot told: {bot.log()}"
    finally:
        server.stop()
        nursery.close()
