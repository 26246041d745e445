"""What a group stands under, told by one member to another [GP8]: to a device that knows nothing, or that was told by
whoever added it and asks whether that was the truth.

Who agrees with what the asker was told is silent. What others tell is taken when its trail holds; where members tell
different things, what most accounts tell is taken.
"""

import random
from dataclasses import replace
from typing import Final

from hongyan.sdk.content.kinds import asks_body, tells_body
from hongyan.sdk.groups.judging import Seat, Standing
from hongyan.sdk.groups.policy import Policy
from hongyan.sdk.groups.standings import Standings, decode_standing, encode_standing
from hongyan.sdk.groups.trail import policy_of_trail
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.mail.receive import Incoming
from hongyan.sdk.mls import Mls, Unusable
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Tx

ANSWERS_MAX: Final = 5
TURN_MS: Final = 1_500
TURNS_MAX: Final = 20


def turn_of(own_key: bytes, standing: Standing, seats: tuple[Seat, ...]) -> int:
    """How long to wait before doing what any of them may: owner first, then admins, then the lowest leaf."""
    ranks = {"owner": 0, "admin": 1, "member": 2}

    def rank(seat: Seat) -> int:
        return 2 if seat.account is None else ranks[standing.policy.role_of(seat.account)]

    ranked = sorted(seats, key=rank)
    own = next((place for place, seat in enumerate(ranked) if seat.key == own_key), 0)
    return round((min(own, TURNS_MAX) + random.random() / 2) * TURN_MS)  # noqa: S311 - not a secret


class Words:
    def __init__(self, session: Session, mls: Mls, standings: Standings, outbox: Outbox) -> None:
        self._session = session
        self._mls = mls
        self._standings = standings
        self._outbox = outbox
        self._answers: dict[bytes, int] = {}
        # Answers that are this device's to give when its turn comes: when, and after how many of others no more.
        self._due: dict[bytes, tuple[int, int]] = {}

    def ask(self, tx: Tx, group_id: bytes, told: Policy | None) -> None:
        """Asks the group; `told`: what this device was handed, to be confirmed."""
        tx.run("DELETE FROM policy_word WHERE group_id = ?", (group_id,))
        self._outbox.say(tx, group_id, asks_body(None if told is None else told.hash))

    def asked(self, incoming: Incoming, told_hash: bytes | None) -> None:
        """Answers in turn, unless enough others have."""
        group_id = incoming.conversation.group_id
        if self._mls.epoch(group_id) is None or incoming.sender == self._session.account_id:
            return
        standing = self._standings.of(group_id)
        if (standing.policy.version == 0 and not standing.certain) or told_hash == standing.policy.hash:
            return
        self._answers[group_id] = 0
        # Who doubts what she was told needs several witnesses, who knows nothing needs one.
        enough = 1 if told_hash is None else ANSWERS_MAX
        seats = self._standings.seats(self._mls.leaves(group_id))
        wait = turn_of(self._session.device.signature_key, standing, seats)
        self._due[group_id] = (self._session.clock.now_ms() + wait, enough)

    def tend(self) -> None:
        """Gives the answers whose turn it is."""
        now = self._session.clock.now_ms()
        for group_id, (at_ms, enough) in list(self._due.items()):
            if at_ms > now:
                continue
            del self._due[group_id]
            if self._answers.get(group_id, 0) >= enough or self._mls.epoch(group_id) is None:
                continue
            told = tells_body(encode_standing(self._standings.of(group_id)))
            self._session.store.write(lambda tx, to=group_id, told=told: self._outbox.say(tx, to, told))  # type: ignore[misc]

    def told(self, tx: Tx, incoming: Incoming, content: bytes) -> Policy | None:
        """Another member tells: noted, and taken if it is what most tell; answers what is taken."""
        group_id = incoming.conversation.group_id
        self._answers[group_id] = self._answers.get(group_id, 0) + 1
        own = self._standings.find(group_id)
        if self._mls.epoch(group_id) is None or (own is not None and own.certain and not own.handed):
            return None
        try:
            told = decode_standing(content)
        except Unusable:
            return None
        members = told.members(self._standings.seats(self._mls.leaves(group_id)))
        policy = policy_of_trail(group_id, told.trail, self._standings.witnesses(members))
        if policy is None:
            return None
        values = (group_id, incoming.sender, policy.hash, content)
        tx.run("INSERT OR REPLACE INTO policy_word (group_id, account, hash, told) VALUES (?, ?, ?, ?)", values)
        best = self._most_told(tx, group_id, own)
        if best is None or (own is not None and own.certain and own.policy.hash == best.policy.hash):
            return None
        self._standings.save(tx, group_id, replace(best, certain=True, handed=True))
        return best.policy

    def _most_told(self, tx: Tx, group_id: bytes, own: Standing | None) -> Standing | None:
        """What the most accounts tell; what this device was handed counts as one."""
        row = tx.one(
            """SELECT count(*) AS n, max(told) AS told FROM policy_word WHERE group_id = ?
               GROUP BY hash ORDER BY n DESC LIMIT 1""",
            (group_id,),
        )
        if row is None:
            return None
        best = decode_standing(row.blob("told"))
        # The group's id proves who founded it: who knows of no version takes hers.
        if own is not None and own.policy.version == 0 and best.policy.origin is not None:
            return best
        if own is None or not own.certain or own.policy.hash == best.policy.hash or row.integer("n") > 1:
            return best
        return None
