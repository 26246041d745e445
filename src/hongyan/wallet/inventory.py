"""What the server holds of the wallet, why, and for how long."""

from hongyan.foundation.inventory import Table
from hongyan.wallet.assets.inventory import INVENTORY as ASSETS
from hongyan.wallet.ledger.inventory import INVENTORY as LEDGER

INVENTORY: tuple[Table, ...] = (*LEDGER, *ASSETS)
