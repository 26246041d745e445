"""What one process stored or decided, told to the lines of every process.

Mail is announced in the order of its seqs [DS6]. Nothing here is needed for it to arrive: where several processes
write, each looks at the newest seq in the database, and reads the mailboxes back when word of some never came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import Final, Protocol

import msgspec
import structlog

from hongyan.delivery import store
from hongyan.delivery.frames import NoticeTopic
from hongyan.delivery.hub import Hub
from hongyan.delivery.line import Line
from hongyan.delivery.model import Arrival, Decided, Delivery, Span
from hongyan.delivery.order import Order
from hongyan.delivery.readback import Readback
from hongyan.foundation.bus import Bus
from hongyan.foundation.db import Database, StorageUnavailable, Tx
from hongyan.foundation.ids import AccountId, DeviceId

TOPIC: Final = "delivery"
LOOK_EVERY_S: Final = 0.5
# Below the megabyte that NATS takes at most, with room for the recipients.
PART_BYTES_MAX: Final = 512 * 1024
NOTICES_AT_ONCE: Final = 200
NOTICES_PAUSE_S: Final = 0.1

_log = structlog.get_logger("delivery")
_encode = msgspec.msgpack.Encoder().encode


class Standing(Protocol):
    """Which of these devices are gone, and which of these accounts suspended."""

    def __call__(
        self, tx: Tx, devices: Sequence[DeviceId], accounts: Sequence[AccountId], /
    ) -> tuple[set[DeviceId], set[AccountId]]: ...


class _Mail(msgspec.Struct, tag=1, array_like=True):
    """All that was stored under the seqs `first` to `last`: seq, envelope, recipients."""

    first: int
    last: int
    mail: list[tuple[int, bytes, list[DeviceId]]]


class _Notice(msgspec.Struct, tag=2, array_like=True):
    accounts: list[AccountId]
    topic: NoticeTopic


class _DeviceNotice(msgspec.Struct, tag=3, array_like=True):
    device_id: DeviceId
    topic: NoticeTopic


class _Arrival(msgspec.Struct, tag=4, array_like=True):
    accounts: list[AccountId]
    roster: dict[DeviceId, AccountId]


class _Came(msgspec.Struct, tag=5, array_like=True):
    device_id: DeviceId
    at_ms: int


class _Changed(msgspec.Struct, tag=6, array_like=True):
    """Devices were removed, or accounts suspended or restored: the database says which."""

    devices: list[DeviceId]
    accounts: list[AccountId]


_Word = _Mail | _Notice | _DeviceNotice | _Arrival | _Came | _Changed
_decode = msgspec.msgpack.Decoder(_Word).decode


class Relay:
    """Lives on the event loop."""

    def __init__(self, hub: Hub, readback: Readback, db: Database, bus: Bus, standing: Standing) -> None:
        self.hub = hub
        self._readback = readback
        self._db = db
        self._bus = bus
        self._standing = standing
        self._order = Order()
        self._seen_seq = 0
        self._is_asking_anew = False
        self._tasks: set[asyncio.Task[None]] = set()
        bus.subscribe(TOPIC, self._heard)
        bus.when_missed(self._missed)
        db.when_in_doubt(self._in_doubt)

    def start(self) -> None:
        if self._db.is_shared:
            self._begin(self._look_out())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- told here ------------------------------------------------------------------------------------

    def announce(self, decided: Iterable[Decided], span: Span | None, deliveries: list[Delivery]) -> None:
        """Answer the senders, who are here, and push the mail of one durable group commit everywhere [DS11]."""
        self._push(decided, [] if span is None else self._order.put(span, deliveries))
        self.hub.wake(deliveries)
        if span is not None and self._bus.has_others:
            for part in parts_of(span, deliveries):
                self._tell(part)

    def notify(self, account_ids: Iterable[AccountId], topic: NoticeTopic) -> None:
        accounts = list(account_ids)
        self.hub.notify(accounts, topic)
        self._tell(_Notice(accounts, topic))

    def notify_device(self, device_id: DeviceId, topic: NoticeTopic) -> None:
        self.hub.notify_device(device_id, topic)
        self._tell(_DeviceNotice(device_id, topic))

    def notify_left_out(self, arrival: Arrival) -> None:
        self.hub.notify_left_out(arrival)
        self._tell(_Arrival(list(arrival.accounts), arrival.roster))

    def came(self, device_id: DeviceId, at_ms: int) -> None:
        """The device's one line is here now [RT2]."""
        self._tell(_Came(device_id, at_ms))

    def device_gone(self, device_id: DeviceId) -> None:
        self.hub.device_gone(device_id)
        self._tell(_Changed([device_id], []))

    def account_suspended(self, account_id: AccountId) -> None:
        self.hub.account_suspended(account_id)
        self._tell(_Changed([], [account_id]))

    def account_restored(self, account_id: AccountId) -> None:
        self.hub.account_restored(account_id)
        self._tell(_Changed([], [account_id]))

    def _tell(self, word: _Word) -> None:
        if self._bus.has_others:
            self._bus.tell(TOPIC, _encode(word))

    # --- told by another process --------------------------------------------------------------------------

    def _heard(self, message: bytes) -> None:
        try:
            word = _decode(message)
        except msgspec.DecodeError:
            # A newer version may say what this one does not know; its mail is found by looking.
            _log.warning("strange_word_on_the_bus", size=len(message))
            return
        hub = self.hub
        match word:
            case _Mail():
                deliveries = [Delivery(seq, envelope, recipients) for seq, envelope, recipients in word.mail]
                self._push((), self._order.put(Span(word.first, word.last), deliveries))
            case _Notice():
                hub.notify(word.accounts, word.topic)
            case _DeviceNotice():
                hub.notify_device(word.device_id, word.topic)
            case _Arrival():
                hub.notify_left_out(Arrival(frozenset(word.accounts), word.roster))
            case _Came():
                hub.came_elsewhere(word.device_id, word.at_ms)
            case _Changed():
                self._begin(self._look_at(word.devices, word.accounts))

    # --- what was never told ------------------------------------------------------------------------------

    async def _look_out(self) -> None:
        """Find mail whose announcement is missing for longer than LOOK_EVERY_S, and read it back."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                newest_seq = await self._db.read(store.newest_seq)
            except StorageUnavailable:
                continue
            if self._order.next_seq is None or self._order.next_seq <= self._seen_seq:
                self._catch_up(newest_seq)
            self._seen_seq = newest_seq

    def _catch_up(self, seq: int) -> None:
        ready = self._order.skip_to(seq)
        self._read_back(self.hub.miss(seq))
        self._push((), ready)

    def _in_doubt(self) -> None:
        """Writes failed that may be stored all the same: what they hold is pushed from the mailboxes [DS11]."""
        self._order.lose()
        self._read_back(self.hub.fall_behind())

    def _missed(self) -> None:
        """Something another process told was lost; mail is found by looking, the rest is asked for anew."""
        if not self._is_asking_anew:
            self._is_asking_anew = True
            self._begin(self._ask_anew())

    async def _ask_anew(self) -> None:
        self._is_asking_anew = False
        connected = self.hub.connected()
        await self._look_at(list(connected), list(set(connected.values())))
        devices = list(connected)
        for start in range(0, len(devices), NOTICES_AT_ONCE):
            for device_id in devices[start : start + NOTICES_AT_ONCE]:
                for topic in NoticeTopic:
                    self.hub.notify_device(device_id, topic)
            await asyncio.sleep(NOTICES_PAUSE_S)

    async def _look_at(self, devices: Sequence[DeviceId], accounts: Sequence[AccountId]) -> None:
        """Whatever was told, and however late, the database says how these stand now [DS14, AD2]."""
        while True:
            try:
                gone, suspended = await self._db.read(lambda tx: self._standing(tx, devices, accounts))
                break
            except StorageUnavailable:
                await asyncio.sleep(LOOK_EVERY_S)
        for device_id in gone:
            self.hub.device_gone(device_id)
        for account_id in accounts:
            if account_id in suspended:
                self.hub.account_suspended(account_id)
            else:
                self.hub.account_restored(account_id)

    def _push(self, decided: Iterable[Decided], deliveries: list[Delivery]) -> None:
        self._read_back(self.hub.announce(decided, deliveries))

    def _read_back(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._readback.more(line)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="relay")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def parts_of(span: Span, deliveries: Sequence[Delivery]) -> Iterator[_Mail]:
    """The mail of `span` in messages that the bus can carry; they cover its seqs without a gap.

    An envelope that is too large is left out: its recipients read it back.
    """
    first, size = span.first, 0
    mail: list[tuple[int, bytes, list[DeviceId]]] = []
    for one in deliveries:
        envelope = one.envelope if len(one.envelope) <= PART_BYTES_MAX else b""
        if mail and size + len(envelope) > PART_BYTES_MAX:
            yield _Mail(first, one.seq - 1, mail)
            first, size, mail = one.seq, 0, []
        mail.append((one.seq, envelope, one.recipients))
        size += len(envelope) + 9 * len(one.recipients)
    yield _Mail(first, span.last, mail)
