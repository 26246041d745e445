"""What treasurers do, and within which limits."""

from dataclasses import dataclass
from enum import IntEnum

import msgspec

PROPOSAL_LIFETIME_MS = 7 * 86_400_000
DAY_MS = 86_400_000
PAGE = 50
TREASURERS_MAX = 20


class ActKind(IntEnum):
    ISSUE = 1
    TOP_UP = 2
    PAY_OUT = 3
    FREEZE = 4
    UNFREEZE = 5
    APPOINT = 6
    DISMISS = 7
    RULES = 8
    CLEAR = 9


class ActState(IntEnum):
    PROPOSED = 1
    DONE = 2
    REFUSED = 3


MAKES_MONEY = (ActKind.ISSUE, ActKind.TOP_UP)


class Rules(msgspec.Struct, frozen=True, array_like=True):
    """Minor units: the most of one act, of all acts of a day, and of an act for which one treasurer is enough."""

    act_max: int = 100_000_000
    day_max: int = 1_000_000_000
    alone_max: int = 1_000_000


class TreasuryAct(msgspec.Struct, frozen=True, array_like=True):
    """`recipient_id`, `confirmer_id` and `decided_at_ms` are 0 where there is none.

    CLEAR: an odd charge is dealt with. `reason` of RULES: the new caps in minor units, as in Rules, parted by spaces.
    """

    seq: int
    id: bytes
    kind: ActKind
    treasurer_id: int
    recipient_id: int
    amount: int
    reason: str
    state: ActState
    confirmer_id: int
    at_ms: int
    decided_at_ms: int


@dataclass(frozen=True, slots=True)
class Books:
    """What was issued and is not burnt, and what all accounts of people, shops and acts have: the same."""

    issued: int
    held: int
    rules: Rules
    treasurers: list[tuple[int, str]]
    names: dict[int, str]
