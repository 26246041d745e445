"""What the server holds of the wallet, why, and for how long."""

from hongyan.foundation.inventory import Table
from hongyan.wallet.approvals.inventory import INVENTORY as APPROVALS
from hongyan.wallet.assets.inventory import INVENTORY as ASSETS
from hongyan.wallet.audit.inventory import INVENTORY as AUDIT
from hongyan.wallet.family.inventory import INVENTORY as FAMILY
from hongyan.wallet.gifts.inventory import INVENTORY as GIFTS
from hongyan.wallet.ledger.inventory import INVENTORY as LEDGER
from hongyan.wallet.limits.inventory import INVENTORY as LIMITS
from hongyan.wallet.paycodes.inventory import INVENTORY as PAYCODES
from hongyan.wallet.paying.inventory import INVENTORY as PAYING
from hongyan.wallet.rails.inventory import INVENTORY as RAILS
from hongyan.wallet.shops.inventory import INVENTORY as SHOPS
from hongyan.wallet.treasury.inventory import INVENTORY as TREASURY

INVENTORY: tuple[Table, ...] = (
    *LEDGER,
    *AUDIT,
    *ASSETS,
    *TREASURY,
    *APPROVALS,
    *LIMITS,
    *GIFTS,
    *PAYING,
    *PAYCODES,
    *SHOPS,
    *FAMILY,
    *RAILS,
)
