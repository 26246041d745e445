"""The wallet over HTTP with a real server: lan owns it, mei and bo are members."""

import base64
import secrets
from datetime import UTC, datetime

import pytest
from cryptography import x509
from tests.accounts.people import Json
from tests.accounts.person import PersonAtTheDoor
from tests.conftest import RunningServer
from tests.delivery.client import Client
from tests.hostile.wallet_attacks import csr
from tests.wallet.stage import PIN

from hongyan.app import CATALOGUE
from hongyan.delivery import NoticeTopic
from hongyan.wallet.paycodes.rules import code_of, step_at
from hongyan.wallet.refusals import Refusal

MONTH = "month=2024-01"
Three = tuple[PersonAtTheDoor, PersonAtTheDoor, PersonAtTheDoor]


@pytest.fixture
async def people(manual_server: RunningServer) -> Three:
    invitation = await manual_server.app.accounts.invitations.ensure_owner()
    assert invitation is not None
    lan, mei, bo = (PersonAtTheDoor(manual_server.url) for _ in range(3))
    await lan.join(invitation, "lan")
    member = await lan.invite("member", uses_max=2)
    await mei.join(member, "mei")
    await bo.join(member, "bo")
    return lan, mei, bo


async def opened(lan: PersonAtTheDoor) -> None:
    await lan.post("/api/wallet/treasury/open", {"name": "雁币", "symbol": "雁"})
    await lan.put("/api/wallet/pin", {"pin": PIN})


async def issue(lan: PersonAtTheDoor, to: PersonAtTheDoor, amount: str, **other: object) -> Json:
    """The body of an issue with an approval for it."""
    act: Json = {"action": "issue", "id": secrets.token_hex(16), "amount_minor": amount, "asset": "YAN"}
    given = await lan.post("/api/wallet/approvals", {**act, "payee": str(to.account_id), "pin": PIN})
    body: Json = {"id": act["id"], "kind": "issue", "account_id": to.account_id, "amount_minor": amount}
    return {**body, "reason": "欢迎", "approval": given["approval"], **other}


async def test_from_nothing_to_money_in_a_purse(manual_server: RunningServer, people: Three) -> None:
    """[WA1] [WA2] [WA3] [TR6]"""
    lan, mei, bo = people
    before = await mei.get("/api/wallet")
    assert before["open"] is False and before["asset"] is None and not before["has_pin"]
    assert await mei.problem("GET", "/api/wallet/bill?month=2024-01") == (409, "wallet_not_open")
    await opened(lan)
    line = Client(manual_server.realtime_url.removesuffix("/realtime"), str(mei.token))
    await line.connect()
    body = await issue(lan, mei, "12345")
    assert await lan.post("/api/wallet/treasury/acts", body) == {"state": "done"}
    assert await lan.post("/api/wallet/treasury/acts", body) == {"state": "done"}
    await line.until(lambda: line.notices == [NoticeTopic.WALLET])
    await line.close()
    seen = await mei.get("/api/wallet")
    assert seen["asset"] == {"code": "YAN", "name": "雁币", "symbol": "雁", "exponent": 2}
    assert seen["balance_minor"] == seen["available_minor"] == "12345" and not seen["is_treasurer"]
    assert (await lan.get("/api/wallet"))["is_treasurer"]
    bill = await mei.get(f"/api/wallet/bill?month={month(manual_server)}")
    [entry] = bill["entries"]
    assert (entry["amount_minor"], entry["code"], entry["state"]) == ("12345", "issue", "posted")
    assert entry["original_minor"] == "12345"
    assert entry["id"] == body["id"] and entry["other"] is None
    assert (bill["in_minor"], bill["out_minor"], bill["more"]) == ("12345", "0", False)
    assert bill["kinds"] == [{"code": "issue", "in_minor": "12345", "out_minor": "0"}]
    only = await mei.get(f"/api/wallet/bill?month={month(manual_server)}&codes=packet&codes=order")
    assert only["entries"] == [] and only["in_minor"] == "12345"
    assert (await mei.get("/api/wallet/bill?month=2999-12"))["entries"] == []
    books = await bo.get("/api/wallet/treasury")
    assert books["issued_minor"] == books["held_minor"] == "12345"
    assert [one["name"] for one in books["treasurers"]] == ["lan"]
    recipients = [(await who.get("/api/wallet/treasury/acts"))["acts"][0]["recipient"] for who in people]
    assert recipients[0] == recipients[1] == {"account_id": mei.account_id, "name": "mei"} and recipients[2] is None


def month(server: RunningServer) -> str:
    return datetime.fromtimestamp(server.clock.now_ms() / 1000, UTC).strftime("%Y-%m")


async def test_who_showed_a_code_is_told_and_asks_what_waits(manual_server: RunningServer, people: Three) -> None:
    """[PY8]"""
    lan, mei, bo = people
    await opened(lan)
    key = await bo.post("/api/wallet/pay-codes/key", {})
    secret = base64.b64decode(key["secret"])
    digits = code_of(int(key["handle"]), secret, step_at(manual_server.clock.now_ms()))
    line = Client(manual_server.realtime_url.removesuffix("/realtime"), str(bo.token))
    await line.connect()
    assert not (await bo.get("/api/wallet"))["claims_waiting"]
    asked: Json = {"id": secrets.token_hex(16), "code": digits, "amount_minor": "250"}
    await lan.post("/api/wallet/pay-codes/claims", asked)
    await line.until(lambda: line.notices == [NoticeTopic.WALLET])
    await line.close()
    assert [(await who.get("/api/wallet"))["claims_waiting"] for who in people] == [False, False, True]
    [claim] = (await bo.get("/api/wallet/pay-codes/claims"))["claims"]
    assert (claim["id"], claim["payee_name"], claim["amount_minor"]) == (asked["id"], "lan", "250")
    assert (await mei.get("/api/wallet/pay-codes/claims"))["claims"] == []
    await bo.post(f"/api/wallet/pay-codes/claims/{claim['id']}/refuse", {})
    assert not (await bo.get("/api/wallet"))["claims_waiting"]


async def test_the_owners_routes_are_the_owners(people: Three) -> None:
    """[TR1]"""
    lan, mei, bo = people
    await opened(lan)
    rules = {"act_max_minor": "3", "day_max_minor": "3", "alone_max_minor": "3"}
    for method, path, body in (
        ("POST", "open", {"name": "a", "symbol": "b"}),
        ("PUT", "rules", rules),
        ("PUT", f"treasurers/{mei.account_id}", None),
        ("DELETE", f"treasurers/{bo.account_id}", None),
    ):
        assert await mei.problem(method, f"/api/wallet/treasury/{path}", body) == (403, "owner_only")
    await lan.put("/api/wallet/treasury/rules", rules)
    await lan.put(f"/api/wallet/treasury/treasurers/{mei.account_id}")
    assert (await mei.get("/api/wallet"))["is_treasurer"]
    assert await lan.problem("PUT", "/api/wallet/treasury/treasurers/1") == (404, "person_unknown")
    await lan.delete(f"/api/wallet/treasury/treasurers/{mei.account_id}")
    assert not (await mei.get("/api/wallet"))["is_treasurer"]


async def test_amounts_and_ids_that_are_none(people: Three) -> None:
    """[WA3] Negative, fractional, huge and foreign ones are refused before anything is looked at."""
    lan, mei, _ = people
    await opened(lan)
    body = await issue(lan, mei, "1")
    for wrong in ("-1", "1.5", "1e3", "", "00", "01", "٣", " 1", "12345678901234567", "0x1"):
        changed = {**body, "amount_minor": wrong}
        assert await lan.problem("POST", "/api/wallet/treasury/acts", changed) == (400, "malformed"), wrong
    for field, value in (("id", "x" * 32), ("id", "0" * 31), ("reason", ""), ("account_id", 0), ("extra", 1)):
        assert await lan.problem("POST", "/api/wallet/treasury/acts", {**body, field: value}) == (400, "malformed")
    for huge in ("9007199254740992", "0"):
        changed = {**body, "amount_minor": huge}
        assert await lan.problem("POST", "/api/wallet/treasury/acts", changed) == (400, "amount_invalid")
    assert await lan.problem("POST", "/api/wallet/treasury/acts", {**body, "amount_minor": "2"}) == (
        403,
        "approval_unknown",
    )
    for query in (
        "month=2024-13",
        "month=1999-01",
        "",
        "month=2024-01&codes=theft",
        "month=2024-01&offset_minutes=900",
    ):
        assert await lan.problem("GET", f"/api/wallet/bill?{query}") == (400, "malformed")


async def test_refusals(people: Three) -> None:
    """[HT1]"""
    lan, mei, _ = people
    CATALOGUE.require({refusal.value for refusal in Refusal})
    await opened(lan)
    act: Json = {"action": "issue", "id": "0" * 32, "amount_minor": "1", "asset": "YAN", "payee": "1"}
    assert await mei.problem("POST", "/api/wallet/approvals", {**act, "pin": PIN}) == (409, "payment_pin_missing")
    assert await lan.problem("POST", "/api/wallet/approvals", act) == (400, "malformed")
    assert await lan.problem("POST", "/api/wallet/approvals/passkey", act) == (403, "passkey_not_allowed")
    assert await lan.problem("PUT", "/api/wallet/pin", {"pin": "135790"}) == (403, "pin_proof_needed")
    assert await mei.problem("PUT", "/api/wallet/pin", {"pin": "111111"}) == (400, "pin_too_simple")
    for left in (4, 3, 2, 1, 0):
        answer = await lan.problem("POST", "/api/wallet/approvals", {**act, "pin": "999990"})
        assert answer == (403, "wrong_payment_pin")
        assert (await lan.get("/api/wallet"))["pin_tries_left"] == left
    assert await lan.problem("POST", "/api/wallet/approvals", {**act, "pin": PIN}) == (403, "payment_pin_locked")
    assert (await lan.get("/api/wallet"))["locked_until_ms"]
    for path in ("x", "0" * 32):
        refused = await lan.problem("POST", f"/api/wallet/treasury/acts/{path}/refuse")
        assert refused == (404, "act_unknown")


async def test_limits_over_http(people: Three) -> None:
    """[WA10]"""
    lan, _, _ = people
    await opened(lan)
    await lan.put("/api/wallet/limits", {"day_minor": "500", "month_minor": None})
    await lan.put("/api/wallet/limits", {"day_minor": "700", "month_minor": "9000"})
    limits = (await lan.get("/api/wallet"))["limits"]
    assert (limits["day"]["limit_minor"], limits["day"]["next_minor"]) == ("500", "700")
    assert limits["day"]["next_at_ms"] and limits["month"]["limit_minor"] == "9000"
    assert limits["month"]["next_at_ms"] is None


async def test_who_cannot_top_up_is_told_so_and_nobody_tells_for_a_rail(people: Three) -> None:
    """[RL1] [RL3]"""
    lan, mei, _ = people
    assert await mei.get("/api/wallet/top-ups") == {"rails": [], "charges": []}
    await opened(lan)
    assert await mei.get("/api/wallet/top-ups") == {"rails": [], "charges": []}
    body: Json = {"id": secrets.token_hex(16), "rail": "stripe", "amount_minor": "100"}
    assert await mei.problem("POST", "/api/wallet/top-ups", body) == (404, "rail_unknown")
    assert await lan.get("/api/wallet/treasury/odd-top-ups") == {"charges": []}
    assert await mei.problem("GET", "/api/wallet/treasury/odd-top-ups") == (403, "not_treasurer")


async def test_who_sees_who_paid_an_order(manual_server: RunningServer) -> None:
    """[SH3] [FC2]"""
    invitation = await manual_server.app.accounts.invitations.ensure_owner()
    assert invitation is not None
    lan, mei, bo = (PersonAtTheDoor(manual_server.url) for _ in range(3))
    await lan.join(invitation, "lan")
    await mei.join(await lan.invite("friend"), "mei")
    await bo.join(await lan.invite("member"), "bo")
    await opened(lan)
    await mei.put("/api/wallet/pin", {"pin": PIN})
    await lan.post("/api/wallet/treasury/acts", await issue(lan, lan, "1000"))

    async def approval(who: PersonAtTheDoor, action: str, id: str, amount: str, payee: str) -> str:
        act: Json = {"action": action, "id": id, "amount_minor": amount, "asset": "YAN", "payee": payee}
        return str((await who.post("/api/wallet/approvals", {**act, "pin": PIN}))["approval"])

    card, shop = secrets.token_hex(16), secrets.token_hex(16)
    token = await approval(lan, "family_card", card, "500", str(mei.account_id))
    body: Json = {"id": card, "limit_minor": "500", "approval": token}
    await lan.put(f"/api/wallet/family/{mei.account_id}", body)
    await bo.post("/api/wallet/shops", {"id": shop, "name": "药店"})
    order = await bo.post(f"/api/wallet/shops/{shop}/orders", {"out_trade_no": "1", "amount_minor": "300"})
    assert (order["customer"], order["payer"]) == (None, None)
    token = await approval(mei, "order", order["id"], "300", f"shop:{shop}:card:{lan.account_id}")
    paying: Json = {"approval": token, "card": lan.account_id}
    paid = await mei.post(f"/api/wallet/orders/{order['id']}/pay", paying)
    customer = {"account_id": mei.account_id, "name": "mei"}
    payer = {"account_id": lan.account_id, "name": "lan"}
    [listed] = (await bo.get(f"/api/wallet/shops/{shop}/orders"))["orders"]
    looked = [await who.get(f"/api/wallet/orders/{order['id']}") for who in (mei, lan)]
    for seen in (paid, listed, *looked):
        assert (seen["customer"], seen["payer"]) == (customer, payer)
    by_code = await bo.get(f"/api/wallet/orders/{order['id']}")
    assert by_code["state"] == "paid" and (by_code["customer"], by_code["payer"]) == (None, None)
    assert await bo.problem("POST", f"/api/wallet/orders/{order['id']}/pay", paying) == (410, "ended")


async def test_certificates_of_a_shop_over_http(people: Three) -> None:
    """[SH11]"""
    lan, mei, bo = people
    await opened(lan)
    await mei.put("/api/wallet/pin", {"pin": PIN})
    shop, id = secrets.token_hex(16), secrets.token_hex(16)
    path = f"/api/wallet/shops/{shop}/certificates"
    await mei.post("/api/wallet/shops", {"id": shop, "name": "面馆"})
    act: Json = {"action": "shop_certificate", "id": id, "amount_minor": "0", "asset": "YAN", "payee": f"shop:{shop}"}
    body: Json = {"id": id, "csr": csr(), "approval": "x" * 43}
    assert await mei.problem("POST", path, body) == (403, "approval_unknown")
    body["approval"] = (await mei.post("/api/wallet/approvals", {**act, "pin": PIN}))["approval"]
    made = await mei.post(path, body)
    assert await mei.post(path, body) == made, "a repeat needs no approval"
    read = x509.load_pem_x509_certificate(made["certificate"].encode())
    assert made["serial"] == f"{read.serial_number:X}" and made["revoked_at_ms"] is None
    assert (await mei.get(path))["certificates"] == [made]
    platform = await bo.get("/api/wallet/platform-certificate")
    read.verify_directly_issued_by(x509.load_pem_x509_certificate(platform["certificate"].encode()))
    assert await mei.problem("POST", path, {**body, "csr": "junk"}) == (400, "csr_unusable")
    assert await mei.problem("POST", path, {**body, "csr": "x" * 1_000_000}) == (400, "malformed")
    assert (await mei.problem("POST", path, {**body, "csr": "x" * 5_000_000}))[0] == 413
    for who in (bo, lan):
        assert await who.problem("GET", path) == (403, "not_yours")
        assert await who.problem("POST", path, body) == (403, "not_yours")
        assert await who.problem("DELETE", f"{path}/{made['serial']}") == (403, "not_yours")
    nobody = PersonAtTheDoor(mei.url)
    for method, where in (("GET", path), ("POST", path), ("GET", "/api/wallet/platform-certificate")):
        assert await nobody.problem(method, where) == (401, "unauthorised")
    assert await mei.problem("DELETE", f"{path}/{'0' * 40}") == (404, "act_unknown")
    for _ in range(2):
        await mei.delete(f"{path}/{made['serial']}")
    [ended] = (await mei.get(path))["certificates"]
    assert ended["revoked_at_ms"] is not None
    assert await mei.problem("POST", path, body) == (400, "csr_unusable"), "a key that was revoked stays so"
