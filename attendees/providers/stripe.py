"""Stripe Checkout, through the official library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import stripe
from babel.numbers import get_currency_precision
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.providers.base import BadNotice, Checkout, Notice, Outcome, Provider, ProviderError, Sent

if TYPE_CHECKING:
    from attendees.models import Payment, Refund

SHORTEST = timedelta(minutes=31)  # Stripe keeps a page open for half an hour at least; ours may end before it
TIMEOUT_SECONDS = 20
LANGUAGES = frozenset({"en", "nl", "de", "fr", "es", "it", "pl"})
PAYMENT_KINDS = {
    "checkout.session.completed": Outcome.PAID,
    "checkout.session.async_payment_succeeded": Outcome.PAID,
    "checkout.session.async_payment_failed": Outcome.FAILED,
    "checkout.session.expired": Outcome.ENDED,
}
# Stripe counts these in hundredths although they have no smaller coin, and refuses parts of a whole.
IN_HUNDREDTHS = frozenset({"ISK", "UGX", "HUF", "TWD"})


def minor_units(amount: Decimal, currency: str) -> int:
    """`12.34 EUR` → 1234, `500 JPY` → 500: as Stripe counts."""
    return int(amount.scaleb(digits_of(currency)).to_integral_exact())


def from_minor_units(units: int, currency: str) -> Decimal:
    return Decimal(units).scaleb(-digits_of(currency))


def digits_of(currency: str) -> int:
    return 2 if currency.upper() in IN_HUNDREDTHS else get_currency_precision(currency.upper())


class StripeProvider(Provider):
    name = "stripe"
    label = _("Card or other online payment")
    is_online = True
    origins = ("https://checkout.stripe.com",)

    def client(self) -> stripe.StripeClient:
        address: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {}
        return stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            base_addresses=address,
            max_network_retries=1,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        )

    def create_checkout(self, payment: Payment, *, back: str, away: str, text: str) -> Checkout:
        params: Any = {
            "mode": "payment",
            "client_reference_id": payment.key,
            "line_items": [{"quantity": 1, "price_data": price_data(payment, text)}],
            "metadata": {"payment": payment.key},
            "payment_intent_data": {"metadata": {"payment": payment.key}},
            "success_url": back,
            "cancel_url": away,
            "expires_at": int(max(payment.expires_at or timezone.now(), payment.created_at + SHORTEST).timestamp()),
        }
        if payment.attendee.email:
            params["customer_email"] = payment.attendee.email
        if payment.attendee.language in LANGUAGES:
            params["locale"] = payment.attendee.language
        session = asked(lambda: self.client().v1.checkout.sessions.create(params, {"idempotency_key": f"checkout:{payment.key}"}))
        return Checkout(session.id, session.url or "")

    def fetch(self, payment: Payment) -> Outcome:
        if not payment.reference:
            return Outcome.OPEN
        reference = payment.reference
        return state_of(asked(lambda: self.client().v1.checkout.sessions.retrieve(reference)))

    def end(self, payment: Payment) -> None:
        if (reference := payment.reference) and self.fetch(payment) == Outcome.OPEN:
            asked(lambda: self.client().v1.checkout.sessions.expire(reference))

    def parse_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        if not settings.STRIPE_WEBHOOK_SECRET:
            raise BadNotice("no_secret")
        try:
            stripe.WebhookSignature.verify_header(body.decode(), headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRET, 300)
            event = json.loads(body)
            return notice_of(event["id"], event["type"], event["data"]["object"])
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadNotice(type(error).__name__) from error

    def refund(self, refund: Refund) -> Sent:
        payment = refund.payment
        reference = payment.reference or ""
        session = asked(lambda: self.client().v1.checkout.sessions.retrieve(reference))
        params: Any = {
            "payment_intent": str(session.payment_intent or ""),
            "amount": minor_units(refund.amount, payment.currency),
            "metadata": {"refund": refund.key, "payment": payment.key},
        }
        sent = asked(lambda: self.client().v1.refunds.create(params, {"idempotency_key": f"refund:{refund.key}"}))
        if sent.status in {"failed", "canceled"}:
            raise ProviderError(sent.failure_reason or sent.status or "failed")
        return Sent(sent.id, sent.status == "succeeded")


def price_data(payment: Payment, text: str) -> dict[str, Any]:
    return {
        "currency": payment.currency.lower(),
        "unit_amount": minor_units(payment.amount, payment.currency),
        "product_data": {"name": text[:250]},
    }


def asked(act: Any) -> Any:
    """What Stripe answers; whatever goes wrong is told in a word, for the desk."""
    try:
        return act()
    except stripe.StripeError as error:
        raise ProviderError(error.code or type(error).__name__) from error


def state_of(session: Any) -> Outcome:
    if session.payment_status in {"paid", "no_payment_required"}:
        return Outcome.PAID
    return Outcome.ENDED if session.status == "expired" else Outcome.OPEN


def notice_of(notice_id: str, kind: str, about: dict[str, Any]) -> Notice:
    currency = str(about.get("currency") or "").upper()
    key = (about.get("metadata") or {}).get("payment", "")
    if kind in PAYMENT_KINDS:
        outcome: Outcome | None = PAYMENT_KINDS[kind]
        if kind == "checkout.session.completed" and about.get("payment_status") != "paid":
            outcome = Outcome.OPEN  # the bank has the last word, later
        total = about.get("amount_total")
        amount = from_minor_units(total, currency) if total is not None and currency else None
        return Notice(notice_id, kind, outcome, about["id"], about.get("client_reference_id") or key, amount, currency)
    if kind == "charge.refunded":
        return Notice(notice_id, kind, Outcome.REFUNDED, "", key, from_minor_units(about["amount_refunded"], currency), currency)
    if kind == "refund.failed":
        refund_key = (about.get("metadata") or {}).get("refund", "")
        return Notice(notice_id, kind, Outcome.REFUND_FAILED, about["id"], refund_key, None, currency)
    return Notice(notice_id, kind)
