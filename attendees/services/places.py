"""Who gets a place: counted under the event's lock, in one home for pages, desk, import and audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet

from attendees.models import HOLDING, Attendee, Status
from events.models import AttendeeType, Event
from netevent.core.locks import locked
from netevent.core.prepared import prepared

__all__ = ["Places", "lock_places", "locked", "places_of"]


@dataclass
class Places:
    """Held and waiting by type id, and the limits they are held against. `None` is no limit."""

    max_attendees: int | None
    capacity: dict[int, int | None]
    held: Counter[int] = field(default_factory=Counter)
    waiting: Counter[int] = field(default_factory=Counter)

    def has_room(self, type_id: int) -> bool:
        """May a newcomer have a place now? Who waits goes first; who waits for a full type keeps nobody out of another."""
        limit = self.capacity.get(type_id)
        if limit is not None and self.held[type_id] + self.waiting[type_id] >= limit:
            return False
        ahead = sum(n for waited, n in self.waiting.items() if self.type_has_place(waited))
        return self.max_attendees is None or self.held.total() + ahead < self.max_attendees

    def type_has_place(self, type_id: int) -> bool:
        limit = self.capacity.get(type_id)
        return limit is None or self.held[type_id] < limit

    def left(self, type_id: int | None = None) -> int | None:
        """Capacity less what is held, for one type or the whole event; None when nothing limits it."""
        limits = [] if self.max_attendees is None else [self.max_attendees - self.held.total()]
        if type_id is not None and (limit := self.capacity.get(type_id)) is not None:
            limits.append(limit - self.held[type_id])
        return max(0, min(limits)) if limits else None

    def is_limited(self) -> bool:
        return self.max_attendees is not None or any(limit is not None for limit in self.capacity.values())


def places_of(event: Event) -> Places:
    """Today's count, in two queries however many people there are: good for pages, not for giving a place away (see `lock_places`)."""
    return count_into(Places(event.max_attendees, capacities(event)), event)


def capacities(event: Event) -> dict[int, int | None]:
    return {kind.pk: kind.capacity for kind in limits_of_types.all(event=event.pk)}


@prepared
def limits_of_types(event: Any) -> QuerySet[AttendeeType]:
    return AttendeeType.objects.filter(event=event).order_by().only("capacity")


@prepared
def counts_of_types(event: Any) -> QuerySet[Attendee, tuple[int, str, int]]:
    rows = Attendee.objects.filter(event=event, status__in=[*HOLDING, Status.WAITLISTED])
    return rows.values_list("attendee_type", "status").annotate(n=Count("pk")).order_by()


def count_into(places: Places, event: Event) -> Places:
    for type_id, status, n in counts_of_types.all(event=event.pk):
        if status == Status.PENDING_APPROVAL and not event.pending_holds_place:
            continue
        counter = places.waiting if status == Status.WAITLISTED else places.held
        counter[type_id] += n
    return places


def lock_places(event: Event) -> tuple[Event, Places]:
    """The event's row, locked, and the count that stays true until this transaction ends. Without any limit nothing is counted."""
    fresh = locked(event)
    places = Places(fresh.max_attendees, capacities(fresh))
    return fresh, count_into(places, fresh) if places.is_limited() else places


def places_of_many(events: Sequence[Event]) -> dict[int, Places]:
    """Today's count for several events, in two queries however many there are."""
    counted = {event.pk: Places(event.max_attendees, {}) for event in events}
    pending_counts = {event.pk: event.pending_holds_place for event in events}
    for event_id, type_id, capacity in AttendeeType.objects.filter(event__in=counted).order_by().values_list("event", "pk", "capacity"):
        counted[event_id].capacity[type_id] = capacity
    rows = Attendee.objects.filter(event__in=counted, status__in=HOLDING).order_by()
    for event_id, type_id, status, n in rows.values_list("event", "attendee_type", "status").annotate(n=Count("pk")):
        if status != Status.PENDING_APPROVAL or pending_counts[event_id]:
            counted[event_id].held[type_id] += n
    return counted
