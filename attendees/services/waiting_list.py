"""The waiting list: who is offered a place that became free, and what becomes of the offer.

A freed place is never given away by whoever frees it. A worker asks who comes next, under the event's lock, and holds the place for that
person until the offer ends; a sweep each minute does the same for whatever was missed.
"""

from __future__ import annotations

import itertools
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

from attendees.models import Attendee, Offer, OfferState, Party, Status
from attendees.models.waiting_list import OFFER_PURPOSE
from attendees.services.accepted_types import accepted_with_room
from attendees.services.parties import change_together, lock_together
from attendees.services.party_places import keep_places
from attendees.services.places import lock_places, locked
from attendees.services.registration import message_to, move_to, next_in_queue, onward, refuse_clash
from attendees.services.turns import fits, next_turn, pass_over, turn_with_kept_place, waiting_parties
from attendees.services.vouchers import give_up_kept, has_place_for
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
KEPT_UNTIL = timedelta(days=1)  # before offers end: what is kept for parties goes to the next ones, while they can still answer
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
    parties = waiting_parties(event)
    made = 0
    while made < BATCH:
        turn = next_turn(event, places, parties, keeps=keeps_places(event)) or turn_with_kept_place(event, places)
        if turn is None:
            break
        offered = make_offers(turn.people, until=offers_end(event), by=None, source=JOB)
        parties = [waiting for waiting in parties if waiting.people is not turn.people]
        if offered:
            places.held[turn.people[0].attendee_type_id] += offered
            give_up_kept(turn.people[0], places)
            pass_over(turn.passed)
        if (party := turn.people[0].party) is not None:
            places.set_aside[turn.people[0].attendee_type_id] -= party.set_aside
        made += offered
    return made


def keeps_places(event: Event, now: datetime | None = None) -> bool:
    """Whether freed places are still kept for parties that they are too few for."""
    now = now or timezone.now()
    return makes_offers(event, now) and now < offers_end(event) - KEPT_UNTIL


def make_offers(people: Sequence[Attendee], *, until: datetime, by: User | None, source: str) -> int:
    """Hold places for a person, or for each of a party; to how many. One link answers for all, and is sent once.

    The event is locked by the caller, who has counted. What is offered is the type that the first one has here: whoever waits for another and
    would take this one too is moved to it, at today's price, for as long as the offer stands, and for good when it is accepted.
    """
    waiting = [person for person in lock_together(people[0]) if person.status == Status.WAITLISTED]
    ends = min(timezone.now() + timedelta(hours=people[0].event.offer_hours), until)
    waited_for = {person.pk: move_to(person, people[0].attendee_type) for person in waiting}
    change_together(waiting, to=Status.OFFERED, act="offer", by=by, source=source)
    offered = [person for person in waiting if person.status == Status.OFFERED]
    for person in offered:
        nonce = tokens.new_nonce()
        digest = tokens.digest(tokens.derive(OFFER_PURPOSE, nonce))
        told = {"attendee_type": person.attendee_type, "instead_of": waited_for[person.pk], "expires_at": ends}
        Offer.objects.create(attendee=person, nonce=nonce, digest=digest, **told)
    return len(offered)


# --- The person's answer -------------------------------------------------------------------------------------------------------
def offer_by_token(token: str) -> Offer | None:
    """The offer behind a link, also one that is over: its page says so."""
    rows = Offer.objects.filter(digest=tokens.digest(token), attendee__erased_at__isnull=True)
    return rows.select_related(
        "attendee__event__venue", "attendee__event__room", "attendee__event__organiser", "attendee_type", "instead_of"
    ).first()


def open_offer_of(attendee: Attendee) -> Offer | None:
    return Offer.objects.open().filter(attendee=attendee).first() if attendee.status == Status.OFFERED else None


@transaction.atomic
def accept_offer(offer: Offer, *, by: User | None = None) -> bool:
    """Take the place and go on as everybody does: approval, payment, confirmed. False when it was taken already.

    Raises:
        DomainError: `offer_over`, or `clash` when the event takes nobody who is booked elsewhere at its hour.
    """
    people = take_up(offer, OfferState.ACCEPTED)
    for person in people:
        refuse_clash(person.event, email=person.email, user=person.user)
    return change_together(people, to=onward, act="accept", by=by, source="page") > 0


@transaction.atomic
def decline_offer(offer: Offer, *, by: User | None = None) -> bool:
    """Let the place go to the next one, and leave the waiting list. False when that was said already.

    Raises:
        DomainError: `offer_over`.
    """
    people = take_up(offer, OfferState.DECLINED)
    return change_together(people, to=Status.CANCELLED, act="decline", by=by, source="page", tell=False) > 0


def take_up(offer: Offer, answer: OfferState) -> list[Attendee]:
    """Whose offer it is, with their party, locked, so that answers and sweeps come one after the other; nobody when this was the answer already.

    Raises:
        DomainError: `offer_over`.
    """
    people = lock_offer(offer)
    if offer.state == answer:
        return []
    if offer.state != OfferState.OPEN or offer.expires_at <= timezone.now():
        raise DomainError("offer_over", _("This offer has ended. The place went to somebody else."))
    return people


def lock_offer(offer: Offer) -> list[Attendee]:
    """What becomes of this offer becomes of all their party was offered with it."""
    offer.attendee.status = Status.OFFERED  # as it is while the offer is open
    people = lock_together(offer.attendee)
    offer.refresh_from_db(fields=["state", "expires_at"])
    return people


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
    party = next((waiting for waiting in waiting_parties(event) if fresh in waiting.people), None) if fresh.party_id else None
    if party is not None and not fits(party, places):
        raise DomainError("sold_out", _("There are not enough places left for the whole group."))
    if party is None and not has_place_for(fresh, places):
        if (other := accepted_with_room(fresh, places)) is None:
            raise DomainError("sold_out", _("There is no place left."))
        other.event, fresh.attendee_type = event, other
    until = offers_end(event) if now < offers_end(event) else event.starts_at
    made = make_offers([fresh], until=until, by=by, source="admin")
    offer = Offer.objects.open().filter(attendee=fresh).first() if made else None
    if offer is None:
        raise DomainError("not_waiting", _("This person is not on the waiting list."))
    return offer


@transaction.atomic
def withdraw_offer(offer: Offer, *, by: User | None, reason: str = "") -> bool:
    """Take an offer back. The person waits again, at the end, or the very next offer would be theirs. False when it was over."""
    event = locked(offer.attendee.event)
    people = lock_offer(offer)
    if offer.state != OfferState.OPEN:
        return False
    spots = dict(zip(people, itertools.count(next_in_queue(event)), strict=False))
    back = partial(change_together, to=Status.WAITLISTED, act="withdraw_offer", by=by, source="admin", reason=reason)
    return back(people, fields_of=lambda person: {"queue_number": spots[person]}) > 0


# --- The sweep -----------------------------------------------------------------------------------------------------------------
def tend() -> None:
    """All that time does to waiting lists. Each part is harmless when done twice, and a broken event holds up no other."""
    expire_offers()
    withdraw_late_offers()
    close_lists()
    tell_last_call()
    keep_no_longer()
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
    people = lock_offer(offer)
    return offer.state == OfferState.OPEN and change_together(people, to=to, act=act, by=None, source=JOB) > 0


def keep_no_longer() -> int:
    """What is kept for parties goes to the next ones, a day before offers end or when none are made any more. For how many that was over."""
    rows = Party.objects.filter(set_aside__gt=0).select_related("event")
    over = [(party.event_id, party) for party in rows if not keeps_places(party.event)]
    return one_by_one(over, free_kept_places)


@transaction.atomic
def free_kept_places(party: Party) -> int:
    event = locked(party.event)
    return 0 if keeps_places(event) else int(keep_places(party, 0) == 0)


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
    return change_together(lock_together(person), to=Status.EXPIRED, act="close_list", by=None, source=JOB, tell=tell) > 0
