"""Money at the entrance: whoever handles it takes what is open and lets the person in, in one act."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Answer, Attendee, CheckIn, Checkpoint, Payment
from attendees.services.amounts import amounts_of
from attendees.services.check_in import ScanResult, out_of_time, scan_attendee, wrong_type
from attendees.services.payments import mark_paid
from events.permissions import Right, allowed
from netevent.core.errors import DomainError
from netevent.core.locks import locked
from netevent.core.money import show_money

if TYPE_CHECKING:
    from netevent.accounts.models import User


@dataclass(frozen=True)
class Taken:
    """What the entrance answers, and the money that this very act noted: none when somebody else had taken it before."""

    result: ScanResult
    payment: Payment | None


def may_take(checkpoint: Checkpoint, by: User) -> bool:
    return allowed(by, Right.MONEY, checkpoint.event)


def shut_for(checkpoint: Checkpoint, attendee: Attendee) -> Answer | None:
    """What would keep this person out once they have paid: then no money is taken."""
    if checkpoint.event.is_cancelled:
        return Answer.EVENT_CANCELLED
    return out_of_time(checkpoint, timezone.now()) or wrong_type(checkpoint, attendee)


@transaction.atomic
def take_and_enter(*, checkpoint: Checkpoint, attendee: Attendee, amount: Decimal, method: str, scan_id: uuid.UUID, by: User) -> Taken:
    """Note that all that is open was paid here, and let the person in as any other scan would. Sent twice it is done once.

    Of two devices at the same moment one notes the money; the other is answered as a second scan. Where the entrance has to ask something
    the money is noted, and the answer says so.

    Args:
        amount: what the device showed as open: money of another amount is not noted.
        method: `cash` or `card`.

    Raises:
        DomainError: `not_allowed` (403), `amount_changed`, or what would keep the person out all the same: `too_early`, `wrong_type`, …
    """
    if not may_take(checkpoint, by):
        raise DomainError("not_allowed", _("Your role at this event does not include taking money."), status=403)
    locked(checkpoint.event)  # whoever else takes this person's money waits here
    person = locked(attendee)
    known = CheckIn.objects.filter(scan_id=scan_id).first()
    if known is not None and known.event_id == checkpoint.event_id:
        if is_answer(known, attendee):
            return Taken(scan_again(checkpoint, attendee, scan_id, by), payment_of(known))
        scan_id = uuid.uuid4()  # a page gone back to, or the scan that found out: it took no money
    payment = take(checkpoint, person, amount, method=method, scan_id=scan_id, by=by)
    return Taken(scan_again(checkpoint, attendee, scan_id, by), payment)


def is_answer(known: CheckIn, attendee: Attendee) -> bool:
    return known.attendee_id == attendee.pk and known.answer != Answer.UNPAID


def scan_again(checkpoint: Checkpoint, attendee: Attendee, scan_id: uuid.UUID, by: User) -> ScanResult:
    return scan_attendee(checkpoint=checkpoint, attendee=attendee, scan_id=scan_id, by=by, method="till")


def take(checkpoint: Checkpoint, person: Attendee, amount: Decimal, *, method: str, scan_id: uuid.UUID, by: User) -> Payment | None:
    """The row is locked. None when nothing is open any more."""
    still_open = amounts_of(person).still_open
    if not still_open:
        return None
    if (shut := shut_for(checkpoint, person)) is not None:
        raise DomainError(shut.value, shut.label)
    if amount != still_open:
        text = _("What is open has changed: it is %(amount)s now. Please scan again; nothing was noted.")
        raise DomainError("amount_changed", text % {"amount": show_money(still_open, person.currency)})
    return mark_paid(person, by=by, method=method, amount=amount, key=key_of(scan_id))


def key_of(scan_id: uuid.UUID) -> str:
    """Ties the payment to the scan that took it, and keeps it from being noted twice."""
    return f"door:{scan_id}"


def payment_of(check_in: CheckIn) -> Payment | None:
    """The money that was taken with this scan."""
    return Payment.objects.paid().filter(key=key_of(check_in.scan_id)).first()
