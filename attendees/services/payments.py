"""Money that comes in: noted once, whatever told us first, and followed by what it means for the place."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Payment, PaymentState, PaysBy, Status
from attendees.services.ledger import paid, still_to_pay, write_payment
from attendees.services.places import lock_places
from attendees.services.receipts import issue_receipt
from attendees.services.registration import change_state, queue_to, start_round
from attendees.services.settlement import OWED, make_due
from netevent.core.currencies import rounded
from netevent.core.errors import DomainError
from netevent.core.locks import locked

if TYPE_CHECKING:
    from datetime import datetime

    from netevent.accounts.models import User

LATE = frozenset({Status.EXPIRED, Status.CANCELLED})


def new_key() -> str:
    """Ours for a payment, and what its provider calls it by."""
    return get_random_string(40)


@transaction.atomic
def receive(payment: Payment, *, reference: str | None = None, source: str = "provider", by: User | None = None) -> bool:
    """The money of this payment is here: note it, number its receipt, and confirm the place, or make a refund due.

    Told ten times, by notices and by returning people at once, it does so once; True is for that once. Whoever pays after the place was
    given up gets it back where there is room; else, or when it was paid already, the money is due to go back and the person is told.
    """
    attendee = lock_account(payment)
    told = {"reference": reference} if reference else {}
    unpaid = Payment.objects.filter(pk=payment.pk).exclude(state=PaymentState.PAID)
    now = timezone.now()
    if not unpaid.update(state=PaymentState.PAID, paid_at=now, updated_at=now, **told):
        return False
    payment = Payment.objects.get(pk=payment.pk)
    payment.attendee = attendee
    write_payment(payment)
    issue_receipt(payment)
    place_after(attendee, payment, source=source, by=by)
    return True


def lock_account(payment: Payment) -> Attendee:
    """Event first, then attendee, as everywhere; read afresh."""
    row = Attendee.objects.select_related("event").get(pk=payment.attendee_id)
    event = locked(row.event)
    attendee = locked(row)
    attendee.event = event
    return attendee


def place_after(attendee: Attendee, payment: Payment, *, source: str, by: User | None) -> None:
    if attendee.status in LATE:
        back_in = take_place_again(attendee, source=source, by=by)
        if not back_in:
            too_much(attendee, payment.amount, payment, reason="late")
        return
    if attendee.status not in OWED:
        too_much(attendee, payment.amount, payment, reason="not_due")
        return
    if (over := paid(attendee) - attendee.to_pay) > 0:
        too_much(attendee, min(over, payment.amount), payment, reason="paid_twice")
    if attendee.status == Status.AWAITING_PAYMENT and not still_to_pay(attendee):
        end_other_tries(attendee, payment)
        change_state(attendee, to=Status.CONFIRMED, act="pay", by=by, source=source)


def take_place_again(attendee: Attendee, *, source: str, by: User | None) -> bool:
    """Paid after the place was given up: theirs again when there is room, nobody waits for it, and the event is still to come."""
    event, places = lock_places(attendee.event)
    enough = paid(attendee) >= attendee.to_pay
    if not enough or event.is_cancelled or event.is_over() or not places.has_room(attendee.attendee_type_id):
        return False
    start_round(attendee, Status.CONFIRMED, act="pay_late", source=source, by=by, tell=True)
    return True


def too_much(attendee: Attendee, amount: Decimal, payment: Payment, *, reason: str) -> None:
    if make_due(attendee, amount, reason=reason, key=f"{reason}:{payment.pk}"):
        queue_to(attendee, "refund_due", payment.pk)


def end_other_tries(attendee: Attendee, payment: Payment) -> None:
    others = Payment.objects.open().filter(attendee=attendee).exclude(pk=payment.pk)
    others.update(state=PaymentState.ENDED, updated_at=timezone.now())


def close_payment(payment: Payment, state: PaymentState) -> bool:
    """A try that led to nothing; one that was paid stays paid, whatever is told later."""
    return bool(Payment.objects.open().filter(pk=payment.pk).update(state=state, updated_at=timezone.now()))


# --- By hand -----------------------------------------------------------------------------------------------------------------
@transaction.atomic
def mark_paid(attendee: Attendee, *, by: User | None, method: str, amount: Decimal | None = None, note: str = "", key: str = "") -> Payment:
    """An organiser saw the money: all that is open, or the amount they name. `key` says what for, where it must not be noted twice.

    Raises:
        DomainError: `nothing_to_pay`, `bad_amount`.
    """
    event = locked(attendee.event)
    fresh = locked(attendee)
    fresh.event = event
    open_amount = still_to_pay(fresh)
    if fresh.status not in OWED or not open_amount:
        raise DomainError("nothing_to_pay", _("There is nothing to pay."))
    amount = open_amount if amount is None else amount
    if amount <= 0 or amount != rounded(amount, fresh.currency):
        raise DomainError("bad_amount", _("This amount can't be paid."), status=422, fields={"amount": _("This amount can't be paid.")})
    payment = Payment.objects.create(
        attendee=fresh,
        provider="door" if method in {PaysBy.DOOR, "cash", "card"} else "transfer",
        key=key or new_key(),
        amount=amount,
        currency=fresh.currency,
        method=method,
        by=by,
        note=note,
    )
    receive(payment, source="desk", by=by)
    attendee.refresh_from_db()
    return payment


@transaction.atomic
def choose_how(attendee: Attendee, pays_by: str) -> None:
    """How the person means to pay: by transfer the event's term holds, at the door none. What is being paid online is not touched.

    Raises:
        DomainError: `not_offered`.
    """
    offered = {PaysBy.TRANSFER: attendee.event.pays_by_transfer, PaysBy.DOOR: attendee.event.pays_at_door}
    if not offered.get(cast(PaysBy, pays_by), False):
        raise DomainError("not_offered", _("This event can't be paid in this way."), status=422)
    due = None if pays_by == PaysBy.DOOR else term_of(attendee)
    waiting = Attendee.objects.filter(pk=attendee.pk, status=Status.AWAITING_PAYMENT)
    waiting.update(pays_by=pays_by, due_at=due, updated_at=timezone.now())
    attendee.refresh_from_db(fields=["pays_by", "due_at"])


def term_of(attendee: Attendee) -> datetime:
    """The event's payment term, from the step that made the price due; coming back to it later wins no more time."""
    step = attendee.steps.filter(to_state=Status.AWAITING_PAYMENT).order_by("-pk").first()
    since = step.at if step else timezone.now()
    return min(since + timedelta(days=attendee.event.payment_term_days), attendee.event.until)
