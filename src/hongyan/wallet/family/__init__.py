"""Family cards (亲属卡): a person lets a friend pay at shops from her purse, up to a sum in a month [FC1] [FC2].

Promises: the sum is counted in the transaction of the money; either ends the card at once.
"""

from hongyan.wallet.family.api import routes
from hongyan.wallet.family.service import FamilyCards, pay_by_card

__all__ = ["FamilyCards", "pay_by_card", "routes"]
