"""What the app must accept of the books: made by the server, checked by web/src/core/wallet/books."""

import json
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.wallet.ledger.orders import LAN, MEI, NOW, hold, id_of, pay, seed

from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import Database
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.audit import KEY_FILE_NAME, Audit, api
from hongyan.wallet.ledger import Kind, Order
from hongyan.wallet.refusals import allowed

FILE = Path(__file__).parents[3] / "protocol" / "golden" / "books.json"


async def answers(db: Database, folder: Path) -> str:
    """The books after 5, 300 and 303 transfers, and the proof of a held and of a plain one."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / KEY_FILE_NAME).write_bytes(pem)
    audit = Audit(db, ManualClock(), folder=folder)
    await db.write(seed)
    books, size = [], 1
    for wanted in (5, 300):
        orders = [pay(n, 1) if n % 2 else pay(n, 1, MEI, LAN) for n in range(size, wanted)]
        await db.write(lambda tx, orders=orders: ledger.post_all(tx, orders, now_ms=NOW))  # type: ignore[misc]
        since, size = (size if size > 1 else None), wanted
        await audit.sign()
        books.append(api.rendered(await audit.books(since=since)))
    end = Order.resolving(id_of(901), Kind.POST, id_of(900), 3)
    held = [hold(900, 5), end, pay(902, 1)]
    await db.write(lambda tx: ledger.post_all(tx, held, now_ms=NOW + 1))
    await audit.sign()
    proofs = [api.rendered_proof(allowed(await audit.proof(AccountId(1), id_of(n), since=300))) for n in (900, 902, 7)]
    found = msgspec.to_builtins({"books": books, "proofs": proofs})
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
