"""What `doctor` says about payments."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from netevent.core.signals import Finding, doctor_checks


@receiver(doctor_checks, dispatch_uid="attendees.doctor_payments")
def look_at_payments(**kwargs: Any) -> Finding:
    """How people may pay online here, and what is missing for it."""
    if settings.STRIPE_SECRET_KEY and not settings.STRIPE_WEBHOOK_SECRET:
        fix = "Set STRIPE_WEBHOOK_SECRET to the signing secret of the webhook."
        return Finding("payments", "problem", "through Stripe, but none of its notices can be believed", fix)
    if settings.STRIPE_SECRET_KEY:
        return Finding("payments", "ok", f"through Stripe at {settings.STRIPE_API_BASE or 'its own address'}")
    if settings.PAYMENT_TEST_PROVIDER:
        return Finding("payments", "ok", "through the test provider: no money moves")
    return Finding("payments", "hint", "by bank transfer and at the door only", "Set STRIPE_SECRET_KEY to take payments online.")
