"""A person's account at an event: what they owe is plus, what they paid is minus. Lines are added, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from attendees.models import LedgerEntry, LedgerKind, Payment, Refund
from attendees.models.money import cents
from netevent.core.currencies import rounded

if TYPE_CHECKING:
    from attendees.models import Attendee

NOTHING = Decimal(0)
CHARGES = (LedgerKind.CHARGE, LedgerKind.DISCOUNT)
Charges = Mapping[tuple[str, Decimal], Decimal]


def vat_share(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The VAT inside a price, rounded half up to the currency's own digits."""
    return rounded(amount * rate / (100 + rate), currency)


def paid(attendee: Attendee) -> Decimal:
    """What came in for this registration and stays: without what goes back, whether it is on its way or not, and without fees."""
    if attendee._state.adding:
        return NOTHING
    came = cents(Payment.objects.paid().filter(attendee=attendee).aggregate(sum=Sum("amount"))["sum"])
    if not came:
        return NOTHING
    back = cents(Refund.objects.filter(payment__attendee=attendee).aggregate(sum=Sum("amount"))["sum"])
    fees = cents(LedgerEntry.objects.filter(attendee=attendee, kind=LedgerKind.FEE).aggregate(sum=Sum("amount"))["sum"])
    return came - back - fees


def still_to_pay(attendee: Attendee) -> Decimal:
    """What is open of this registration's price, never below zero; costs no statement where nothing is to be paid."""
    return max(NOTHING, attendee.to_pay - paid(attendee)) if attendee.to_pay else NOTHING


def balance(attendee: Attendee) -> Decimal:
    """The sum of all lines: positive is to be paid, negative to be given back."""
    return LedgerEntry.objects.filter(attendee=attendee).balance()


def charged(attendee: Attendee) -> dict[tuple[str, Decimal], Decimal]:
    """What stands on the account as price and discount, by kind and VAT rate."""
    rows = LedgerEntry.objects.filter(attendee=attendee, kind__in=CHARGES).order_by().values_list("kind", "vat_rate")
    return {(kind, rate): cents(amount) for kind, rate, amount in rows.annotate(sum=Sum("amount"))}


def cost_of(attendee: Attendee) -> dict[tuple[str, Decimal], Decimal]:
    """Price and discount as booked now, in the ledger's words."""
    return {
        (LedgerKind.CHARGE.value, attendee.vat_rate): attendee.price,
        (LedgerKind.DISCOUNT.value, attendee.vat_rate): -attendee.discount,
    }


def bring_to(attendee: Attendee, wanted: Charges, *, known: Charges, cause: str) -> None:
    """Add what is missing until price and discount stand on the account as wanted. `cause` makes each line's key, once for ever."""
    lines = []
    for kind, rate in {**known, **wanted}:
        step = wanted.get((kind, rate), NOTHING) - known.get((kind, rate), NOTHING)
        if step:
            lines.append(line(attendee, kind, step, key=f"{kind}:{cause}:{rate.normalize():f}", rate=rate))
    LedgerEntry.objects.bulk_create(lines)


def line(attendee: Attendee, kind: str, amount: Decimal, *, key: str, rate: Decimal = NOTHING) -> LedgerEntry:
    """An unsaved line."""
    return LedgerEntry(
        event_id=attendee.event_id, attendee=attendee, key=key, kind=kind, amount=amount, currency=attendee.currency, vat_rate=rate
    )


def write_payment(payment: Payment) -> None:
    entry = line(payment.attendee, LedgerKind.PAYMENT, -payment.amount, key=f"payment:{payment.pk}")
    entry.currency = payment.currency
    entry.save()


def write_refund(refund: Refund) -> None:
    entry = line(refund.payment.attendee, LedgerKind.REFUND, refund.amount, key=f"refund:{refund.pk}")
    entry.currency = refund.payment.currency
    entry.save()
