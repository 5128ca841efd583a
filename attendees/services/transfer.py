"""Passing a place on: one person's registration ends, another's begins with the same terms, and the place is never free between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Status, VoucherUse
from attendees.services import settlement
from attendees.services.registration import BY_STAFF, TRANSFER, Person, change_state, describe, hold_people, queue_to, start_round
from events.models import Event
from netevent.core.errors import DomainError
from netevent.core.locks import locked

if TYPE_CHECKING:
    from netevent.accounts.models import User

PASSED_ON = (Status.PENDING_APPROVAL, Status.AWAITING_PAYMENT, Status.CONFIRMED)
# What the next person has as it was booked, whatever the type costs today.
TERMS = ("price", "currency", "vat_rate", "discount", "pays_by")
TIMES = ("approved_at", "due_at")  # a new round would set them anew


def may_pass_on(attendee: Attendee) -> bool:
    """Whether the person may pass this place on themselves, now."""
    event = attendee.event
    return attendee.status in PASSED_ON and not attendee.first_entry_at and not event.is_cancelled and event.may_be_passed_on()


def pass_on(attendee: Attendee, person: Person, *, by: User | None = None, source: str = "page") -> Attendee:
    """Give this place, with its price and what was paid, to somebody else; their registration.

    Of a transfer and a cancel at one moment, or of two transfers, one wins. Both people are told; the badge of the one who leaves opens
    nothing any more.

    Raises:
        DomainError: `event_cancelled`, `too_late_to_transfer` (the person asks after the cut-off), `checked_in`, `no_place` (nothing that
            could be passed on, any more), or `not_possible`, which doesn't say whether the other person is registered here.
    """
    try:
        with transaction.atomic():
            return pass_on_in_transaction(attendee, person, by=by, source=source)
    except IntegrityError as error:  # registered with that address in this very moment
        raise not_possible() from error


def pass_on_in_transaction(attendee: Attendee, person: Person, *, by: User | None, source: str) -> Attendee:
    hold_people(attendee.event, [person])
    event = locked(attendee.event)  # nobody counts places while one is in two hands
    mine = Attendee.objects.select_related("attendee_type").get(pk=attendee.pk)
    mine.event = mine.attendee_type.event = event
    refuse_transfer(mine, source)
    theirs = row_for(event, person)
    describe(theirs, mine.attendee_type, person, source)
    take_terms(theirs, mine, TERMS)
    start_round(theirs, Status(mine.status), act=TRANSFER, source=source, by=by, tell=False)
    take_terms(theirs, mine, TIMES)
    theirs.save(update_fields=[*TIMES, "updated_at"])
    VoucherUse.objects.filter(VoucherUse.LIVE, attendee=mine).update(attendee=theirs, updated_at=timezone.now())
    if not change_state(mine, to=Status.CANCELLED, act=TRANSFER, by=by, source=source, reason=theirs.code):
        raise no_place()
    step = mine.steps.order_by("-pk")[0]
    settlement.pass_on(mine, theirs, step)
    queue_to(theirs, "transferred_to", step.pk)
    attendee.refresh_from_db()
    return theirs


def take_terms(theirs: Attendee, mine: Attendee, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(theirs, name, getattr(mine, name))


def refuse_transfer(mine: Attendee, source: str) -> None:
    if mine.event.is_cancelled:
        raise DomainError("event_cancelled", _("This event was called off."))
    if mine.status not in PASSED_ON:
        raise no_place()
    if mine.first_entry_at:
        raise DomainError("checked_in", _("Who is checked in can't pass on the place."))
    if source not in BY_STAFF and not mine.event.may_be_passed_on():
        raise DomainError("too_late_to_transfer", _("It is too late to pass on your place online. Please write to the organiser."))


def row_for(event: Event, person: Person) -> Attendee:
    """A row for the new person: a new one, or theirs of an earlier time that ended by itself."""
    known = list(Attendee.objects.filter(Q(email=person.email) | Q(user__email=person.email), event=event)[:2])
    if not known:
        return Attendee(event=event)
    if len(known) > 1 or known[0].is_active or known[0].status == Status.REJECTED:
        raise not_possible()
    known[0].event = event
    return known[0]


def no_place() -> DomainError:
    return DomainError("no_place", _("There is no place that could be passed on."))


def not_possible() -> DomainError:
    """The same sentence whatever the reason: who is registered here is nobody's to find out."""
    return DomainError(
        "not_possible", _("The place can't be passed on to this address. Please choose somebody else, or ask the organiser.")
    )
