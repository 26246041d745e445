"""The treasury: who may make money, how much, and what all members can see of it [TR1]-[TR6].

Promises: no money without a treasurer's own confirmation and a reason; large sums need two people; every act is listed
for every member, and what is issued is the sum of what people have.
"""

from hongyan.wallet.treasury.api import routes
from hongyan.wallet.treasury.model import ActKind
from hongyan.wallet.treasury.service import Treasury, is_treasurer, note_act

__all__ = ["ActKind", "Treasury", "is_treasurer", "note_act", "routes"]
