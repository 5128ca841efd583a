"""Receipts and credit notes: numbered without gaps for each organiser and year, facts without names."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.utils import timezone

from attendees.models import Payment, Receipt, ReceiptKind, ReceiptSeries, Refund
from attendees.models.money import cents
from attendees.services.ledger import vat_share
from netevent.core.locks import locked

if TYPE_CHECKING:
    from attendees.models import Attendee
    from events.models import Organiser


def issue_receipt(payment: Payment) -> Receipt:
    """The receipt of money that came in; in the transaction that notes it, so that no number is ever missing."""
    attendee = payment.attendee
    vat = vat_share(payment.amount, attendee.vat_rate, payment.currency)
    return write(attendee, payment.amount, payment.currency, lines_of_payment(payment, vat), payment=payment)


def issue_credit_note(refund: Refund) -> Receipt:
    """Its VAT is what the refund takes off what stays, so that refunds in parts come to the receipt's VAT in the end."""
    known = Receipt.objects.filter(refund=refund).first()
    if known is not None:
        return known
    payment, attendee = refund.payment, refund.payment.attendee
    rate = rate_of(payment)
    before = cents(Receipt.objects.filter(refund__payment=payment).aggregate(sum=Sum("amount"))["sum"])
    was, now = payment.amount + before, payment.amount + before - refund.amount
    vat = vat_share(was, rate, payment.currency) - vat_share(now, rate, payment.currency)
    line = {"what": "refund", "type": attendee.attendee_type_id, "amount": str(-refund.amount), "vat_rate": str(rate), "vat": str(-vat)}
    return write(attendee, -refund.amount, payment.currency, [line], refund=refund)


def rate_of(payment: Payment) -> Decimal:
    """The VAT rate that its receipt was issued at."""
    receipt = Receipt.objects.filter(payment=payment).first()
    return Decimal(receipt.lines[0]["vat_rate"]) if receipt else payment.attendee.vat_rate


def lines_of_payment(payment: Payment, vat: Decimal) -> list[dict[str, Any]]:
    """One line; price and discount apart where the payment is for all of it at once."""
    attendee = payment.attendee
    facts = {"type": attendee.attendee_type_id, "vat_rate": str(attendee.vat_rate)}
    if not attendee.discount or payment.amount != attendee.to_pay:
        return [{"what": "place", "amount": str(payment.amount), "vat": str(vat), **facts}]
    whole = vat_share(attendee.price, attendee.vat_rate, payment.currency)
    return [
        {"what": "place", "amount": str(attendee.price), "vat": str(whole), **facts},
        {"what": "discount", "amount": str(-attendee.discount), "vat": str(vat - whole), **facts},
    ]


def write(
    attendee: Attendee,
    amount: Decimal,
    currency: str,
    lines: list[dict[str, Any]],
    *,
    payment: Payment | None = None,
    refund: Refund | None = None,
) -> Receipt:
    organiser, now = attendee.event.organiser, timezone.now()
    year = now.astimezone(ZoneInfo(organiser.time_zone)).year
    return Receipt.objects.create(
        organiser=organiser,
        attendee=attendee,
        payment=payment,
        refund=refund,
        year=year,
        number=next_number(organiser, year),
        kind=ReceiptKind.CREDIT_NOTE if refund else ReceiptKind.RECEIPT,
        lines=lines,
        amount=amount,
        currency=currency,
        issued_at=now,
    )


def next_number(organiser: Organiser, year: int) -> int:
    """The last row to be locked in a transaction; whoever comes next waits until this number is kept or given back."""
    ReceiptSeries.objects.bulk_create([ReceiptSeries(organiser=organiser, year=year)], ignore_conflicts=True)
    series = locked(ReceiptSeries.objects.get(organiser=organiser, year=year))
    series.last_number += 1
    series.save(update_fields=["last_number"])
    return series.last_number
