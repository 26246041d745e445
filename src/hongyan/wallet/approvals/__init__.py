"""Approvals: every payment is confirmed by her who pays, for exactly what it is [WA5]-[WA9].

Owns payment PINs and what they, or passkeys, have confirmed. Promises: nobody tries more than five PINs before the
PIN is locked, however many come at once; an approval is good once, for two minutes, for one act, amount and payee.
"""

from hongyan.wallet.approvals.api import routes
from hongyan.wallet.approvals.model import Act, PinStatus
from hongyan.wallet.approvals.paying import pay, post_from_purse
from hongyan.wallet.approvals.pepper import Pepper, PepperUnusable
from hongyan.wallet.approvals.pins import Pins
from hongyan.wallet.approvals.rules import digest_of
from hongyan.wallet.approvals.service import Approvals, spend

__all__ = [
    "Act",
    "Approvals",
    "Pepper",
    "PepperUnusable",
    "PinStatus",
    "Pins",
    "digest_of",
    "pay",
    "post_from_purse",
    "routes",
    "spend",
]
