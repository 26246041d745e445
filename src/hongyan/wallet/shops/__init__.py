"""Shops: who sells, what customers are to pay, and what comes back to them [SH1]-[SH11].

Promises: an order is paid once, by one person, and exactly its amount; no more is refunded than was paid; the takings
go to the owner only; a shop's own program is told of what was paid and given back, at least once. `Merchant` is what
such a program may do, by its own numbers (`out_trade_no`), as that of WeChat Pay is; `Certificates` says whose it is.
"""

from hongyan.wallet.shops.api import routes
from hongyan.wallet.shops.certificates import Certificates
from hongyan.wallet.shops.merchant import Merchant
from hongyan.wallet.shops.orders import Orders
from hongyan.wallet.shops.service import Shops
from hongyan.wallet.shops.store import names_of_purses
from hongyan.wallet.shops.webhooks import Webhooks

__all__ = ["Certificates", "Merchant", "Orders", "Shops", "Webhooks", "names_of_purses", "routes"]
