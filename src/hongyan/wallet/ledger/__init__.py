"""The ledger: double entry on TigerBeetle's model, in plain functions on a transaction.

Owns accounts, transfers and the chain of their hashes. Promises: money is never made or lost between accounts, a
guarded account never goes below nothing, the same id never moves money twice, and what happened is never changed:
the database itself refuses. Knows nothing of people, gestures or what an account is for.
"""

from hongyan.wallet.ledger.model import (
    AMOUNT_MAX,
    ID_BYTES,
    Code,
    Entry,
    Head,
    Holder,
    Kind,
    LedgerAccount,
    LedgerId,
    Order,
    Resolution,
    Transfer,
    TransferId,
    Verdict,
    derived,
)
from hongyan.wallet.ledger.service import (
    account,
    close,
    entries,
    expire_due,
    freeze,
    open_account,
    post,
    post_all,
    resolution,
    resolving_transfer,
    transfer,
)

__all__ = [
    "AMOUNT_MAX",
    "ID_BYTES",
    "Code",
    "Entry",
    "Head",
    "Holder",
    "Kind",
    "LedgerAccount",
    "LedgerId",
    "Order",
    "Resolution",
    "Transfer",
    "TransferId",
    "Verdict",
    "account",
    "close",
    "derived",
    "entries",
    "expire_due",
    "freeze",
    "open_account",
    "post",
    "post_all",
    "resolution",
    "resolving_transfer",
    "transfer",
]
