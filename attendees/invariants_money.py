"""What must be true of money whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Round

from attendees.models import (
    Attendee,
    LedgerEntry,
    LedgerKind,
    Payment,
    Receipt,
    ReceiptSeries,
    Refund,
    RefundState,
    Status,
    Voucher,
)
from attendees.models.attendee import ENDED
from netevent.core.signals import Invariant

NOTHING = Decimal(0)


def promises() -> Iterator[Invariant]:
    yield Invariant(
        "charged_as_booked", "a standing place is charged at its price less its discount, one that ended is not", charged_otherwise()
    )
    yield Invariant("payments_in_ledger", "what came in and went back stands on the account, once each", not_in_ledger())
    yield Invariant("refunds_within_payment", "no more goes back than came in", refunded_too_much())
    yield Invariant("receipts_gapless", "receipts are numbered without gaps, by organiser and year", gaps())
    yield Invariant("receipt_for_each_payment", "each payment and each refund that was sent has its receipt", without_receipt())
    yield Invariant("vouchers_within_uses", "no voucher is used more often than it may be", used_too_often())


def rows(found: Any) -> list[dict[str, Any]]:
    return list(found[:100])


def sum_of(kinds: tuple[str, ...]) -> Any:
    lines = LedgerEntry.objects.filter(attendee=OuterRef("pk"), kind__in=kinds).order_by().values("attendee")
    return Coalesce(Subquery(lines.annotate(sum=Round(Sum("amount"), 2)).values("sum")), NOTHING)


def charged_otherwise() -> list[dict[str, Any]]:
    told = Attendee.objects.annotate(charged=sum_of((LedgerKind.CHARGE, LedgerKind.DISCOUNT)))
    owed = Q(status__in=(Status.AWAITING_PAYMENT, Status.CONFIRMED)) & ~Q(charged=Round(F("price") - F("discount"), 2))
    ended = Q(status__in=ENDED) & ~Q(charged=0)
    return rows(told.filter(owed | ended).order_by("pk").values("pk", "event", "status", "charged"))


def not_in_ledger() -> list[dict[str, Any]]:
    payments = Payment.objects.paid().filter(attendee=OuterRef("pk")).order_by().values("attendee")
    refunds = Refund.objects.filter(payment__attendee=OuterRef("pk"), state=RefundState.DONE).order_by().values("payment__attendee")
    told = Attendee.objects.annotate(
        came=Coalesce(Subquery(payments.annotate(sum=Round(Sum("amount"), 2)).values("sum")), NOTHING),
        back=Coalesce(Subquery(refunds.annotate(sum=Round(Sum("amount"), 2)).values("sum")), NOTHING),
        lines=sum_of((LedgerKind.PAYMENT, LedgerKind.REFUND)),
    )
    return rows(told.exclude(lines=Round(F("back") - F("came"), 2)).order_by("pk").values("pk", "event", "came", "back", "lines"))


def refunded_too_much() -> list[dict[str, Any]]:
    told = Payment.objects.annotate(back=Round(Sum("refunds__amount"), 2)).filter(back__gt=F("amount"))
    return rows(told.order_by("pk").values("pk", "amount", "back"))


def gaps() -> list[dict[str, Any]]:
    counted = Receipt.objects.order_by().values("organiser", "year").annotate(n=Count("pk"), last=Max("number"))
    given = {(row.organiser_id, row.year): row.last_number for row in ReceiptSeries.objects.all()}
    return [dict(row) for row in counted if not row["n"] == row["last"] == given.get((row["organiser"], row["year"]))][:100]


def without_receipt() -> list[dict[str, Any]]:
    payments = rows(Payment.objects.paid().filter(receipt__isnull=True).order_by("pk").values("pk"))
    refunds = rows(Refund.objects.filter(state=RefundState.DONE, credit_note__isnull=True).order_by("pk").values("pk", "payment"))
    return payments + refunds


def used_too_often() -> list[dict[str, Any]]:
    live = Count("uses", filter=Q(uses__returned_at__isnull=True) & ~Q(uses__attendee__status__in=ENDED), distinct=True)
    return rows(Voucher.objects.annotate(used=live).filter(used__gt=F("max_uses")).order_by("pk").values("pk", "event", "used", "max_uses"))
