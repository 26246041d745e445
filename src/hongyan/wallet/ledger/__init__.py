"""The ledger: double entry on TigerBeetle's model, in plain functions on a transaction.

Owns accounts, transfers and the chain of their hashes. Promises: money is never made or lost between accounts, a
guarded account never goes below nothing, the same id never moves money twice, and what happened is never changed:
the database itself refuses. Knows nothing of people, gestures or what an account is for.
"""

from hongyan.wallet.ledger.chain import expected_hash
from hongyan.wallet.ledger.model import (
    AMOUNT_MAX,
    ID_BYTES,
    NO_HASH,
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
    accounts_after,
    close,
    entries,
    expire_due,
    freeze,
    head,
    open_account,
    open_pending,
    post,
    post_all,
    resolution,
    resolving_transfer,
    transfer,
    transfers_after,
)

__all__ = [
    "AMOUNT_MAX",
    "ID_BYTES",
    "NO_HASH",
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
    "accounts_after",
    "close",
    "derived",
    "entries",
    "expected_hash",
    "expire_due",
    "freeze",
    "head",
    "open_account",
    "open_pending",
    "post",
    "post_all",
    "resolution",
    "resolving_transfer",
    "transfer",
    "transfers_after",
]
