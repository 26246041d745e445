"""What slices of the wallet are handed by the features below them."""

from collections.abc import Callable, Sequence

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId

TOPIC = "wallet"

# Tells the devices of these accounts, after the commit, that something under this topic changed.
Notify = Callable[[Sequence[AccountId], str], None]
# Whether the first may reach the second.
MayReach = Callable[[Tx, AccountId, AccountId], bool]
