"""What a stranger tries on the wallet with another's ids; merged into the table of test_strangers."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from tests.crash.town import Json

# The scene of test_strangers, which imports this.
Scene = Any

PIN = "246813"
ACT = "0" * 31 + "1"
TOKEN = "x" * 43
BYTES = "A" * 43 + "="
OPENING: Json = {"name": "雁币", "symbol": "雁"}
RULES: Json = {"act_max_minor": "3", "day_max_minor": "3", "alone_max_minor": "3"}


def act(s: Scene, action: str = "transfer") -> Json:
    return {"action": action, "id": ACT, "amount_minor": "1", "asset": "YAN", "payee": str(s.stranger.account_id)}


def issue(s: Scene) -> Json:
    return {
        "id": ACT,
        "kind": "issue",
        "account_id": s.stranger.account_id,
        "amount_minor": "1",
        "reason": "x",
        "approval": TOKEN,
    }


def csr() -> str:
    """A request to which nothing but its sender is wrong."""
    key = generate_private_key(65_537, 2_048)
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode()


ATTACKS: dict[str, Any] = {
    "GET /api/wallet": lambda s: ("/api/wallet", None),
    "GET /api/wallet/bill": lambda s: ("/api/wallet/bill?month=2026-11", None),
    "GET /api/wallet/books": lambda s: ("/api/wallet/books", None),
    "GET /api/wallet/books/proof": lambda s: (f"/api/wallet/books/proof?transfer={ACT}", None),
    "POST /api/wallet/approvals": lambda s: ("/api/wallet/approvals", {**act(s), "pin": PIN}),
    "POST /api/wallet/approvals/passkey": lambda s: ("/api/wallet/approvals/passkey", act(s)),
    "PUT /api/wallet/pin": lambda s: ("/api/wallet/pin", {"pin": "135790", "id": ACT, "approval": TOKEN}),
    "POST /api/wallet/pin/wait": lambda s: ("/api/wallet/pin/wait", None),
    "DELETE /api/wallet/pin/wait": lambda s: ("/api/wallet/pin/wait", None),
    "PUT /api/wallet/passkeys": lambda s: ("/api/wallet/passkeys", {"pin": PIN}),
    "DELETE /api/wallet/passkeys": lambda s: ("/api/wallet/passkeys", None),
    "PUT /api/wallet/limits": lambda s: ("/api/wallet/limits", {"day_minor": "0", "month_minor": None}),
    "POST /api/wallet/treasury/open": lambda s: ("/api/wallet/treasury/open", {**OPENING, "symbol": "x"}),
    "GET /api/wallet/treasury": lambda s: ("/api/wallet/treasury", None),
    "PUT /api/wallet/treasury/rules": lambda s: ("/api/wallet/treasury/rules", RULES),
    "PUT /api/wallet/treasury/treasurers/{account_id}": lambda s: (
        f"/api/wallet/treasury/treasurers/{s.stranger.account_id}",
        None,
    ),
    "DELETE /api/wallet/treasury/treasurers/{account_id}": lambda s: (
        f"/api/wallet/treasury/treasurers/{s.mei.account_id}",
        None,
    ),
    "GET /api/wallet/treasury/acts": lambda s: ("/api/wallet/treasury/acts", None),
    "POST /api/wallet/treasury/acts": lambda s: ("/api/wallet/treasury/acts", issue(s)),
    "POST /api/wallet/treasury/acts/{id}/confirm": lambda s: (
        f"/api/wallet/treasury/acts/{ACT}/confirm",
        {"approval": TOKEN},
    ),
    "POST /api/wallet/treasury/acts/{id}/refuse": lambda s: (f"/api/wallet/treasury/acts/{ACT}/refuse", None),
    "GET /api/wallet/treasury/purses/{account_id}": lambda s: (
        f"/api/wallet/treasury/purses/{s.mei.account_id}",
        None,
    ),
    "PUT /api/wallet/treasury/purses/{account_id}/frozen": lambda s: (
        f"/api/wallet/treasury/purses/{s.mei.account_id}/frozen",
        {"frozen": True, "reason": "x"},
    ),
    "POST /api/wallet/transfers": lambda s: (
        "/api/wallet/transfers",
        {"id": ACT, "payee": s.stranger.account_id, "amount_minor": "1", "approval": TOKEN},
    ),
    "GET /api/wallet/transfers/{transfer_id}": lambda s: (f"/api/wallet/transfers/{ACT}", None),
    "POST /api/wallet/transfers/{transfer_id}/accept": lambda s: (f"/api/wallet/transfers/{ACT}/accept", None),
    "POST /api/wallet/transfers/{transfer_id}/return": lambda s: (f"/api/wallet/transfers/{ACT}/return", None),
    "POST /api/wallet/packets": lambda s: (
        "/api/wallet/packets",
        {"id": ACT, "kind": "one", "total_minor": "1", "shares": 1, "secret_hash": BYTES, "approval": TOKEN},
    ),
    "POST /api/wallet/packets/{packet_id}/look": lambda s: (f"/api/wallet/packets/{ACT}/look", {"secret": BYTES}),
    "POST /api/wallet/packets/{packet_id}/open": lambda s: (f"/api/wallet/packets/{ACT}/open", {"secret": BYTES}),
    "GET /api/wallet/receive": lambda s: ("/api/wallet/receive", None),
    "PUT /api/wallet/receive": lambda s: ("/api/wallet/receive", None),
    "POST /api/wallet/receive/look": lambda s: (
        "/api/wallet/receive/look",
        {"payee": s.mei.account_id, "token": TOKEN},
    ),
    "POST /api/wallet/receive/pay": lambda s: (
        "/api/wallet/receive/pay",
        {"id": ACT, "payee": s.mei.account_id, "token": TOKEN, "amount_minor": "1", "approval": TOKEN},
    ),
    "POST /api/wallet/collections": lambda s: (
        "/api/wallet/collections",
        {"id": ACT, "parts": [{"account_id": s.mei.account_id, "amount_minor": "1"}]},
    ),
    "GET /api/wallet/collections/{collection_id}": lambda s: (f"/api/wallet/collections/{ACT}", None),
    "POST /api/wallet/collections/{collection_id}/pay": lambda s: (
        f"/api/wallet/collections/{ACT}/pay",
        {"approval": TOKEN},
    ),
    "POST /api/wallet/collections/{collection_id}/close": lambda s: (f"/api/wallet/collections/{ACT}/close", None),
    "POST /api/wallet/pay-codes/key": lambda s: ("/api/wallet/pay-codes/key", None),
    "GET /api/wallet/pay-codes/small": lambda s: ("/api/wallet/pay-codes/small", None),
    "PUT /api/wallet/pay-codes/small": lambda s: ("/api/wallet/pay-codes/small", {"id": ACT, "approval": TOKEN}),
    "DELETE /api/wallet/pay-codes/small": lambda s: ("/api/wallet/pay-codes/small", None),
    "GET /api/wallet/pay-codes/claims": lambda s: ("/api/wallet/pay-codes/claims", None),
    "POST /api/wallet/pay-codes/claims": lambda s: (
        "/api/wallet/pay-codes/claims",
        {"id": ACT, "code": "1" * 20, "amount_minor": "1"},
    ),
    "GET /api/wallet/pay-codes/claims/{claim_id}": lambda s: (f"/api/wallet/pay-codes/claims/{ACT}", None),
    "POST /api/wallet/pay-codes/claims/{claim_id}/pay": lambda s: (
        f"/api/wallet/pay-codes/claims/{ACT}/pay",
        {"approval": TOKEN},
    ),
    "POST /api/wallet/pay-codes/claims/{claim_id}/refuse": lambda s: (
        f"/api/wallet/pay-codes/claims/{ACT}/refuse",
        None,
    ),
}
SHOP = "/api/wallet/shops/{shop_id}"
_SHOP = f"/api/wallet/shops/{ACT}"
ATTACKS |= {
    "GET /api/wallet/shops": lambda s: ("/api/wallet/shops", None),
    "POST /api/wallet/shops": lambda s: ("/api/wallet/shops", {"id": ACT, "name": "x"}),
    f"GET {SHOP}": lambda s: (_SHOP, None),
    f"PUT {SHOP}/staff/{{account_id}}": lambda s: (f"{_SHOP}/staff/{s.stranger.account_id}", None),
    f"DELETE {SHOP}/staff/{{account_id}}": lambda s: (f"{_SHOP}/staff/{s.mei.account_id}", None),
    f"POST {SHOP}/pay": lambda s: (f"{_SHOP}/pay", {"id": "1" * 32, "amount_minor": "1", "approval": TOKEN}),
    f"POST {SHOP}/take": lambda s: (f"{_SHOP}/take", {"id": "1" * 32, "amount_minor": "1", "approval": TOKEN}),
    f"GET {SHOP}/report": lambda s: (f"{_SHOP}/report?month=2026-11", None),
    f"POST {SHOP}/orders": lambda s: (f"{_SHOP}/orders", {"out_trade_no": "1", "amount_minor": "1"}),
    f"GET {SHOP}/orders": lambda s: (f"{_SHOP}/orders", None),
    f"GET {SHOP}/orders/{{out_trade_no}}": lambda s: (f"{_SHOP}/orders/1", None),
    f"POST {SHOP}/orders/{{out_trade_no}}/close": lambda s: (f"{_SHOP}/orders/1/close", None),
    f"POST {SHOP}/orders/{{out_trade_no}}/refund": lambda s: (
        f"{_SHOP}/orders/1/refund",
        {"id": "1" * 32, "amount_minor": "1", "reason": "x", "approval": TOKEN},
    ),
    "GET /api/wallet/orders/{order_id}": lambda s: (f"/api/wallet/orders/{ACT}", None),
    "POST /api/wallet/orders/{order_id}/pay": lambda s: (f"/api/wallet/orders/{ACT}/pay", {"approval": TOKEN}),
}
ATTACKS |= {
    "GET /api/wallet/top-ups": lambda s: ("/api/wallet/top-ups", None),
    "POST /api/wallet/top-ups": lambda s: (
        "/api/wallet/top-ups",
        {"id": ACT, "rail": "stripe", "amount_minor": "100"},
    ),
    "GET /api/wallet/top-ups/{charge_id}": lambda s: (f"/api/wallet/top-ups/{ACT}", None),
    "DELETE /api/wallet/top-ups/{charge_id}": lambda s: (f"/api/wallet/top-ups/{ACT}", None),
    "GET /api/wallet/treasury/odd-top-ups": lambda s: ("/api/wallet/treasury/odd-top-ups", None),
    "POST /api/wallet/treasury/odd-top-ups/{charge_id}/clear": lambda s: (
        f"/api/wallet/treasury/odd-top-ups/{ACT}/clear",
        {"reason": "x"},
    ),
    f"DELETE {SHOP}": lambda s: (_SHOP, None),
    f"GET {SHOP}/webhook": lambda s: (f"{_SHOP}/webhook", None),
    f"PUT {SHOP}/webhook": lambda s: (f"{_SHOP}/webhook", {"url": "https://mine.example/"}),
    f"DELETE {SHOP}/webhook": lambda s: (f"{_SHOP}/webhook", None),
    f"POST {SHOP}/webhook/trial": lambda s: (f"{_SHOP}/webhook/trial", {}),
    f"GET {SHOP}/certificates": lambda s: (f"{_SHOP}/certificates", None),
    f"POST {SHOP}/certificates": lambda s: (
        f"{_SHOP}/certificates",
        {"id": "1" * 32, "csr": csr(), "approval": TOKEN},
    ),
    f"DELETE {SHOP}/certificates/{{serial}}": lambda s: (f"{_SHOP}/certificates/{'7' * 40}", None),
    "GET /api/wallet/platform-certificate": lambda s: ("/api/wallet/platform-certificate", None),
    "GET /api/wallet/family": lambda s: ("/api/wallet/family", None),
    "PUT /api/wallet/family/{account_id}": lambda s: (
        f"/api/wallet/family/{s.mei.account_id}",
        {"id": ACT, "limit_minor": "1", "approval": TOKEN},
    ),
    "DELETE /api/wallet/family/{account_id}": lambda s: (f"/api/wallet/family/{s.mei.account_id}", None),
    "DELETE /api/wallet/family/{account_id}/got": lambda s: (f"/api/wallet/family/{s.mei.account_id}/got", None),
}
# Her own bill, PIN and limits she may ask for; whatever is of the treasury or moves money is refused.
REFUSED = {
    "POST /api/wallet/approvals",
    "POST /api/wallet/approvals/passkey",
    "POST /api/wallet/treasury/open",
    "PUT /api/wallet/treasury/rules",
    "PUT /api/wallet/treasury/treasurers/{account_id}",
    "DELETE /api/wallet/treasury/treasurers/{account_id}",
    "POST /api/wallet/treasury/acts",
    "POST /api/wallet/treasury/acts/{id}/confirm",
    "POST /api/wallet/treasury/acts/{id}/refuse",
    "GET /api/wallet/treasury/purses/{account_id}",
    "PUT /api/wallet/treasury/purses/{account_id}/frozen",
    # The shop is mei's; a stranger may see its name, as a customer does, and may pay.
    "POST /api/wallet/shops",
    *(route for route in ATTACKS if SHOP in route and route != f"GET {SHOP}"),
    "PUT /api/wallet/family/{account_id}",
    "GET /api/wallet/orders/{order_id}",
    "POST /api/wallet/orders/{order_id}/pay",
    "POST /api/wallet/top-ups",
    "GET /api/wallet/top-ups/{charge_id}",
    "DELETE /api/wallet/top-ups/{charge_id}",
    "GET /api/wallet/treasury/odd-top-ups",
    "POST /api/wallet/treasury/odd-top-ups/{charge_id}/clear",
    "PUT /api/wallet/pay-codes/small",
    "POST /api/wallet/pay-codes/claims",
    "GET /api/wallet/pay-codes/claims/{claim_id}",
    "POST /api/wallet/pay-codes/claims/{claim_id}/pay",
    "POST /api/wallet/pay-codes/claims/{claim_id}/refuse",
}
