"""What slices of the wallet are handed by the features below them."""

from collections.abc import Callable, Sequence

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId

# Tells the devices of these accounts, after the commit, that something of their money changed.
Notify = Callable[[Sequence[AccountId]], None]
# Whether the first may reach the second.
MayReach = Callable[[Tx, AccountId, AccountId], bool]
