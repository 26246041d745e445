"""Gifts: money sent to somebody who accepts it (转账), and red packets (红包) [GF1]-[GF9].

Promises: what nobody accepted or opened in 24 hours goes back once, whatever happens; the shares of a packet are drawn
when it is sent and can be checked by everybody who has its card; nobody takes two. The words that go with money, and
who may open a packet, travel encrypted and are never told to the server.
"""

from hongyan.wallet.gifts.api import routes
from hongyan.wallet.gifts.inventory import INVENTORY
from hongyan.wallet.gifts.packets import Packets
from hongyan.wallet.gifts.transfers import Transfers

__all__ = ["INVENTORY", "Packets", "Transfers", "routes"]
