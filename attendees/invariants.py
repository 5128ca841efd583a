"""What must be true of attendees whatever happened: asked by `audit_invariants`, one query each, ids and no names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery

from attendees.models import Attendee, CheckIn, Consent, Offer, Party, QuestionAnswer, RegistrationStep, Status
from attendees.services.places import Places, places_of_many
from events.models import Event, Visibility
from netevent.core.signals import Invariant


def promises() -> Iterator[Invariant]:
    yield Invariant("no_event_above_capacity", "no event and no attendee type holds more people than it has places", above_capacity())
    yield Invariant("kept_places_exist", "no more places are held and set aside together than there are", above_capacity(Places.taken))
    yield Invariant("one_active_registration", "a person has one registration at an event", twice_registered())
    yield Invariant("one_entry_each", "a checkpoint lets a person in as often as its rule says", let_in_twice())
    yield Invariant("entry_is_first_scan", "who counts as checked in has the scan to show for it", entry_without_scan())
    yield Invariant("type_of_same_event", "type, checkpoint and attendee belong to one event", of_another_event())
    yield Invariant("state_is_last_step", "a registration's state is the one its last step led to", state_without_step())
    yield Invariant("told_at_same_event", "questions answered and texts agreed to belong to the person's event", told_elsewhere())
    yield Invariant("queue_numbers_once", "no two people stand on the same spot of a waiting list", same_spot())
    yield Invariant("offer_is_state", "who is offered a place has one open offer, and nobody else has one", offer_apart_from_state())
    yield Invariant("party_in_one_state", "a party waits as one, and is offered places as one", torn_parties())
    yield Invariant("kept_for_who_waits", "no more places are set aside for a party than there are of it who wait", kept_for_nobody())


def rows(found: Any) -> list[dict[str, Any]]:
    return list(found[:100])


def held_at(places: Places, type_id: int | None = None) -> int:
    return places.held.total() if type_id is None else places.held[type_id]


def above_capacity(number: Callable[..., int] = held_at) -> list[dict[str, Any]]:
    """Where so many, of the event and of each type, are more than there are places."""
    broken = []
    limited = Q(max_attendees__isnull=False) | Q(attendee_types__capacity__isnull=False)
    for event, places in counted(Event.objects.filter(limited).distinct().order_by("pk")):
        if event.max_attendees is not None and number(places) > event.max_attendees:
            broken.append({"event": event.pk, "held": number(places), "places": event.max_attendees})
        for kind, capacity in places.capacity.items():
            if capacity is not None and number(places, kind) > capacity:
                broken.append({"event": event.pk, "type": kind, "held": number(places, kind), "places": capacity})
    return broken


def counted(events: QuerySet[Event]) -> Iterator[tuple[Event, Places]]:
    """In two queries for every few hundred events."""
    for some in batched(events.iterator(), 500):
        places = places_of_many(some)
        yield from ((event, places[event.pk]) for event in some)


def batched(events: Iterator[Event], size: int) -> Iterator[list[Event]]:
    while some := list(islice(events, size)):
        yield some


def twice_registered() -> list[dict[str, Any]]:
    people = Attendee.objects.exclude(email=None).values("event", "email").annotate(n=Count("pk")).filter(n__gt=1).order_by()
    return rows(people.values("event", "n"))


def let_in_twice() -> list[dict[str, Any]]:
    entries = CheckIn.objects.entries().filter(once_key__isnull=False).order_by()
    return rows(entries.values("checkpoint", "attendee", "once_key").annotate(n=Count("pk")).filter(n__gt=1))


def entry_without_scan() -> list[dict[str, Any]]:
    """The cached first entry is that of the earliest standing scan at the main checkpoint; none without one."""
    scans = CheckIn.objects.entries().filter(attendee=OuterRef("pk"), checkpoint__is_main=True).order_by()
    first = scans.values("attendee").annotate(at=Min("scanned_at")).values("at")
    told = Attendee.objects.annotate(first=Subquery(first))
    apart = Q(first_entry_at__isnull=True, first__isnull=False) | Q(first_entry_at__isnull=False, first__isnull=True)
    differ = Q(first_entry_at__isnull=False, first__isnull=False) & ~Q(first_entry_at=F("first"))
    return rows(told.filter(apart | differ).order_by("pk").values("pk", "event"))


def of_another_event() -> list[dict[str, Any]]:
    strays = rows(Attendee.objects.exclude(attendee_type__event=F("event")).order_by("pk").values("pk", "event", "attendee_type"))
    return strays + rows(CheckIn.objects.exclude(checkpoint__event=F("event")).order_by("pk").values("pk", "event", "checkpoint"))


def state_without_step() -> list[dict[str, Any]]:
    last = RegistrationStep.objects.filter(attendee=OuterRef("pk")).order_by("-pk").values("to_state")[:1]
    told = Attendee.objects.annotate(last=Subquery(last))
    return rows(told.filter(Q(last__isnull=True) | ~Q(last=F("status"))).order_by("pk").values("pk", "event", "status", "last"))


def told_elsewhere() -> list[dict[str, Any]]:
    answers = QuestionAnswer.objects.exclude(question__event=F("attendee__event")).order_by("pk")
    consents = Consent.objects.exclude(text__event=F("attendee__event")).order_by("pk")
    return rows(answers.values("attendee", "question")) + rows(consents.values("attendee", "text"))


def same_spot() -> list[dict[str, Any]]:
    waiting = Attendee.objects.filter(status=Status.WAITLISTED).order_by()
    return rows(waiting.values("event", "queue_number").annotate(n=Count("pk")).filter(n__gt=1))


def offer_apart_from_state() -> list[dict[str, Any]]:
    """The constraint says "at most one"; this says "exactly those"."""
    offers = Offer.objects.open()
    stray = rows(offers.exclude(attendee__status=Status.OFFERED).order_by("pk").values("pk", "attendee"))
    stray += rows(offers.exclude(attendee_type=F("attendee__attendee_type")).order_by("pk").values("pk", "attendee", "attendee_type"))
    bare = Attendee.objects.filter(status=Status.OFFERED).exclude(pk__in=offers.values("attendee"))
    return stray + rows(bare.order_by("pk").values("pk", "event"))


def torn_parties() -> list[dict[str, Any]]:
    waiting = Attendee.objects.filter(party__isnull=False, status__in=(Status.WAITLISTED, Status.OFFERED)).order_by()
    states, types = Count("status", distinct=True), Count("attendee_type", distinct=True)
    return rows(waiting.values("party").annotate(states=states, types=types).filter(Q(states__gt=1) | Q(types__gt=1)).order_by("party"))


def kept_for_nobody() -> list[dict[str, Any]]:
    """Of an event that was called off it is let go by the next sweep."""
    kept = Party.objects.filter(set_aside__gt=0).exclude(event__visibility=Visibility.CANCELLED)
    waits = Count("members", filter=Q(members__status=Status.WAITLISTED))
    return rows(kept.annotate(waits=waits).filter(set_aside__gt=F("waits")).order_by("pk").values("pk", "event", "set_aside", "waits"))
