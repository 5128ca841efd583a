"""The money of many registrations that end at once: what `settlement.settle` does for one, in a few statements for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone

from attendees.models import LedgerEntry, LedgerKind, Payment, PaymentState, Refund, VoucherUse
from attendees.models.money import cents

if TYPE_CHECKING:
    from attendees.models import Attendee, RegistrationStep

    Ended = tuple[Attendee, RegistrationStep]

NOTHING = Decimal(0)
CHARGES = (LedgerKind.CHARGE, LedgerKind.DISCOUNT)


def give_everything_back(ended: Sequence[Ended]) -> None:
    """Take charges back, end open checkouts, hand vouchers back and make all that was paid due to go back. Free registrations cost nothing.

    The rows are locked by the caller.
    """
    priced = [(person, step) for person, step in ended if person.price]
    if not priced:
        return
    keys, now = [person.pk for person, _step in priced], timezone.now()
    take_charges_back(priced)
    Payment.objects.open().filter(attendee__in=keys).update(state=PaymentState.ENDED, updated_at=now)
    VoucherUse.objects.filter(attendee__in=keys, returned_at__isnull=True).update(returned_at=now, updated_at=now)
    make_all_due(priced)


def take_charges_back(ended: Sequence[Ended]) -> None:
    people = {person.pk: (person, step) for person, step in ended}
    rows = LedgerEntry.objects.filter(attendee__in=people, kind__in=CHARGES).order_by().values_list("attendee", "kind", "vat_rate")
    charged = [(*people[pk], kind, rate, amount) for pk, kind, rate, amount in rows.annotate(sum=Sum("amount")) if cents(amount)]
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            event_id=person.event_id,
            attendee=person,
            key=f"{kind}:{step.pk}:{rate.normalize():f}",
            kind=kind,
            amount=-cents(amount),
            currency=person.currency,
            vat_rate=rate,
        )
        for person, step, kind, rate, amount in charged
    )


def make_all_due(ended: Sequence[Ended]) -> None:
    """A refund for each payment of which something is left, the newest first."""
    people = {person.pk: step for person, step in ended}
    payments: dict[int, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.paid().filter(attendee__in=people).annotate(back=Sum("refunds__amount")).order_by("-pk"):
        payments[payment.attendee_id].append(payment)
    if not payments:
        return
    rows = LedgerEntry.objects.filter(attendee__in=payments, kind=LedgerKind.FEE).order_by()
    fees = dict(rows.values_list("attendee").annotate(sum=Sum("amount")))
    refunds = [refund for pk, own in payments.items() for refund in refunds_of(own, fees.get(pk, NOTHING), people[pk])]
    Refund.objects.bulk_create(refunds)


def refunds_of(payments: Sequence[Payment], fee: Decimal, step: RegistrationStep) -> Iterable[Refund]:
    """What came in for one person, less what goes back already and what the organiser keeps."""
    parts = [(payment, payment.amount - cents(payment.back)) for payment in payments]  # type: ignore[attr-defined]
    left = sum((part for _payment, part in parts), NOTHING) - fee
    for payment, part in parts:
        amount = min(left, part)
        if amount > 0:
            yield Refund(payment=payment, key=f"step:{step.pk}:{payment.pk}"[:64], amount=amount, reason=step.act)
            left -= amount
