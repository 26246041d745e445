from tests.wallet.ledger.conftest import db

__all__ = ["db"]
