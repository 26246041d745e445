"""The wallet: a double-entry ledger, and the gestures by which people move money on it.

Promises: every unit is where it should be, and anybody can check that for her own; no payment happens without her who
pays having confirmed exactly it; the words that go with money are encrypted and never reach the server.
"""

from hongyan.wallet.approvals import PepperUnusable
from hongyan.wallet.audit import Audit, shown, verify
from hongyan.wallet.building import Wallet, build
from hongyan.wallet.inventory import INVENTORY
from hongyan.wallet.rails import KeysUnusable, Rail, stripe_in
from hongyan.wallet.refusals import TEXTS

__all__ = [
    "INVENTORY",
    "TEXTS",
    "Audit",
    "KeysUnusable",
    "PepperUnusable",
    "Rail",
    "Wallet",
    "build",
    "shown",
    "stripe_in",
    "verify",
]
