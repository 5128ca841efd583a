"""What messages about money show, read when they are sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from attendees.models import Attendee, Payment, PaymentState, PaysBy, Refund
from attendees.services.ledger import still_to_pay
from attendees.services.links import personal_token
from events.exports.ics import event_calendar
from netevent.core.dates import show_datetime
from netevent.core.money import show_money
from netevent.notifications.models import Message

TO_PAY = frozenset({"registered_awaiting_payment", "payment_reminder"})


def facts_of_money(message: Message, attendee: Attendee) -> dict[str, Any]:
    if message.template in TO_PAY:
        return facts_to_pay(attendee)
    if message.template == "paid":
        return facts_of_paid(attendee)
    if message.template in {"refunded", "refund_due", "cancelled"}:
        return facts_of_refund(message, attendee)
    return {}


def facts_to_pay(attendee: Attendee) -> dict[str, Any]:
    """The amount, until when, and for a bank transfer where to and under which reference."""
    facts = {
        "price": show_money(still_to_pay(attendee), attendee.currency),
        "due": show_datetime(attendee.due_at, attendee.event.time_zone),
        "pay_link": payment_link(attendee),
        "at_door": attendee.pays_by == PaysBy.DOOR,
    }
    if attendee.event.pays_by_transfer and attendee.pays_by in {"", PaysBy.TRANSFER}:
        organiser = attendee.event.organiser
        facts |= {"bank": organiser.bank_details, "payee": organiser.legal_name or organiser.name, "reference": attendee.code}
    return facts


def facts_of_paid(attendee: Attendee) -> dict[str, Any]:
    payment = (
        Payment.objects.filter(attendee=attendee, state=PaymentState.PAID).select_related("receipt").order_by("-paid_at", "-pk").first()
    )
    facts: dict[str, Any] = {"pay_link": payment_link(attendee)}
    if payment is not None:
        facts |= {"amount": show_money(payment.amount, payment.currency), "number": receipt_number(payment)}
    return facts | {"attachments": [(f"{attendee.event.code}.ics", "text/calendar", event_calendar(attendee.event))]}


def receipt_number(payment: Payment) -> str:
    receipt = getattr(payment, "receipt", None)
    return receipt.label if receipt else ""


def facts_of_refund(message: Message, attendee: Attendee) -> dict[str, Any]:
    """The one refund that was sent; or all that is on its way."""
    rows = Refund.objects.filter(payment__attendee=attendee).select_related("credit_note")
    if message.template == "refunded":
        version = message.key.rpartition(":")[2].partition(".")[0]
        refund = rows.filter(pk=version).first() if version.isdigit() else None
        number = refund.credit_note.label if refund and hasattr(refund, "credit_note") else ""
        amount = show_money(refund.amount, attendee.currency) if refund else ""
        return {"amount": amount, "number": number, "pay_link": payment_link(attendee)}
    due = sum((refund.amount for refund in rows.due()), start=attendee.price * 0)
    return {"amount": show_money(due, attendee.currency) if due else ""}


def payment_link(attendee: Attendee) -> str:
    """Opens the registration and goes on to its payment page."""
    return f"{settings.BASE_URL}{reverse('attendees:personal', args=[personal_token(attendee)])}?to=payment"
