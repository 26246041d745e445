"""Assets: the community's own currency, opened once by its treasurer [WA1]."""

from hongyan.wallet.assets.model import CODE, EXPONENT, Asset
from hongyan.wallet.assets.store import current, insert

__all__ = ["CODE", "EXPONENT", "Asset", "current", "insert"]
