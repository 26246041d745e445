"""Mail in the order of its seqs, whichever process stored it [DS6]. Pure.

A process takes all seqs of a transaction at once, and seqs follow the order of commits; but word of them comes from
several processes. What comes early is held back until what is before it has come, or was read back from the mailboxes.
"""

from __future__ import annotations

from hongyan.delivery.model import Delivery, Span


class Order:
    def __init__(self) -> None:
        # None: unknown; whatever comes next is next.
        self.next_seq: int | None = None
        self._held: dict[int, tuple[Span, list[Delivery]]] = {}

    def put(self, span: Span, deliveries: list[Delivery]) -> list[Delivery]:
        """What may be announced now that `deliveries`, all that was stored in `span`, are known."""
        if self.next_seq is None:
            self.next_seq = span.first
        if span.first == self.next_seq and not self._held:
            self.next_seq = span.last + 1
            return deliveries
        if span.last >= self.next_seq:
            self._held[span.first] = span, deliveries
        return self._release()

    def lose(self) -> None:
        """Something may be stored that nobody will tell of; every line reads its mailbox back."""
        self.next_seq = None
        self._held.clear()

    def skip_to(self, seq: int) -> list[Delivery]:
        """Up to `seq` all is read back from the mailboxes; returns what may be announced after it."""
        self.next_seq = max(self.next_seq or 0, seq + 1)
        for first in [first for first, (span, _) in self._held.items() if span.last <= seq]:
            del self._held[first]
        return self._release()

    def _release(self) -> list[Delivery]:
        ready: list[Delivery] = []
        while self.next_seq in self._held:
            span, deliveries = self._held.pop(self.next_seq)
            ready += deliveries
            self.next_seq = span.last + 1
        return ready
