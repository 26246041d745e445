"""付款码: a code on the payer's device that lets whoever scans it ask for an amount, once [PY6]-[PY10].

Owns what devices make codes of, and what was asked for by codes. Promises: a code takes money once and only in its
minute or the one after; above a small amount, or when she did not allow small ones, nothing moves before she confirms.
"""

from hongyan.wallet.paycodes.api import routes
from hongyan.wallet.paycodes.inventory import INVENTORY
from hongyan.wallet.paycodes.service import PayCodes

__all__ = ["INVENTORY", "PayCodes", "routes"]
