"""Keys of payment codes, what is asked for by them, and their limits."""

from dataclasses import dataclass
from enum import IntEnum

from hongyan.foundation.ids import AccountId, DeviceId

SECRET_BYTES = 32
STEP_MS = 60_000
CLAIM_LIVES_MS = 120_000
CLAIM_KEPT_MS = 86_400_000
# In whole units of the currency: up to this, and so often in a day, nothing is asked of who allowed it.
SMALL_UNITS = 200
SMALL_SCOPE = "wallet.pay_small"
SMALL_COUNT = 10
SMALL_PER_S = 86_400
TRIES_SCOPE = "wallet.pay_code_tries"
TRIES_COUNT = 300
TRIES_PER_S = 3_600
WAITING_SHOWN = 20


class ClaimState(IntEnum):
    WAITING = 1
    PAID = 2
    REFUSED = 3


@dataclass(frozen=True, slots=True)
class Key:
    """What one device makes its codes of. `used_step`: the last minute of which a code was used, -1 if none was."""

    device_id: DeviceId
    account_id: AccountId
    handle: int
    secret: bytes
    used_step: int


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount that `payee` asks `payer` for."""

    id: bytes
    code_hash: bytes
    payer: AccountId
    payee: AccountId
    asset: str
    amount: int
    state: ClaimState
    made_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class ClaimView:
    """`has_expired`: it waited too long. Names are empty of who has left."""

    claim: Claim
    has_expired: bool
    payer_name: str
    payee_name: str
