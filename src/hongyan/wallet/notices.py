"""What slices of the wallet are handed by the features below them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId

TOPIC = "wallet"

# Tells the devices of these accounts, after the commit, that something under this topic changed.
Notify = Callable[[Sequence[AccountId], str], None]
# Whether the first may reach the second.
MayReach = Callable[[Tx, AccountId, AccountId], bool]


class Outside(Protocol):
    """The one way by which the server calls an address that somebody named."""

    def may_call(self, url: str) -> bool: ...

    async def call(self, url: str, headers: dict[str, str], body: bytes) -> str | None:
        """POST; None when it was taken, else why not."""
        ...
