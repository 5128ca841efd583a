"""The waiting list: who is offered a place that became free, and what becomes of the offer.

A freed place is never given away by whoever frees it. A worker asks who comes next, under the event's lock, and holds the place for that
person until the offer ends; a sweep each minute does the same for whatever was missed.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Offer, OfferState, Status
from attendees.models.waiting_list import OFFER_PURPOSE
from attendees.services.places import Places, lock_places, locked
from attendees.services.registration import change_state, message_to, next_in_queue, onward, refuse_clash
from events.models import Event, Visibility
from netevent.core import tokens
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from netevent.notifications.services import queue_messages

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from netevent.accounts.models import User

logger = logging.getLogger(__name__)
Row = TypeVar("Row")

BATCH = 50  # offers under one hold of the event's lock
JOB = "job"
STALE = timedelta(days=1)  # who waited for an event that began longer ago is told nothing any more


# --- Who may be offered a place ------------------------------------------------------------------------------------------------
def offers_end(event: Event) -> datetime:
    """No offer reaches beyond this: registration closes, or the event starts."""
    return min(event.starts_at, event.registration_closes_at or event.starts_at)


def makes_offers(event: Event, now: datetime | None = None) -> bool:
    return event.visibility in (Visibility.PUBLISHED, Visibility.UNLISTED) and (now or timezone.now()) < offers_end(event)


def offer_freed_places(event: Event) -> int:
    """Offer every free place to whoever comes next; how many offers were made. Any number of workers may call it at once."""
    made = 0
    while number := offer_batch(event):
        made += number
        if number < BATCH:
            break
    return made


@transaction.atomic
def offer_batch(event: Event) -> int:
    if not Attendee.objects.filter(event=event, status=Status.WAITLISTED).exists():
        return 0
    event, places = lock_places(event)
    if not makes_offers(event):
        return 0
    made = 0
    while made < BATCH and (attendee := next_in_line(event, places)):
        if make_offer(attendee, until=offers_end(event), by=None, source=JOB):
            places.held[attendee.attendee_type_id] += 1
            made += 1
    return made


def next_in_line(event: Event, places: Places) -> Attendee | None:
    """The first whose type has a place, while the event has one: the rule by which newcomers are kept behind those who wait."""
    if places.left() == 0:
        return None
    with_room = [type_id for type_id in places.capacity if places.type_has_place(type_id)]
    attendee = Attendee.objects.waiting().filter(event=event, attendee_type__in=with_room).select_related("attendee_type").first()
    if attendee is not None:
        attendee.event = attendee.attendee_type.event = event
    return attendee


def make_offer(attendee: Attendee, *, until: datetime, by: User | None, source: str) -> Offer | None:
    """Hold a place for this person; None when they left the queue meanwhile. The event is locked by the caller, who has counted."""
    if not change_state(attendee, to=Status.OFFERED, act="offer", by=by, source=source):
        return None
    nonce = tokens.new_nonce()
    return Offer.objects.create(
        attendee=attendee,
        attendee_type=attendee.attendee_type,
        nonce=nonce,
        digest=tokens.digest(tokens.derive(OFFER_PURPOSE, nonce)),
        expires_at=min(timezone.now() + timedelta(hours=attendee.event.offer_hours), until),
    )


# --- The person's answer -------------------------------------------------------------------------------------------------------
def offer_by_token(token: str) -> Offer | None:
    """The offer behind a link, also one that is over: its page says so."""
    rows = Offer.objects.filter(digest=tokens.digest(token), attendee__erased_at__isnull=True)
    return rows.select_related("attendee__event__venue", "attendee__event__room", "attendee__event__organiser", "attendee_type").first()


def open_offer_of(attendee: Attendee) -> Offer | None:
    return Offer.objects.open().filter(attendee=attendee).first() if attendee.status == Status.OFFERED else None


@transaction.atomic
def accept_offer(offer: Offer, *, by: User | None = None) -> bool:
    """Take the place and go on as everybody does: approval, payment, confirmed. False when it was taken already.

    Raises:
        DomainError: `offer_over`, or `clash` when the event takes nobody who is booked elsewhere at its hour.
    """
    attendee = take_up(offer, OfferState.ACCEPTED)
    if attendee is None:
        return False
    refuse_clash(attendee.event, email=attendee.email, user=attendee.user)
    return change_state(attendee, to=onward(attendee), act="accept", by=by, source="page")


@transaction.atomic
def decline_offer(offer: Offer, *, by: User | None = None) -> bool:
    """Let the place go to the next one, and leave the waiting list. False when that was said already.

    Raises:
        DomainError: `offer_over`.
    """
    attendee = take_up(offer, OfferState.DECLINED)
    return attendee is not None and change_state(attendee, to=Status.CANCELLED, act="decline", by=by, source="page", tell=False)


def take_up(offer: Offer, answer: OfferState) -> Attendee | None:
    """Whose offer it is, locked, so that answers and sweeps come one after the other; None when this was the answer already.

    Raises:
        DomainError: `offer_over`.
    """
    attendee = lock_offer(offer)
    if offer.state == answer:
        return None
    if offer.state != OfferState.OPEN or offer.expires_at <= timezone.now():
        raise DomainError("offer_over", _("This offer has ended. The place went to somebody else."))
    return attendee


def lock_offer(offer: Offer) -> Attendee:
    attendee = locked(offer.attendee)
    offer.refresh_from_db(fields=["state", "expires_at"])
    return attendee


# --- What staff do -------------------------------------------------------------------------------------------------------------
@transaction.atomic
def offer_by_hand(attendee: Attendee, *, by: User | None) -> Offer:
    """Offer a free place to somebody who waits, whatever their position and also after registration closed.

    Raises:
        DomainError: `not_waiting`, `event_cancelled`, `event_started`, or `sold_out` when there is no place.
    """
    event, places = lock_places(attendee.event)
    now = timezone.now()
    if event.is_cancelled:
        raise DomainError("event_cancelled", _("This event was called off."))
    if event.starts_at <= now:
        raise DomainError("event_started", _("This event has begun: register people at the desk instead."))
    fresh = Attendee.objects.select_related("attendee_type").get(pk=attendee.pk)
    fresh.event = fresh.attendee_type.event = event
    if fresh.status != Status.WAITLISTED:
        raise DomainError("not_waiting", _("This person is not on the waiting list."))
    if places.left(fresh.attendee_type_id) == 0:
        raise DomainError("sold_out", _("There is no place left."))
    until = offers_end(event) if now < offers_end(event) else event.starts_at
    offer = make_offer(fresh, until=until, by=by, source="admin")
    if offer is None:
        raise DomainError("not_waiting", _("This person is not on the waiting list."))
    return offer


@transaction.atomic
def withdraw_offer(offer: Offer, *, by: User | None, reason: str = "") -> bool:
    """Take an offer back. The person waits again, at the end, or the very next offer would be theirs. False when it was over."""
    event = locked(offer.attendee.event)
    attendee = lock_offer(offer)
    if offer.state != OfferState.OPEN:
        return False
    number = next_in_queue(event)
    return change_state(attendee, to=Status.WAITLISTED, act="withdraw_offer", by=by, source="admin", reason=reason, queue_number=number)


# --- The sweep -----------------------------------------------------------------------------------------------------------------
def tend() -> None:
    """All that time does to waiting lists. Each part is harmless when done twice, and a broken event holds up no other."""
    expire_offers()
    withdraw_late_offers()
    close_lists()
    tell_last_call()
    one_by_one(((event.pk, event) for event in events_that_wait()), offer_freed_places)


def one_by_one(rows: Iterable[tuple[int, Row]], act: Callable[[Row], int]) -> int:
    """Do it to each row, which comes with its event's id. What breaks is logged and left to the next sweep; how many were done."""
    done = 0
    for event_id, row in rows:
        try:
            done += act(row)
        except Exception:
            logger.exception("the waiting list of event %s was not looked after", event_id)
    return done


def events_that_wait() -> list[Event]:
    """With people on the waiting list, and still to come."""
    waiting = Attendee.objects.filter(event=OuterRef("pk"), status=Status.WAITLISTED)
    return [event for event in Event.objects.filter(Exists(waiting), starts_at__gt=timezone.now()).order_by("pk") if makes_offers(event)]


def expire_offers() -> int:
    """End what nobody answered in time; the places are free for the next. How many ended."""
    return end_offers(Offer.objects.overdue(), to=Status.EXPIRED, act="offer_ends")


def withdraw_late_offers() -> int:
    """Take back what was offered beyond a closing that was moved forward since; those people keep their spot. How many."""
    closing = F("attendee__event__registration_closes_at")
    late = Q(expires_at__gt=closing, created_at__lt=closing, attendee__event__registration_closes_at__lte=timezone.now())
    return end_offers(Offer.objects.open().filter(late), to=Status.WAITLISTED, act="withdraw_offer")


def end_offers(offers: QuerySet[Offer], *, to: Status, act: str) -> int:
    rows = ((offer.attendee.event_id, offer) for offer in offers.select_related("attendee"))
    return one_by_one(rows, partial(end_offer, to=to, act=act))


@transaction.atomic
def end_offer(offer: Offer, *, to: Status, act: str) -> bool:
    """False when the person answered first."""
    attendee = lock_offer(offer)
    return offer.state == OfferState.OPEN and change_state(attendee, to=to, act=act, by=None, source=JOB)


def tell_last_call() -> int:
    """Registration closed: whoever still waits is told once that no more offers come by themselves. How many were told."""
    now = timezone.now()
    closed = Attendee.objects.filter(
        status=Status.WAITLISTED,
        event__registration_closes_at__lte=now,
        event__registration_closes_at__gt=now - STALE,
        event__starts_at__gt=now,
        event__visibility__in=(Visibility.PUBLISHED, Visibility.UNLISTED),
        email__isnull=False,
    )
    people: dict[int, list[Attendee]] = defaultdict(list)
    for person in closed.order_by("pk"):
        people[person.event_id].append(person)
    return one_by_one(people.items(), tell_some)


@transaction.atomic
def tell_some(people: Sequence[Attendee]) -> int:
    """Who of one event has not been told."""
    told = set(Message.objects.filter(template="last_call", about__in=[person.about for person in people]).values_list("about", flat=True))
    return queue_messages([message_to(person, "last_call", 1) for person in people if person.email and person.about not in told])


def close_lists() -> int:
    """The event began: whoever still waits need wait no longer. How many were let go."""
    begun = Attendee.objects.filter(status=Status.WAITLISTED, event__starts_at__lte=timezone.now()).select_related("event", "attendee_type")
    return one_by_one(((person.event_id, person) for person in begun.order_by("pk")), let_go)


@transaction.atomic
def let_go(person: Attendee) -> bool:
    tell = person.event.is_public and not person.event.is_cancelled and person.event.starts_at > timezone.now() - STALE
    return change_state(person, to=Status.EXPIRED, act="close_list", by=None, source=JOB, tell=tell)
