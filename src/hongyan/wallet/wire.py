"""What all slices of the wallet speak: amounts and ids as texts that no parser can change."""

import re
from typing import Annotated, TypeAlias

import msgspec

from hongyan.foundation.ids import ID_MAX
from hongyan.wallet.ledger import TransferId
from hongyan.wallet.refusals import Refusal, Refused, allowed

_ACT_ID = re.compile(r"[0-9a-f]{32}")

# Minor units, at most 2^53 - 1; what is between that and 16 digits is refused as `amount_invalid`.
Minor: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9][0-9]{0,15})$")]
ActId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
Token: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
PersonId: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=ID_MAX)]
Reason: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


def minor(text: str) -> int:
    return int(text)


def shown(amount: int) -> str:
    return str(amount)


def act_in_path(text: str) -> TransferId:
    """What could not be an act's id is the id of nothing."""
    if not _ACT_ID.fullmatch(text):
        allowed(Refused(Refusal.ACT_UNKNOWN))
    return act_id(text)


def act_id(text: str) -> TransferId:
    return TransferId(bytes.fromhex(text))
