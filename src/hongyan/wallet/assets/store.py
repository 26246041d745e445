"""The only SQL of assets."""

import msgspec

from hongyan.foundation.db import Tx
from hongyan.wallet.assets.model import Asset


def current(tx: Tx) -> Asset | None:
    """The community's currency; None until it is opened."""
    row = tx.one("SELECT code, name, symbol, exponent FROM asset")
    return None if row is None else msgspec.convert(row, Asset)


def insert(tx: Tx, asset: Asset, *, now_ms: int) -> None:
    tx.execute(
        "INSERT INTO asset (code, name, symbol, exponent, opened_at_ms) VALUES (?, ?, ?, ?, ?)",
        (asset.code, asset.name, asset.symbol, asset.exponent, now_ms),
    )
