"""Demo: what people owe and paid, with receipts, and a voucher to try."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from attendees.models import (
    Attendee,
    LedgerEntry,
    LedgerKind,
    Payment,
    PaymentState,
    Receipt,
    ReceiptKind,
    ReceiptSeries,
    Status,
    Voucher,
    VoucherKind,
)
from attendees.services.ledger import line, vat_share
from attendees.services.receipts import lines_of_payment
from attendees.services.settlement import OWED
from events.models import Event
from netevent.core.demo import Demo

BANK = "NL91 ABNA 0417 1643 00\nDemo Bank, Utrecht"


def settle_people(demo: Demo, event: Event, people: list[Attendee]) -> None:
    """Prices are charged, and whoever is confirmed has paid by bank transfer; in bulk, as the people were made."""
    owing = [attendee for attendee in people if attendee.price and attendee.status in OWED]
    if not owing:
        return
    charges = [line(row, LedgerKind.CHARGE, row.price, key=f"charge:demo:{row.pk}", rate=row.vat_rate) for row in owing]
    payments = Payment.objects.bulk_create(payment_of(row) for row in owing if row.status == Status.CONFIRMED)
    paid = [line(row.attendee, LedgerKind.PAYMENT, -row.amount, key=f"payment:{row.pk}") for row in payments]
    LedgerEntry.objects.bulk_create([*charges, *paid], batch_size=500)
    give_receipts(event, payments)
    demo.count("payments", len(payments))


def payment_of(attendee: Attendee) -> Payment:
    at: Any = getattr(attendee, "wanted_at", timezone.now())
    return Payment(
        attendee=attendee,
        provider="transfer",
        key=f"demo-{attendee.pk}",
        amount=attendee.price,
        currency=attendee.currency,
        state=PaymentState.PAID,
        method="transfer",
        paid_at=at,
    )


def give_receipts(event: Event, payments: list[Payment]) -> None:
    year = timezone.now().astimezone(event.zone).year
    series, _made = ReceiptSeries.objects.get_or_create(organiser=event.organiser, year=year)
    receipts = [receipt_of(payment, event, year, number) for number, payment in enumerate(payments, series.last_number + 1)]
    Receipt.objects.bulk_create(receipts, batch_size=500)
    series.last_number += len(receipts)
    series.save(update_fields=["last_number"])


def receipt_of(payment: Payment, event: Event, year: int, number: int) -> Receipt:
    vat = vat_share(payment.amount, payment.attendee.vat_rate, payment.currency)
    return Receipt(
        organiser=event.organiser,
        attendee=payment.attendee,
        payment=payment,
        year=year,
        number=number,
        kind=ReceiptKind.RECEIPT,
        lines=lines_of_payment(payment, vat),
        amount=payment.amount,
        currency=payment.currency,
    )


def make_vouchers(event: Event) -> None:
    """`FRIENDS` takes a quarter off, `TEAM` makes one of five places free."""
    organiser = event.organiser
    organiser.bank_details = organiser.bank_details or BANK
    organiser.save(update_fields=["bank_details", "updated_at"])
    Voucher.objects.get_or_create(event=event, code="FRIENDS", defaults={"kind": VoucherKind.PERCENT, "value": Decimal(25)})
    Voucher.objects.get_or_create(event=event, code="TEAM", defaults={"kind": VoucherKind.FREE, "max_uses": 5, "reserves_places": True})
