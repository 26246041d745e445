"""Shops: who sells, what customers are to pay, and what comes back to them [SH1]-[SH7].

Promises: an order is paid once, by one person, and exactly its amount; no more is refunded than was paid; the takings
go to the owner only. Its interface is by the merchant's own numbers (`out_trade_no`), as that of WeChat Pay is.
"""

from hongyan.wallet.shops.api import routes
from hongyan.wallet.shops.orders import Orders
from hongyan.wallet.shops.service import Shops
from hongyan.wallet.shops.store import names_of_purses

__all__ = ["Orders", "Shops", "names_of_purses", "routes"]
