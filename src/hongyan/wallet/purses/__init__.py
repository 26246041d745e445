"""Purses: the account of the ledger that a person has, and what she sees of it [WA2]-[WA4].

Promises: a purse is there as soon as somebody pays into it and never goes below nothing; who leaves the community
leaves nothing behind. The names of accounts in the ledger follow from whose they are, so that nobody has to look.
"""

from hongyan.wallet.purses.api import routes
from hongyan.wallet.purses.rules import cash_id, escrow_id, issuance_id, month_bounds, purse_id, rail_id
from hongyan.wallet.purses.service import Purses, Status, asset_open, open_purse

__all__ = [
    "Purses",
    "Status",
    "asset_open",
    "cash_id",
    "escrow_id",
    "issuance_id",
    "month_bounds",
    "open_purse",
    "purse_id",
    "rail_id",
    "routes",
]
