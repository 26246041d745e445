"""One device's connection: what is in flight to it, and what is gathered for its next write.

States of the mail stream [RT3, DS5]:
- live: everything the mailbox holds after `sent_seq` is still to come; new mail is pushed from memory.
- behind: the mailbox may hold mail after `sent_seq` that was not pushed (at hello, when the window was full,
  or when a failed write may be stored all the same); it is read back page by page, and the line is live again
  once a page that was asked for since then reached `offered_seq`.
"""

from __future__ import annotations

from bisect import bisect_right

from hongyan.delivery.frames import MAIL_ENVELOPES_MAX, join_mail
from hongyan.delivery.model import MAIL_IN_FLIGHT_BYTES_MAX, MAIL_IN_FLIGHT_MAX
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.foundation.realtime import Connection


class Line:
    """Lives on the event loop; knows no database."""

    __slots__ = (
        "account_id",
        "behind",
        "connection",
        "device_id",
        "doubted",
        "failed_at_s",
        "held_until_s",
        "in_flight_bytes",
        "in_flight_seqs",
        "in_flight_sizes",
        "offered_seq",
        "reading",
        "sent_seq",
        "since_ms",
        "unanswered",
        "written",
        "written_mail",
    )

    def __init__(
        self, connection: Connection, device_id: DeviceId, account_id: AccountId, *, cursor: int, since_ms: int = 0
    ) -> None:
        self.connection = connection
        self.device_id = device_id
        self.account_id = account_id
        self.since_ms = since_ms
        self.sent_seq = cursor
        self.offered_seq = cursor
        self.behind = True
        self.reading = False
        self.doubted = False
        self.unanswered = 0
        # What came before is not taken any more: the storage failed something that was ahead of it [DS10].
        self.failed_at_s = -1.0
        # Until then all it sends is turned away: what comes after must not overtake what was [OV3].
        self.held_until_s = 0.0
        self.in_flight_seqs: list[int] = []
        self.in_flight_sizes: list[int] = []
        self.in_flight_bytes = 0
        self.written: list[bytes] = []
        self.written_mail: list[bytes] = []

    def offer(self, seq: int, envelope: bytes) -> bool:
        """Push new mail if the line is live and the window has room; True if the line now has something to write.

        Seqs come in ascending order. What is not taken stays in the mailbox and is read back later.
        """
        if seq <= self.offered_seq:
            return False
        self.offered_seq = seq
        if self.behind:
            return False
        if not self.has_room(len(envelope)):
            self.behind = True
            return False
        self._put(seq, envelope)
        return True

    def miss(self, seq: int) -> None:
        """Mail up to `seq` is stored that was not pushed."""
        self.offered_seq = max(self.offered_seq, seq)
        self.behind = True

    def fall_behind(self) -> None:
        """Mail may be stored that nobody will announce; a page that is being read may be too old to have it."""
        self.behind = True
        self.doubted = self.reading

    def take_page(self, page: list[tuple[int, bytes]], *, all_read: bool, snapshot_seq: int) -> None:
        """Push mail read back from the mailbox, in order; `snapshot_seq`: the newest seq when it was read.

        A page is read for the room there was; acknowledgements since then can only have made more.
        """
        self.reading = False
        for seq, envelope in page:
            self._put(seq, envelope)
        doubted, self.doubted = self.doubted, False
        if all_read and not doubted and self.offered_seq <= snapshot_seq:
            # What was committed before the snapshot and is offered only now was in a page already.
            self.offered_seq = snapshot_seq
            self.behind = False

    def acknowledge(self, seq: int) -> bool:
        """Forget what was in flight up to `seq`; False if nothing that new was ever sent [DS5]."""
        if seq > self.sent_seq:
            return False
        count = bisect_right(self.in_flight_seqs, seq)
        if count:
            self.in_flight_bytes -= sum(self.in_flight_sizes[:count])
            del self.in_flight_seqs[:count], self.in_flight_sizes[:count]
        return True

    def has_room(self, size: int) -> bool:
        """One envelope may always be in flight, whatever its size."""
        count = len(self.in_flight_seqs)
        return not count or (count < MAIL_IN_FLIGHT_MAX and self.in_flight_bytes + size <= MAIL_IN_FLIGHT_BYTES_MAX)

    def room(self) -> tuple[int, int]:
        """Rows and bytes that may be read back now; (0, 0) until half of the window is free."""
        rows = MAIL_IN_FLIGHT_MAX - len(self.in_flight_seqs)
        size = MAIL_IN_FLIGHT_BYTES_MAX - self.in_flight_bytes
        enough = not self.in_flight_seqs or (2 * rows >= MAIL_IN_FLIGHT_MAX and 2 * size >= MAIL_IN_FLIGHT_BYTES_MAX)
        return (rows, max(size, 0)) if enough else (0, 0)

    def flush(self) -> None:
        """Write what was gathered in one go: answers first, then mail."""
        frames, mail = self.written, self.written_mail
        for start in range(0, len(mail), MAIL_ENVELOPES_MAX):
            frames.append(join_mail(mail[start : start + MAIL_ENVELOPES_MAX]))
        if len(frames) == 1:
            self.connection.send(frames[0])
        elif frames:
            self.connection.send_many(frames)
        frames.clear()
        mail.clear()

    def _put(self, seq: int, envelope: bytes) -> None:
        assert seq > self.sent_seq
        self.sent_seq = seq
        self.in_flight_seqs.append(seq)
        self.in_flight_sizes.append(len(envelope))
        self.in_flight_bytes += len(envelope)
        self.written_mail.append(envelope)
