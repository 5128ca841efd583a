"""Ways to pay. One interface; which of them exist here is said by the settings."""

from __future__ import annotations

from django.conf import settings

from attendees.providers.base import BadNotice, Checkout, Notice, Outcome, Provider, ProviderError, Sent
from attendees.providers.stripe import StripeProvider
from attendees.providers.test import TestProvider
from attendees.providers.transfer import DoorProvider, TransferProvider

__all__ = ["BadNotice", "Checkout", "Notice", "Outcome", "Provider", "ProviderError", "Sent", "online", "provider_named"]

EVERY: dict[str, Provider] = {
    provider.name: provider for provider in (StripeProvider(), TestProvider(), TransferProvider(), DoorProvider())
}


def provider_named(name: str) -> Provider:
    """The provider of a payment, configured or not: what was paid through it stays its own.

    Raises:
        KeyError: there is none of this name.
    """
    return EVERY[name]


def online() -> Provider | None:
    """Where people pay online on this site: Stripe where it is configured, else the test provider where that may be, else nobody."""
    if settings.STRIPE_SECRET_KEY:
        return EVERY["stripe"]
    return EVERY["test"] if settings.PAYMENT_TEST_PROVIDER and not settings.IS_PRODUCTION else None
