"""Limits: what a person lets herself spend in a day and in a month [WA10].

Promises: counted in the transaction of the money; lowering holds at once, raising after 24 hours.
"""

from hongyan.wallet.limits.api import routes
from hongyan.wallet.limits.model import Span, Spending
from hongyan.wallet.limits.rules import first_day
from hongyan.wallet.limits.service import SpendingLimits, note, over

__all__ = ["Span", "Spending", "SpendingLimits", "first_day", "note", "over", "routes"]
