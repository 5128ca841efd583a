"""What calling an event off, or moving it, means for the people who registered: hundreds at a time, each once, by a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone

from attendees.models import Attendee, LedgerEntry, LedgerKind, Offer, OfferState, Payment, Refund, RegistrationStep, Status
from attendees.services.calling_off_money import give_everything_back
from attendees.services.registration import message_to
from attendees.signals import registration_changed
from events.exports.ics import sequence_of
from netevent.jobs.services import enqueue
from netevent.notifications.services import queue_messages

if TYPE_CHECKING:
    from datetime import datetime

    from events.models import Event
    from netevent.accounts.models import User
    from netevent.jobs.models import Job

CALL_OFF, TELL_MOVED = "attendees.call_off", "attendees.tell_moved"
ACT = "call_off"
CHUNK = 500


# --- What it would mean ------------------------------------------------------------------------------------------------------
@dataclass
class Concerned:
    """Whom it concerns and what hangs on it: people by state, open offers and checkouts, paid money by currency."""

    states: dict[str, int] = field(default_factory=dict)
    without_address: int = 0
    offers: int = 0
    checkouts: int = 0
    money: dict[str, Decimal] = field(default_factory=dict)

    @property
    def people(self) -> int:
        return sum(self.states.values())


def concerned(event: Event) -> Concerned:
    """In eight queries, however many people there are."""
    active = Attendee.objects.filter(event=event).active()
    counts = dict(active.order_by().values_list("status").annotate(n=Count("pk")))
    return Concerned(
        states={state: counts[state] for state in Status.values if state in counts},
        without_address=active.filter(email__isnull=True).count(),
        offers=Offer.objects.open().filter(attendee__event=event).count(),
        checkouts=Payment.objects.open().filter(attendee__event=event).count(),
        money=money_kept(event),
    )


def money_kept(event: Event) -> dict[str, Decimal]:
    """What came in from whoever is registered and would go back: without what goes back already, and without fees."""
    active = Attendee.objects.filter(event=event).active().values("pk")
    kept: Counter[str] = Counter()
    came = Payment.objects.paid().filter(attendee__in=active).order_by().values_list("currency")
    back = Refund.objects.filter(payment__attendee__in=active).order_by().values_list("payment__currency")
    fees = LedgerEntry.objects.filter(attendee__in=active, kind=LedgerKind.FEE).order_by().values_list("currency")
    kept.update(dict(came.annotate(sum=Sum("amount"))))
    for rows in (back, fees):
        kept.subtract(dict(rows.annotate(sum=Sum("amount"))))
    return {currency: amount for currency, amount in sorted(kept.items()) if amount > 0}  # type: ignore[misc]  # decimals count as well


# --- Calling off -------------------------------------------------------------------------------------------------------------
def start_calling_off(event: Event, *, by: User | None, source: str) -> Job:
    """Order it in the transaction that calls the event off; twice is one job."""
    return enqueue(CALL_OFF, params={"event": event.pk, "source": source}, owner=by, scope=f"event:{event.pk}", key=f"call_off:{event.pk}")


@transaction.atomic
def end_some(event: Event, *, by: User | None, source: str) -> int:
    """End the next few hundred registrations, with their offers, checkouts and money, and tell their people; how many.

    Statements per chunk, not per person. Whoever was ended is not active any more: a second run passes them over, so nobody is told twice.
    """
    rows = Attendee.objects.filter(event=event).active().select_for_update(no_key=True, of=("self",)).order_by("pk")
    people = list(rows.select_related("attendee_type")[:CHUNK])
    if not people:
        return 0
    before = {person.pk: person.status for person in people}
    end_states(people, event)
    steps = write_steps(people, before, by=by, source=source)
    give_everything_back(list(zip(people, steps, strict=True)))
    queue_messages([message_to(person, "event_cancelled", step.pk) for person, step in zip(people, steps, strict=True) if person.email])
    for person, step in zip(people, steps, strict=True):
        registration_changed.send(sender=Attendee, attendee=person, step=step)
    return len(people)


def end_states(people: Sequence[Attendee], event: Event) -> None:
    """The rows are locked by the caller: nobody else changes them meanwhile."""
    now, keys = timezone.now(), [person.pk for person in people]
    ended = {"status": Status.CANCELLED, "queue_number": None, "due_at": None, "asked_again_at": None}
    Attendee.objects.filter(pk__in=keys).update(**ended, updated_at=now)
    Offer.objects.open().filter(attendee__in=keys).update(state=OfferState.WITHDRAWN, answered_at=now, updated_at=now)
    for person in people:
        person.event = event
        for name, value in ended.items():
            setattr(person, name, value)


def write_steps(people: Sequence[Attendee], before: Mapping[int, str], *, by: User | None, source: str) -> list[RegistrationStep]:
    """A step for each, in their order."""
    rows = RegistrationStep.objects.filter(attendee__in=before).order_by()
    rounds = dict(rows.values_list("attendee").annotate(last=Max("round")))
    reason = people[0].event.cancelled_reason or ""
    return RegistrationStep.objects.bulk_create(
        RegistrationStep(
            attendee=person,
            event=person.event,
            round=rounds.get(person.pk, 1),
            act=ACT,
            from_state=before[person.pk],
            to_state=person.status,
            attendee_type=person.attendee_type,
            price=person.price,
            by=by,
            source=source,
            reason=reason,
        )
        for person in people
    )


# --- Another date ------------------------------------------------------------------------------------------------------------
def start_telling(
    event: Event,
    *,
    old_starts_at: datetime,
    old_ends_at: datetime | None,
    reasons: Mapping[str, str],
    asks_again: bool,
    by: User | None,
    key: str = "",
) -> Job:
    """Order it in the transaction that moves the event: each person is told once, and asked again where that is meant.

    Of the same version of the event nobody is merely told twice, however often it is ordered.
    """
    params = {
        "event": event.pk,
        "asks_again": asks_again,
        "version": "" if asks_again else f"v{sequence_of(event)}",
        "reasons": dict(reasons),
        "old": [old_starts_at.isoformat(), old_ends_at.isoformat() if old_ends_at else ""],
    }
    return enqueue(TELL_MOVED, params=params, owner=by, scope=f"event:{event.pk}", key=key)


def people_after(event: Event, last: int) -> list[Attendee]:
    """The next few hundred who are registered or wait."""
    return list(Attendee.objects.filter(event=event, pk__gt=last).active().order_by("pk")[:CHUNK])


def tell_moved(people: Sequence[Attendee], *, params: Mapping[str, Any], version: int | str) -> None:
    """In the caller's transaction; the same version tells nobody twice."""
    if params["asks_again"]:
        keys = [person.pk for person in people]
        Attendee.objects.filter(pk__in=keys).active().update(asked_again_at=timezone.now(), updated_at=timezone.now())
    template = "event_postponed" if params["asks_again"] else "event_moved"
    messages = [message_to(person, template, version) for person in people if person.email]
    for message in messages:
        message.context = {"reason": text_for(params["reasons"], message.language), "old": params["old"]}
    queue_messages(messages)


def text_for(texts: Mapping[str, str], language: str) -> str:
    """In this language, else in the next of its chain that somebody wrote."""
    chain = settings.MODELTRANSLATION_FALLBACK_LANGUAGES["default"]
    return next((texts[code] for code in (language, *chain) if texts.get(code)), "")


def unanswered(event: Event) -> int:
    """How many were asked again whether they come, and have not said."""
    return Attendee.objects.filter(event=event, asked_again_at__isnull=False).active().count()
