"""Rails: ways by which money comes in from outside, each behind the same small interface [RL1]-[RL5].

Promises: a purse is credited once for a payment, and only for exactly what the rail itself, when asked, says was paid;
what a rail tells unasked only makes us ask. No rail is needed to run, and none is loaded that is not set up.
"""

from hongyan.wallet.rails.api import routes
from hongyan.wallet.rails.model import Rail, RailUnavailable
from hongyan.wallet.rails.service import TopUps
from hongyan.wallet.rails.stripe_rail import KeysUnusable, stripe_in

__all__ = ["KeysUnusable", "Rail", "RailUnavailable", "TopUps", "routes", "stripe_in"]
