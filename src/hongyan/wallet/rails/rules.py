"""What is decided of charges: no database, no clock, no rail [RL2]."""

from hongyan.wallet.rails.model import CHARGE_LIFETIME_MS, Charge, ChargeState, Progress, Told


def judge(charge: Charge, told: Told, *, now_ms: int) -> tuple[ChargeState, str]:
    """What becomes of a charge that waits, and what was odd about the rail's answer."""
    if told.reference != charge.id.hex():
        return ChargeState.ODD, "reference"
    if told.progress is Progress.PAID:
        if told.currency != charge.currency:
            return ChargeState.ODD, f"currency {told.currency}"
        if told.amount != charge.amount:
            return ChargeState.ODD, f"amount {told.amount}"
        return ChargeState.PAID, ""
    if told.progress is Progress.ENDED or has_ended(charge, now_ms=now_ms):
        return ChargeState.ENDED, ""
    return ChargeState.WAITING, ""


def has_ended(charge: Charge, *, now_ms: int) -> bool:
    return now_ms >= charge.made_at_ms + CHARGE_LIFETIME_MS
