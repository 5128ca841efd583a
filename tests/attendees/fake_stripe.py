"""A stand-in for Stripe's HTTP API: a real server that the official library talks to, keeping what it was told in memory."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "whsec_fake"


class FakeStripe:
    """Sessions, refunds and what was asked; `refuses` makes the next refund fail with that code."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}  # by idempotency key, as Stripe keeps them
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.refuses = ""
        self.is_away = False
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, said: dict[str, str], key: str) -> tuple[int, dict[str, Any]]:
        self.asked.append((method, path, said))
        if self.is_away:
            return 503, {"error": {"type": "api_error", "message": "away"}}
        if key and key in self.answers:
            return 200, self.answers[key]
        parts = path.removeprefix("/v1/").split("/")
        if parts[:2] == ["checkout", "sessions"]:
            status, body = self.session(method, parts[2:], said)
        elif parts == ["refunds"]:
            status, body = self.refund(said)
        else:
            status, body = 404, {"error": {"type": "invalid_request_error", "message": path}}
        if key and status == 200:
            self.answers[key] = body
        return status, body

    def session(self, method: str, rest: list[str], said: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if not rest:
            name = f"cs_test_{len(self.sessions) + 1}"
            self.sessions[name] = {
                "id": name,
                "object": "checkout.session",
                "url": f"{self.address}/pay/{name}",
                "status": "open",
                "payment_status": "unpaid",
                "payment_intent": None,
                "amount_total": int(said["line_items[0][price_data][unit_amount]"]),
                "currency": said["line_items[0][price_data][currency]"],
                "client_reference_id": said["client_reference_id"],
                "metadata": {"payment": said["metadata[payment]"]},
            }
            return 200, self.sessions[name]
        if rest[0] not in self.sessions:
            return 404, {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": rest[0]}}
        if rest[1:] == ["expire"] and method == "POST":
            self.sessions[rest[0]]["status"] = "expired"
        return 200, self.sessions[rest[0]]

    def refund(self, said: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.refuses:
            return 402, {"error": {"type": "card_error", "code": self.refuses, "message": "no"}}
        name = f"re_{len(self.refunds) + 1}"
        self.refunds[name] = {**said, "id": name, "object": "refund", "status": "succeeded", "amount": int(said["amount"])}
        return 200, self.refunds[name]

    # --- What happens at the provider's ---
    def pay(self, name: str) -> dict[str, Any]:
        """Somebody pays: the event as it is sent to the webhook."""
        session = self.sessions[name]
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": f"pi_{name}"}
        return {"id": f"evt_{name}", "object": "event", "type": "checkout.session.completed", "data": {"object": dict(session)}}

    def charge_refunded(self, name: str, units: int) -> dict[str, Any]:
        session = self.sessions[name]
        charge = {"id": f"ch_{name}", "object": "charge", "amount_refunded": units, "currency": session["currency"]}
        about = {**charge, "payment_intent": session["payment_intent"], "metadata": session["metadata"]}
        return {"id": f"evt_back_{name}_{units}", "object": "event", "type": "charge.refunded", "data": {"object": about}}


def signed(event: dict[str, Any], secret: str = SECRET, at: int | None = None) -> tuple[bytes, str]:
    """The call's body, and its signature as Stripe makes it."""
    body, at = json.dumps(event).encode(), at or int(time.time())
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={at},v1={digest}"


def handler_of(stripe: FakeStripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.reply("GET", {})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            self.reply("POST", {name: values[0] for name, values in parse_qs(raw).items()})

        def reply(self, method: str, said: dict[str, str]) -> None:
            with stripe.lock:
                status, answer = stripe.answer(method, urlsplit(self.path).path, said, self.headers.get("Idempotency-Key", ""))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler
