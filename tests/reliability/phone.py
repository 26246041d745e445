"""A device as SPEC §3 and §4 want it, without MLS: numbers, a cursor, epochs, and what is stored before what.

A message is its id and a seal over group, epoch, sender and id, which stands for the AEAD: who cannot check it, or
is not in its epoch, cannot decrypt it.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from tests.delivery.client import application, commit_message
from tests.reliability.virtual import VirtualLoop
from tests.reliability.wire import Wire

from hongyan.delivery.frames import (
    PROTOCOL_VERSION,
    Ack,
    Commit,
    Envelope,
    EnvelopeKind,
    Hello,
    Mail,
    Ping,
    Ready,
    Refused,
    RefusedCode,
    Send,
    Verdict,
    VerdictCode,
    decode_server_frame,
    encode_frame,
)
from hongyan.delivery.rules import read_header
from hongyan.sdk.mls import EPOCHS_KEPT

IN_FLIGHT_MAX = 16
SILENCE_S = 3.0
FOR_NOW = (VerdictCode.STORAGE_FULL, VerdictCode.BUSY)
Roster = frozenset[int]


@dataclass(frozen=True)
class Said:
    """What somebody once said; its number and epoch are those under which it went through."""

    id: int
    group_id: bytes


@dataclass(frozen=True)
class Change:
    """A commit: from `epoch` on, with `roster` as it is then."""

    id: int
    group_id: bytes
    epoch: int
    sender: int
    roster: Roster
    came: Roster


@dataclass
class Registry:
    """What commits and welcomes mean: the devices read it as they would read the messages themselves."""

    changes: dict[int, Change] = field(default_factory=dict)
    said: dict[int, Said] = field(default_factory=dict)

    def next_id(self) -> int:
        return len(self.changes) + len(self.said) + 1


@dataclass(frozen=True)
class Shown:
    seq: int
    id: int
    no: int
    sender: int
    group_id: bytes


def sealed(group_id: bytes, epoch: int, sender: int, id_: int) -> bytes:
    plain = id_.to_bytes(8, "big")
    return plain + hashlib.sha256(group_id + epoch.to_bytes(8, "big") + sender.to_bytes(8, "big") + plain).digest()[:16]


class SimulatedPhone:
    """Everything but `_wire` and what belongs to it is on its disk, and stored before anything is sent of it."""

    def __init__(
        self,
        device_id: int,
        loop: VirtualLoop,
        chance: random.Random,
        registry: Registry,
        dial: Callable[[SimulatedPhone], Wire | None],
        note: Callable[..., None],
        *,
        ping_s: float,
        away_s: float,
    ) -> None:
        self.device_id = device_id
        self.cursor = 0
        self.groups: dict[bytes, tuple[int, Roster]] = {}
        self.shown: list[Shown] = []
        self.accepted: dict[int, tuple[Said, int]] = {}
        self.unanswered: dict[int, Send | Commit] = {}
        self.to_say: list[Said] = []
        self.ever_said: list[Said] = []
        self.troubles: Counter[str] = Counter()
        self.won: list[int] = []
        self._since: dict[bytes, int] = {}
        self._meant: dict[int, Said | Change] = {}
        self._no = 0
        self._loop = loop
        self._chance = chance
        self._registry = registry
        self._dial = dial
        self._note = note
        self._ping_s = ping_s
        self._away_s = away_s
        self._wire: Wire | None = None
        self.is_ready = False
        self._heard_at_s = 0.0
        self._held: set[int] = set()

    def enter(self, group_id: bytes, epoch: int, roster: Roster) -> None:
        """Become a member with this epoch; earlier ones cannot be read."""
        self.groups[group_id] = (epoch, roster)
        self._since[group_id] = epoch

    # --- what a person does ---------------------------------------------------------------------------

    def say(self, group_id: bytes) -> None:
        if group_id in self.groups:
            said = Said(self._registry.next_id(), group_id)
            self._registry.said[said.id] = said
            self.to_say.append(said)
            self.ever_said.append(said)
            self.pump()

    def change(self, group_id: bytes, came: Roster, gone: Roster) -> None:
        """Add and remove devices, or only bring new keys, unless a change of one's own is on its way already."""
        if group_id not in self.groups or any(isinstance(one, Commit) for one in self.unanswered.values()):
            return
        epoch, roster = self.groups[group_id]
        came, gone = came - roster - {self.device_id}, (gone & roster) - {self.device_id}
        change = Change(self._registry.next_id(), group_id, epoch, self.device_id, (roster - gone) | came, came)
        self._registry.changes[change.id] = change
        message = commit_message(group_id, epoch, sealed(group_id, epoch, self.device_id, change.id))
        welcome = change.id.to_bytes(8, "big") if came else None
        self._no += 1
        self._put(Commit(self._no, group_id, message, welcome, sorted(came), sorted(gone), b"group info"), change)

    def restart(self) -> None:
        """The app is killed: what was on the wire stays there, what is stored stays stored."""
        if self._wire is not None:
            self._wire.cut()

    # --- the connection -------------------------------------------------------------------------------

    def connect(self) -> None:
        if self._wire is not None:
            return
        self._wire = self._dial(self)
        if self._wire is None:
            self._loop.call_later(self._chance.uniform(0.1, self._away_s), self.connect)
            return
        self.is_ready = False
        self._heard_at_s = self._loop.time()
        self._wire.send(encode_frame(Hello(PROTOCOL_VERSION, token_of(self.device_id), self.cursor)))
        self._loop.call_later(self._ping_s, self._look, self._wire)

    def hung_up(self, wire: Wire) -> None:
        if wire is self._wire:
            self._wire = None
            self.is_ready = False
            self._held.clear()
            self._loop.call_later(self._chance.uniform(0.1, self._away_s), self.connect)

    def _look(self, wire: Wire) -> None:
        """Keep the connection alive, and give it up when it is silent."""
        if wire is not self._wire:
            return
        if self._loop.time() - self._heard_at_s > self._ping_s + SILENCE_S:
            wire.cut()
        else:
            wire.send(encode_frame(Ping()))
            self._loop.call_later(self._ping_s, self._look, wire)

    def heard(self, wire: Wire, wired: bytes) -> None:
        if wire is not self._wire:
            return
        self._heard_at_s = self._loop.time()
        try:
            frame = decode_server_frame(wired)
        except msgspec.DecodeError:
            self.troubles["unreadable frame"] += 1
            wire.cut()
            return
        self._note(self.device_id, type(frame).__name__, len(wired))
        match frame:
            case Ready():
                self._no = max(self._no, frame.last_no)
                self.is_ready = True
                for unanswered in self.unanswered.values():
                    wire.send(encode_frame(unanswered))
                self.pump()
            case Verdict():
                self._verdict(wire, frame)
            case Mail():
                for envelope in frame.envelopes:
                    self._take(envelope)
                self._loop.call_later(self._chance.choice((0.0, 0.01, 0.3)), self._acknowledge, wire)
            case Refused():
                if frame.code not in (RefusedCode.REPLACED, RefusedCode.BUSY, RefusedCode.STORAGE):
                    self.troubles[f"refused {frame.code}"] += 1
            case _:
                pass

    def _acknowledge(self, wire: Wire) -> None:
        if wire is self._wire and self.is_ready:
            wire.send(encode_frame(Ack(self.cursor)))

    # --- out ------------------------------------------------------------------------------------------

    def pump(self) -> None:
        while self.is_ready and self.to_say and len(self.unanswered) < IN_FLIGHT_MAX:
            said = self.to_say.pop(0)
            if said.group_id not in self.groups:
                continue  # removed meanwhile: it was never sent
            epoch, _ = self.groups[said.group_id]
            message = application(said.group_id, epoch, sealed(said.group_id, epoch, self.device_id, said.id))
            self._no += 1
            self._put(Send(self._no, said.group_id, message), said)

    def _put(self, frame: Send | Commit, meant: Said | Change) -> None:
        self.unanswered[frame.no] = frame
        self._meant[frame.no] = meant
        if self._wire is not None and self.is_ready:
            self._wire.send(encode_frame(frame))

    def _verdict(self, wire: Wire, verdict: Verdict) -> None:
        frame = self.unanswered.get(verdict.no)
        if frame is None:
            return
        if verdict.code in FOR_NOW:
            if verdict.no not in self._held:
                self._held.add(verdict.no)
                self._loop.call_later(verdict.retry_after_ms / 1000, self._again, wire, verdict.no)
            return
        del self.unanswered[verdict.no]
        meant = self._meant[verdict.no]
        if isinstance(meant, Change):
            if verdict.code is VerdictCode.ACCEPTED:
                self._win(meant)
        elif verdict.code is VerdictCode.ACCEPTED:
            header = read_header(frame.message)
            assert header is not None
            self.accepted[verdict.no] = (meant, header.epoch)
        elif verdict.code is VerdictCode.STALE_EPOCH:
            self.to_say.insert(0, meant)
        elif verdict.code not in (VerdictCode.NOT_A_MEMBER, VerdictCode.UNKNOWN_GROUP):
            self.troubles[f"verdict {verdict.code.name}"] += 1
        self.pump()

    def _again(self, wire: Wire, no: int) -> None:
        self._held.discard(no)
        if wire is self._wire and self.is_ready and no in self.unanswered:
            wire.send(encode_frame(self.unanswered[no]))

    # --- in -------------------------------------------------------------------------------------------

    def _take(self, envelope: Envelope) -> None:
        """What a real device does in one transaction with its cursor."""
        if envelope.seq <= self.cursor:
            return
        self.cursor = envelope.seq
        group_id, body = envelope.group_id, envelope.body or b""
        if envelope.kind is EnvelopeKind.WELCOME:
            change = self._registry.changes.get(int.from_bytes(body, "big"))
            if change is None or change.group_id != group_id or self.device_id not in change.came:
                self.troubles["undecryptable welcome"] += 1
                return
            self.enter(group_id, change.epoch + 1, change.roster)
            self.pump()
        elif envelope.kind is EnvelopeKind.COMMIT:
            self._follow(envelope, group_id, body)
        elif envelope.kind is EnvelopeKind.APPLICATION:
            self._show(envelope, group_id, body)
        else:
            self.troubles[f"mail {envelope.kind.name}"] += 1

    def _follow(self, envelope: Envelope, group_id: bytes, body: bytes) -> None:
        self._catch_up(group_id, body)
        id_ = self._opened(envelope, group_id, body)
        change = self._registry.changes.get(id_ or 0)
        if change is None:
            return
        if self.device_id in change.roster:
            self.groups[group_id] = (change.epoch + 1, change.roster)
            self.pump()
        else:
            del self.groups[group_id]

    def _show(self, envelope: Envelope, group_id: bytes, body: bytes) -> None:
        self._catch_up(group_id, body)
        id_ = self._opened(envelope, group_id, body)
        if id_ is not None:
            self.shown.append(Shown(envelope.seq, id_, envelope.no, envelope.sender, group_id))

    def _opened(self, envelope: Envelope, group_id: bytes, body: bytes) -> int | None:
        """The id inside, if this device can decrypt it."""
        header = read_header(body)
        if header is None or header.group_id != group_id or group_id not in self.groups:
            self.troubles["undecryptable"] += 1
            return None
        id_ = int.from_bytes(body[-24:-16], "big")
        # Of past epochs the keys are kept: one's own change may be answered before the mail stored before it.
        newest = self.groups[group_id][0]
        oldest = newest if envelope.kind is EnvelopeKind.COMMIT else max(self._since[group_id], newest - EPOCHS_KEPT)
        is_sealed = sealed(group_id, header.epoch, envelope.sender, id_) == body[-24:]
        if not is_sealed or not oldest <= header.epoch <= newest:
            self.troubles["undecryptable"] += 1
            return None
        return id_

    def _catch_up(self, group_id: bytes, body: bytes) -> None:
        """Mail of the epoch after one's own unanswered change: it has won, and its verdict is still on its way."""
        header = read_header(body)
        if header is None or group_id not in self.groups or header.epoch != self.groups[group_id][0] + 1:
            return
        for no, frame in self.unanswered.items():
            meant = self._meant[no]
            if isinstance(frame, Commit) and isinstance(meant, Change) and meant.group_id == group_id:
                self._win(meant)
                return

    def _win(self, change: Change) -> None:
        if self.groups.get(change.group_id, (0, frozenset()))[0] == change.epoch and change.id not in self.won:
            self.won.append(change.id)
            self.groups[change.group_id] = (change.epoch + 1, change.roster)
        elif change.id not in self.won:
            self.won.append(change.id)


def token_of(device_id: int) -> str:
    return f"device-{device_id}"
