"""The audit: makes it evident when the books were changed, and lets each member check that her money is in them.

Every minute it signs how far the ledger is and the Merkle root over all transfers; a member's app keeps the newest
checkpoint, checks that the next one continues it, and that her own transfers are below it. Never changes a transfer.
"""

from hongyan.wallet.audit import shown
from hongyan.wallet.audit.api import routes
from hongyan.wallet.audit.inventory import INVENTORY
from hongyan.wallet.audit.key import KeyUnusable
from hongyan.wallet.audit.model import KEY_FILE_NAME, SIGN_EVERY_S, Checkpoint, Finding
from hongyan.wallet.audit.service import Audit
from hongyan.wallet.audit.verifying import Checked, verify

__all__ = [
    "INVENTORY",
    "KEY_FILE_NAME",
    "SIGN_EVERY_S",
    "Audit",
    "Checked",
    "Checkpoint",
    "Finding",
    "KeyUnusable",
    "routes",
    "shown",
    "verify",
]
