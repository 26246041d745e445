"""Paying: by the code that somebody shows, and what is asked of one or of several [PY1]-[PY5].

Promises: a part is paid once, however often it is tried; a code that was changed takes no more money. What a payment
is for travels in the code or the encrypted card, and is never told to the server.
"""

from hongyan.wallet.paying.api import routes
from hongyan.wallet.paying.collections import Collections
from hongyan.wallet.paying.inventory import INVENTORY
from hongyan.wallet.paying.receiving import Receiving

__all__ = ["INVENTORY", "Collections", "Receiving", "routes"]
