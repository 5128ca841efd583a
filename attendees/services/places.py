"""Who gets a place: counted under the event's lock, in one home for pages, desk, import and audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet

from attendees.models import HOLDING, AcceptedType, Attendee, Status
from attendees.services.set_aside import ANY, any_set_aside, set_aside_of
from events.models import AttendeeType, Event
from netevent.core.locks import locked
from netevent.core.prepared import prepared

__all__ = ["Places", "lock_places", "locked", "places_of"]


@dataclass
class Places:
    """Held, waiting and set aside by type id, and the limits they are held against. `None` is no limit.

    Set aside is what nobody has and nobody may have but those it is kept for; under `ANY` what is kept for whichever type they will choose.
    """

    max_attendees: int | None
    capacity: dict[int, int | None]
    held: Counter[int] = field(default_factory=Counter)
    waiting: Counter[int] = field(default_factory=Counter)
    set_aside: Counter[int] = field(default_factory=Counter)
    flexible: list[tuple[int, frozenset[int]]] = field(default_factory=list)  # of those who wait: their type, and others that would do

    def has_room(self, type_id: int, size: int = 1) -> bool:
        """May a newcomer, or so many, have a place now? Who waits goes first; who waits for a full type keeps nobody out of another."""
        limit = self.capacity.get(type_id)
        if limit is not None and self.taken(type_id) + self.waiting_for(type_id) + size > limit:
            return False
        ahead = self.waiting_with_place()
        return self.max_attendees is None or self.taken() + ahead + size <= self.max_attendees

    def has_kept_room(self, type_id: int, kept_for: int) -> bool:
        """May somebody have a place of this type that is set aside for them, for the type itself or for `ANY`?

        They wait for nobody but, where any type will do, for those who wait for this one and could have a place of it now.
        """
        if kept_for not in (type_id, ANY) or self.set_aside[kept_for] <= 0:
            return False
        ahead = self.waiting_for(type_id) if self.left() else 0
        taken = self.held[type_id] if kept_for == type_id else self.taken(type_id) + ahead
        limit = self.capacity.get(type_id)
        return (limit is None or taken < limit) and (self.max_attendees is None or self.held.total() < self.max_attendees)

    def waiting_for(self, type_id: int) -> int:
        """How many would take this type, also those who wait for another one."""
        return self.waiting[type_id] + sum(type_id in others for _own, others in self.flexible)

    def waiting_with_place(self) -> int:
        """How many of those who wait could have a place of some type that they would take; each counts once."""
        own = sum(n for waited, n in self.waiting.items() if self.type_has_place(waited))
        return own + sum(not self.type_has_place(own) and any(map(self.type_has_place, others)) for own, others in self.flexible)

    def type_has_place(self, type_id: int) -> bool:
        limit = self.capacity.get(type_id)
        return limit is None or self.taken(type_id) < limit

    def left(self, type_id: int | None = None) -> int | None:
        """Capacity less what is held or set aside, for one type or the whole event; None when nothing limits it."""
        limits = [] if self.max_attendees is None else [self.max_attendees - self.taken()]
        if type_id is not None and (limit := self.capacity.get(type_id)) is not None:
            limits.append(limit - self.taken(type_id))
        return max(0, min(limits)) if limits else None

    def taken(self, type_id: int | None = None) -> int:
        """Held or set aside, for one type or the whole event."""
        if type_id is None:
            return self.held.total() + self.set_aside.total()
        return self.held[type_id] + self.set_aside[type_id]

    def is_limited(self) -> bool:
        return self.max_attendees is not None or any(limit is not None for limit in self.capacity.values())


def places_of(event: Event) -> Places:
    """Today's count, in two queries however many people there are: good for pages, not for giving a place away (see `lock_places`).

    Where something keeps places, what keeps them is asked too.
    """
    places, sets_aside = uncounted(event)
    return count_into(places, event, sets_aside=sets_aside)


def uncounted(event: Event) -> tuple[Places, bool]:
    """The limits, and whether any place may be set aside."""
    kinds = limits_of_types.all(event=event.pk)
    places = Places(event.max_attendees, {kind.pk: kind.capacity for kind in kinds})
    return places, places.is_limited() and any(kind.sets_aside for kind in kinds)


@prepared
def limits_of_types(event: Any) -> QuerySet[Any]:
    return AttendeeType.objects.filter(event=event).order_by().only("capacity").annotate(sets_aside=any_set_aside())


@prepared
def counts_of_types(event: Any) -> QuerySet[Attendee, tuple[int, str, int]]:
    rows = Attendee.objects.filter(event=event, status__in=[*HOLDING, Status.WAITLISTED])
    return rows.values_list("attendee_type", "status").annotate(n=Count("pk")).order_by()


def count_into(places: Places, event: Event, *, sets_aside: bool) -> Places:
    for type_id, status, n in counts_of_types.all(event=event.pk):
        if status == Status.PENDING_APPROVAL and not event.pending_holds_place:
            continue
        counter = places.waiting if status == Status.WAITLISTED else places.held
        counter[type_id] += n
    if places.waiting:
        places.flexible = flexible_at(event)
    if sets_aside:
        places.set_aside = set_aside_of([event.pk])[event.pk]
    return places


def flexible_at(event: Event) -> list[tuple[int, frozenset[int]]]:
    """Who waits and would take another type too: the type they wait for, and those."""
    told: dict[tuple[int, int], set[int]] = {}
    for attendee, own, other in accepted_at.all(event=event.pk, status=Status.WAITLISTED):
        told.setdefault((attendee, own), set()).add(other)
    return [(own, frozenset(others - {own})) for (_attendee, own), others in told.items()]


@prepared
def accepted_at(event: Any, status: Any) -> QuerySet[AcceptedType, tuple[int, int, int]]:
    rows = AcceptedType.objects.filter(attendee__event=event, attendee__status=status).order_by("pk")
    return rows.values_list("attendee", "attendee__attendee_type", "attendee_type")


def lock_places(event: Event) -> tuple[Event, Places]:
    """The event's row, locked, and the count that stays true until this transaction ends. Without any limit nothing is counted."""
    fresh = locked(event)
    places, sets_aside = uncounted(fresh)
    return fresh, count_into(places, fresh, sets_aside=sets_aside) if places.is_limited() else places


def places_of_many(events: Sequence[Event]) -> dict[int, Places]:
    """Today's count for several events, in two queries however many there are; what keeps places is asked where there is any."""
    counted = {event.pk: Places(event.max_attendees, {}) for event in events}
    pending_counts = {event.pk: event.pending_holds_place for event in events}
    kinds = AttendeeType.objects.filter(event__in=counted).order_by().annotate(sets_aside=any_set_aside())
    keeping = set()
    for event_id, type_id, capacity, sets_aside in kinds.values_list("event", "pk", "capacity", "sets_aside"):
        counted[event_id].capacity[type_id] = capacity
        keeping |= {event_id} if sets_aside else set()
    limited = [event_id for event_id in keeping if counted[event_id].is_limited()]
    for event_id, kept in set_aside_of(limited).items() if limited else ():
        counted[event_id].set_aside = kept
    rows = Attendee.objects.filter(event__in=counted, status__in=HOLDING).order_by()
    for event_id, type_id, status, n in rows.values_list("event", "attendee_type", "status").annotate(n=Count("pk")):
        if status != Status.PENDING_APPROVAL or pending_counts[event_id]:
            counted[event_id].held[type_id] += n
    return counted
