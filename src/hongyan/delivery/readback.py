"""Reading mailboxes back from the database: at hello, and for lines whose window had been full.

Requests that arrive together share one snapshot, so that a storm of reconnections costs few of them;
PAGES_PER_VISIT bounds what one visit takes of memory and of the event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from hongyan.accounts import Device, authenticate_token
from hongyan.delivery import store
from hongyan.delivery.frames import Hello, RefusedCode
from hongyan.delivery.line import Line
from hongyan.delivery.model import GREETINGS_WAITING_MAX, MAIL_IN_FLIGHT_BYTES_MAX, MAIL_IN_FLIGHT_MAX, MailboxState
from hongyan.foundation.db import Database, Tx

PAGES_PER_VISIT: Final = 16
RETRY_S: Final = 1.0

_log = structlog.get_logger("delivery")


@dataclass(slots=True)
class Greeting:
    """What one hello needs, all from one snapshot; `snapshot_seq`: the newest seq of the whole server then."""

    device: Device
    state: MailboxState
    page: list[tuple[int, bytes]]
    all_read: bool
    snapshot_seq: int


Greeted = Callable[[Greeting | RefusedCode], None]


class Readback:
    def __init__(
        self,
        db: Database,
        is_noted: Callable[[Device], bool],
        note_seen: Callable[[Device], Awaitable[None]],
    ) -> None:
        self._db = db
        self._is_noted = is_noted
        self._note_seen = note_seen
        self._greetings: deque[tuple[Hello, Greeted]] = deque()
        self._lines: deque[Line] = deque()
        self._task: asyncio.Task[None] | None = None
        self._noting: set[asyncio.Task[None]] = set()

    def greet(self, hello: Hello, greeted: Greeted) -> None:
        """Look up who says hello; `greeted` is called with the answer, or with why there is none."""
        if len(self._greetings) >= GREETINGS_WAITING_MAX:
            greeted(RefusedCode.BUSY)
            return
        self._greetings.append((hello, greeted))
        self._work()

    def more(self, line: Line) -> None:
        """Read the line's next page if it is behind, has room, and none is being read."""
        if line.behind and not line.reading and line.room()[0]:
            line.reading = True
            self._lines.append(line)
            self._work()

    def _work(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._read_all(), name="readback")

    async def _read_all(self) -> None:
        try:
            # One turn of the loop, so that what arrived together is read together.
            await asyncio.sleep(0)
            while self._greetings or self._lines:
                await self._read_greetings()
                await self._read_pages()
                await asyncio.sleep(0)
        finally:
            self._task = None

    async def _read_greetings(self) -> None:
        asked = [self._greetings.popleft() for _ in range(min(PAGES_PER_VISIT, len(self._greetings)))]
        if not asked:
            return
        hellos = [hello for hello, _ in asked]
        try:
            greetings = await self._db.read(lambda tx: read_greetings(tx, hellos))
        except Exception as error:  # Whatever went wrong: nobody who said hello is left without an answer.
            _log.warning("hello_unreadable", error=type(error).__name__, exc_info=error)
            for _, greeted in asked:
                greeted(RefusedCode.STORAGE)
            return
        for (_, greeted), greeting in zip(asked, greetings, strict=True):
            greeted(greeting)
        self._note([greeting.device for greeting in greetings if isinstance(greeting, Greeting)])

    async def _read_pages(self) -> None:
        lines = [self._lines.popleft() for _ in range(min(PAGES_PER_VISIT, len(self._lines)))]
        lines = [line for line in lines if line.connection.is_open]
        if not lines:
            return
        asked = [(line.device_id, line.sent_seq, *line.room()) for line in lines]
        try:
            pages, snapshot_seq = await self._db.read(
                lambda tx: ([store.read_mail(tx, *one) for one in asked], store.newest_seq(tx))
            )
        except Exception as error:  # Whatever went wrong: no line is left behind for ever.
            _log.warning("mail_unreadable", error=type(error).__name__, exc_info=error)
            await asyncio.sleep(RETRY_S)
            self._lines.extend(lines)
            return
        for line, (page, all_read) in zip(lines, pages, strict=True):
            line.take_page(page, all_read=all_read, snapshot_seq=snapshot_seq)
            line.flush()
            self.more(line)

    def _note(self, devices: list[Device]) -> None:
        """Keep the day of their visit, without making them wait for it."""
        task = asyncio.get_running_loop().create_task(self._note_all(devices))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _note_all(self, devices: list[Device]) -> None:
        await asyncio.gather(*[self._note_seen(device) for device in devices if not self._is_noted(device)])


def read_greetings(tx: Tx, hellos: list[Hello]) -> list[Greeting | RefusedCode]:
    snapshot_seq = store.newest_seq(tx)
    return [_read_greeting(tx, hello, snapshot_seq) for hello in hellos]


def _read_greeting(tx: Tx, hello: Hello, snapshot_seq: int) -> Greeting | RefusedCode:
    device = authenticate_token(tx, hello.token)
    if device is None:
        return RefusedCode.TOKEN
    if device.suspended:
        return RefusedCode.SUSPENDED
    # A cursor from the future is one of a server that was restored from an old copy.
    after = min(hello.cursor, snapshot_seq)
    page, all_read = store.read_mail(tx, device.device_id, after, MAIL_IN_FLIGHT_MAX, MAIL_IN_FLIGHT_BYTES_MAX)
    newest = page[-1][0] if page and all_read else store.newest_waiting(tx, device.device_id)
    acked, last_no = store.progress(tx, device.device_id)
    return Greeting(device, MailboxState(acked, last_no, max(newest, acked)), page, all_read, snapshot_seq)
