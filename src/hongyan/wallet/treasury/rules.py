"""What a treasurer may do: no database, no clock [TR2] [TR3]."""

from hongyan.wallet.ledger import AMOUNT_MAX
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.treasury.model import MAKES_MONEY, PROPOSAL_LIFETIME_MS, ActKind, ActState, Rules, TreasuryAct


def are_sound(rules: Rules) -> bool:
    return 0 <= rules.alone_max <= rules.act_max <= rules.day_max <= AMOUNT_MAX


def within(rules: Rules, kind: ActKind, amount: int, *, made_today: int) -> Refused | None:
    """Whether so much may be; `made_today`: the minor units made on this day by all treasurers."""
    if not 0 < amount <= AMOUNT_MAX:
        return Refused(Refusal.AMOUNT_INVALID)
    if amount > rules.act_max:
        return Refused(Refusal.OVER_TREASURY_CAP)
    if kind in MAKES_MONEY and made_today + amount > rules.day_max:
        return Refused(Refusal.OVER_TREASURY_CAP)
    return None


def needs_two(rules: Rules, kind: ActKind, amount: int) -> bool:
    return kind in MAKES_MONEY and amount > rules.alone_max


def confirming(act: TreasuryAct | None, by: int, *, now_ms: int) -> Refused | None:
    """Whether somebody may confirm or turn down a proposal: not who made it, and not after a week."""
    if act is None:
        return Refused(Refusal.ACT_UNKNOWN)
    if act.state is not ActState.PROPOSED or now_ms >= act.at_ms + PROPOSAL_LIFETIME_MS:
        return Refused(Refusal.ENDED)
    return Refused(Refusal.NEEDS_ANOTHER_TREASURER) if act.treasurer_id == by else None
