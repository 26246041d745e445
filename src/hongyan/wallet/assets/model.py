"""What a currency is."""

import msgspec

CODE = "YAN"
EXPONENT = 2


class Asset(msgspec.Struct, frozen=True, array_like=True):
    """`code` names it in the ledger; one unit is 10^`exponent` minor ones."""

    code: str
    name: str
    symbol: str
    exponent: int
