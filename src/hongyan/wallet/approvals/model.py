"""What is confirmed, what a payment PIN is, and their limits."""

from dataclasses import dataclass

import msgspec

from hongyan.wallet.approvals.rules import digest_of

HOUR_MS = 3_600_000
APPROVAL_LIFETIME_MS = 120_000
CHALLENGE_LIFETIME_MS = 300_000
RESET_WAIT_MS = 24 * HOUR_MS
# After the wait, for so long; then it has to be asked for anew.
RESET_OPEN_MS = 7 * 24 * HOUR_MS
APPROVALS_SCOPE = "wallet.approvals"
APPROVALS_COUNT = 120
APPROVALS_PER_S = 3_600
PINS_SET_SCOPE = "wallet.pins_set"
PINS_SET_COUNT = 10
PINS_SET_PER_S = 86_400
# The action of an approval by which a PIN is replaced.
CHANGE_PIN = "pin"


@dataclass(frozen=True, slots=True)
class Act:
    """What is confirmed: `id` is the act's own, `amount` in minor units, `payee` says who or what gets it."""

    action: str
    id: bytes
    amount: int
    asset: str
    payee: str

    @property
    def digest(self) -> bytes:
        return digest_of(self.action, id=self.id, amount=self.amount, asset=self.asset, payee=self.payee)


class Pin(msgspec.Struct, frozen=True, array_like=True):
    """As the table has it; times in ms, 0 for never."""

    account_id: int
    hash: str
    wrong: int
    locked_until_ms: int
    reset_at_ms: int
    passkeys_until_ms: int


@dataclass(frozen=True, slots=True)
class PinStatus:
    """What a person sees of her PIN; a time of None: it is not locked, no reset was asked for."""

    is_set: bool
    tries_left: int
    locked_until_ms: int | None
    reset_at_ms: int | None
    passkeys_allowed: bool
