"""All connected devices: who replaces whom, and to whom what was just stored is pushed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from hongyan.delivery.frames import Notice, NoticeTopic, Refused, RefusedCode, Urgency, Verdict, encode_frame
from hongyan.delivery.line import Line
from hongyan.delivery.model import SUSPENDED_RETRY_MS, Arrival, Decided, Delivery, Waker
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.foundation.metrics import CONNECTIONS_CUT

_encode = msgspec.msgpack.Encoder().encode


class Hub:
    """Lives on the event loop. One line per device [RT2]."""

    def __init__(self) -> None:
        self._lines: dict[DeviceId, Line] = {}
        self._of_account: dict[AccountId, list[Line]] = {}
        self._gone: set[DeviceId] = set()
        self._suspended: set[AccountId] = set()
        self.waker: Waker | None = None
        # The newest seq announced to whoever was connected then.
        self.announced_seq = 0
        # How many times writes failed that may be stored all the same: who was being greeted then reads again, too.
        self.doubts = 0

    def connect(self, line: Line) -> RefusedCode | None:
        """Make this the device's one line, closing an older one; or why not, if that was decided a moment ago."""
        if line.device_id in self._gone:
            return RefusedCode.TOKEN
        if line.account_id in self._suspended:
            return RefusedCode.SUSPENDED
        older = self._lines.get(line.device_id)
        if older is not None:
            self.refuse(older, RefusedCode.REPLACED)
        self._lines[line.device_id] = line
        self._of_account.setdefault(line.account_id, []).append(line)
        if self.waker is not None:
            self.waker.came(line.device_id)
        return None

    def disconnect(self, line: Line) -> None:
        """Forget the line; no effect if it was replaced already."""
        if self._lines.get(line.device_id) is line:
            del self._lines[line.device_id]
            lines = self._of_account[line.account_id]
            lines.remove(line)
            if not lines:
                del self._of_account[line.account_id]
            if self.waker is not None and line.device_id in self.waker.watched:
                self.waker.left(line.device_id)

    def is_connected(self, device_id: DeviceId) -> bool:
        return device_id in self._lines

    def has_taken(self, device_id: DeviceId, seq: int) -> bool:
        """Whether the device is connected and has acknowledged all that was pushed to it up to `seq`."""
        line = self._lines.get(device_id)
        return line is not None and not (line.in_flight_seqs and line.in_flight_seqs[0] <= seq)

    def refuse(self, line: Line, code: RefusedCode, *, retry_after_ms: int = 0) -> None:
        """Tell why, close, forget."""
        self.disconnect(line)
        CONNECTIONS_CUT.labels(code.value).inc()
        line.connection.send(encode_frame(Refused(code, retry_after_ms)))
        line.connection.close(code.value)

    def came_elsewhere(self, device_id: DeviceId, at_ms: int) -> None:
        """The device connected to another process then; unless it came back here since, its line ends [RT2]."""
        line = self._lines.get(device_id)
        if line is not None and line.since_ms < at_ms:
            self.refuse(line, RefusedCode.REPLACED)

    def device_gone(self, device_id: DeviceId) -> None:
        """The device was removed, durably: its line ends, and a hello still on its way finds no place [DS14]."""
        self._gone.add(device_id)
        line = self._lines.get(device_id)
        if line is not None:
            self.refuse(line, RefusedCode.TOKEN)

    def account_suspended(self, account_id: AccountId) -> None:
        """Durably: its lines end, and a hello still on its way finds no place [AD2]."""
        self._suspended.add(account_id)
        for line in list(self._of_account.get(account_id, ())):
            self.refuse(line, RefusedCode.SUSPENDED, retry_after_ms=SUSPENDED_RETRY_MS)

    def account_restored(self, account_id: AccountId) -> None:
        self._suspended.discard(account_id)

    def notify(self, account_ids: Iterable[AccountId], topic: NoticeTopic) -> None:
        """Tell every connected device of these accounts to fetch again what `topic` names."""
        frame = encode_frame(Notice(topic))
        for account_id in account_ids:
            for line in self._of_account.get(account_id, ()):
                line.connection.send(frame)

    def notify_device(self, device_id: DeviceId, topic: NoticeTopic) -> None:
        line = self._lines.get(device_id)
        if line is not None:
            line.connection.send(encode_frame(Notice(topic)))

    def notify_left_out(self, arrival: Arrival) -> None:
        """Connected devices of who came into a group that could not be added yet join it by themselves [DS16]."""
        for account_id in arrival.accounts:
            for line in self._of_account.get(account_id, ()):
                if line.device_id not in arrival.roster:
                    line.connection.send(encode_frame(Notice(NoticeTopic.GROUPS)))

    def announce(self, decided: Iterable[Decided], deliveries: Sequence[Delivery]) -> list[Line]:
        """Answer the senders and push durable mail: one write to each line [DS11].

        Mail comes in ascending order of seqs. Returns the lines that must read theirs back.
        """
        touched: dict[int, Line] = {}
        behind: list[Line] = []
        for one in decided:
            line = one.post.line
            assert isinstance(line, Line)
            line.unanswered -= 1
            line.written.append(_encode(Verdict(one.post.frame.no, one.code, one.epoch, one.retry_after_ms)))
            touched[id(line)] = line
        lines = self._lines
        for delivery in deliveries:
            self.announced_seq = max(self.announced_seq, delivery.seq)
            for device_id in delivery.recipients:
                recipient = lines.get(device_id)
                if recipient is None:
                    continue
                if not delivery.envelope:
                    recipient.miss(delivery.seq)
                    behind.append(recipient)
                elif recipient.offer(delivery.seq, delivery.envelope):
                    touched[id(recipient)] = recipient
        for line in touched.values():
            line.flush()
        return behind

    def wake(self, deliveries: Iterable[Delivery]) -> None:
        """Tell the waker, in the one process that stored them, of mail that is worth it."""
        if self.waker is None:
            return
        for delivery in deliveries:
            if delivery.urgency is not Urgency.QUIET:
                for device_id in self.waker.watched.intersection(delivery.recipients):
                    self.waker.mail_waits(device_id, delivery.seq)

    def miss(self, seq: int) -> list[Line]:
        """Mail up to `seq` is stored that nobody announced: every line reads its mailbox back."""
        self.announced_seq = max(self.announced_seq, seq)
        lines = list(self._lines.values())
        for line in lines:
            line.miss(seq)
        return lines

    def fall_behind(self) -> list[Line]:
        """A failed write may be stored all the same: every mailbox is to be read back before anything is pushed."""
        self.doubts += 1
        lines = list(self._lines.values())
        for line in lines:
            line.fall_behind()
        return lines

    def connected(self) -> dict[DeviceId, AccountId]:
        return {device_id: line.account_id for device_id, line in self._lines.items()}

    def close(self) -> None:
        """The server stops: say so, so that clients come back by themselves."""
        for line in list(self._lines.values()):
            self.refuse(line, RefusedCode.RESTARTING)
