"""A provider for trying things: its page is our own, and no money moves. It exists in development only; production refuses it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendees.providers.base import BadNotice, Checkout, Notice, Outcome, Provider, ProviderError, Sent

if TYPE_CHECKING:
    from attendees.models import Payment, Refund

SIGNATURE = "X-Test-Signature"
KEPT_SECONDS = 7 * 24 * 3600


def signer() -> Signer:
    return Signer(salt="attendees.providers.test")


class TestProvider(Provider):
    name = "test"
    label = _("Online (a trial: no money moves)")
    is_online = True
    __test__ = False  # for pytest, which takes the name for a test

    def create_checkout(self, payment: Payment, *, back: str, away: str, text: str) -> Checkout:
        cache.set(place_of(payment.key), {"outcome": Outcome.OPEN.value, "back": back, "away": away}, KEPT_SECONDS)
        return Checkout(f"test_{payment.key}", f"{settings.BASE_URL}{reverse('attendees:test-payment', args=[payment.key])}")

    def fetch(self, payment: Payment) -> Outcome:
        return Outcome((cache.get(place_of(payment.key)) or {}).get("outcome", Outcome.OPEN))

    def end(self, payment: Payment) -> None:
        self.decide(payment.key, Outcome.ENDED)

    def decide(self, key: str, outcome: Outcome) -> None:
        """What a button of its page does: once paid it stays paid."""
        known = cache.get(place_of(key)) or {}
        if known.get("outcome") != Outcome.PAID:
            cache.set(place_of(key), {**known, "outcome": outcome.value}, KEPT_SECONDS)

    def addresses(self, key: str) -> tuple[str, str]:
        """Where its page leads after paying, and after turning back; empty for a payment it doesn't know."""
        known = cache.get(place_of(key)) or {}
        return known.get("back", ""), known.get("away", "")

    def parse_notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        if not settings.PAYMENT_TEST_PROVIDER or settings.IS_PRODUCTION:
            raise BadNotice("not_here")
        try:
            signer().unsign(f"{hashlib.sha256(body).hexdigest()}:{headers.get(SIGNATURE, '')}")
            said = json.loads(body)
            return Notice(said["id"], f"test.{said['outcome']}", Outcome(said["outcome"]), said.get("reference", ""), said["key"])
        except (BadSignature, ValueError, KeyError, TypeError) as error:
            raise BadNotice(type(error).__name__) from error

    def refund(self, refund: Refund) -> Sent:
        if refund.payment.reference is None:
            raise ProviderError("unknown_payment")
        return Sent(f"test_{refund.key}", is_done=True)


def signed_notice(body: bytes) -> str:
    """The header that goes with a notice of this provider."""
    return signer().signature(hashlib.sha256(body).hexdigest())


def place_of(key: str) -> str:
    return f"test-payment:{key}"
