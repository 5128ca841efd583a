"""A provider's notices: each is kept by its id first and applied once, in whatever order they come."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from attendees.models import Payment, PaymentState, ProviderNotice, Refund
from attendees.providers import Notice, Outcome
from attendees.services.payments import close_payment, receive
from attendees.services.refunds import note_refunded, take_back

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)


@transaction.atomic
def take_notice(provider: str, notice: Notice) -> bool:
    """Apply what a provider told; True for the one copy that was applied.

    Its row is inserted first: of copies at the same moment the others wait for that one, and find it applied.
    """
    row = claim_notice(provider, notice)
    if row is None:
        return False
    apply(provider, notice)
    ProviderNotice.objects.filter(pk=row.pk).update(applied_at=timezone.now())
    return True


def claim_notice(provider: str, notice: Notice) -> ProviderNotice | None:
    """The notice's own row, locked; None when another copy was applied."""
    row = ProviderNotice(provider=provider, notice_id=notice.id[:200], kind=notice.kind[:80], reference=notice.reference[:200])
    ProviderNotice.objects.bulk_create([row], ignore_conflicts=True)
    rows = ProviderNotice.objects.select_for_update().filter(provider=provider, notice_id=notice.id[:200])
    return rows.filter(applied_at=None).first()


def apply(provider: str, notice: Notice) -> None:
    if notice.outcome is None or notice.outcome == Outcome.OPEN:
        return
    if notice.outcome == Outcome.REFUND_FAILED:
        refund = Refund.objects.filter(key=notice.key, payment__provider=provider).select_related("payment").first()
        if notice.key and refund is not None:
            take_back(refund, notice.kind)
        return
    payment = payment_of(provider, notice)
    if payment is None:
        logger.warning("a notice of %s names no payment of ours: %s", provider, notice.kind)
        return
    DEEDS[notice.outcome](payment, notice)


def payment_of(provider: str, notice: Notice) -> Payment | None:
    """By our own key, which the provider carries; it may speak before we have kept its reference."""
    rows = Payment.objects.filter(provider=provider)
    found = rows.filter(key=notice.key).first() if notice.key else None
    return found or (rows.filter(reference=notice.reference).first() if notice.reference else None)


def note_paid(payment: Payment, notice: Notice) -> None:
    told = (notice.amount, notice.currency)
    if notice.amount is not None and told != (payment.amount, payment.currency):
        logger.error("payment %s is %s %s, and its provider says %s %s", payment.pk, payment.amount, payment.currency, *told)
        return
    receive(payment, reference=notice.reference or None)


def note_back(payment: Payment, notice: Notice) -> None:
    """What went back was paid before, whether that notice has come or not."""
    receive(payment)
    if notice.amount is not None:
        payment.refresh_from_db()
        note_refunded(payment, notice.amount)


def note_failed(payment: Payment, notice: Notice) -> None:
    close_payment(payment, PaymentState.FAILED)


def note_ended(payment: Payment, notice: Notice) -> None:
    close_payment(payment, PaymentState.ENDED)


DEEDS: dict[Outcome, Callable[[Payment, Notice], None]] = {
    Outcome.PAID: note_paid,
    Outcome.REFUNDED: note_back,
    Outcome.FAILED: note_failed,
    Outcome.ENDED: note_ended,
}
