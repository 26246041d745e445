"""A Stripe on this machine that behaves badly on purpose: what its SDK asks for, over real HTTP, and signed events.

Of its interface it knows Checkout sessions. It can be slow to tell, tell twice, in the wrong order, of sessions that
are not ours, another amount, with a wrong signature or never; it can drop an answer after having done what was asked.
"""

import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

KEY = "sk_test_hongyan"
SECRET = "whsec_hongyan"


@dataclass
class FakeStripe:
    """`fails`: how many of the next answers are 500; `drops`: how many are never sent, though the work was done."""

    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_idempotency: dict[str, str] = field(default_factory=dict)
    fails: int = 0
    drops: int = 0
    asked: list[str] = field(default_factory=list)

    def start(self) -> None:
        stripe = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.answer()

            def do_POST(self) -> None:
                self.answer()

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                assert self.headers["authorization"] == f"Bearer {KEY}"
                status, told = stripe.act(self.command, self.path, body, self.headers.get("idempotency-key", ""))
                if stripe.drops and self.command == "POST":
                    stripe.drops -= 1
                    self.close_connection = True
                    return
                content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def act(self, method: str, path: str, body: str, idempotency_key: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(f"{method} {path}")
        if self.fails:
            self.fails -= 1
            return 500, {"error": {"type": "api_error", "message": "no"}}
        *_, last = path.partition("?")[0].split("/")
        if method == "POST" and last == "sessions":
            return 200, self._create(parse_qs(body), idempotency_key)
        if method == "POST" and last == "expire":
            session = self.sessions[path.split("/")[-2]]
            if session["status"] != "open":
                return 400, {"error": {"type": "invalid_request_error", "message": "not open"}}
            session |= {"status": "expired", "url": None}
            return 200, session
        if last in self.sessions:
            return 200, self.sessions[last]
        return 404, {"error": {"type": "invalid_request_error", "message": "no such session"}}

    def _create(self, asked: dict[str, list[str]], idempotency_key: str) -> dict[str, Any]:
        assert idempotency_key
        if idempotency_key in self.by_idempotency:
            return self.sessions[self.by_idempotency[idempotency_key]]
        id = f"cs_test_{len(self.sessions)}"
        self.by_idempotency[idempotency_key] = id
        self.sessions[id] = {
            "id": id,
            "object": "checkout.session",
            "client_reference_id": asked["client_reference_id"][0],
            "amount_total": int(asked["line_items[0][price_data][unit_amount]"][0]),
            "currency": asked["line_items[0][price_data][currency]"][0],
            "status": "open",
            "payment_status": "unpaid",
            "url": f"{self.address}/pay/{id}",
        }
        return self.sessions[id]

    def pay(self, id: str, **lies: object) -> None:
        """Somebody pays on its page; `lies`: what it then says of the session."""
        self.sessions[id] |= {"status": "complete", "payment_status": "paid", "url": None, **lies}

    def event(
        self, id: str, kind: str = "checkout.session.completed", *, event_id: str = "evt_1", **lies: object
    ) -> bytes:
        said = {**self.sessions.get(id, {"id": id, "object": "checkout.session"}), **lies}
        return json.dumps({"id": event_id, "object": "event", "type": kind, "data": {"object": said}}).encode()


def signed(body: bytes, *, secret: str = SECRET, at_s: float | None = None) -> dict[str, str]:
    """As Stripe signs what it tells."""
    stamp = int(time.time() if at_s is None else at_s)
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={stamp},v1={mac}"}
