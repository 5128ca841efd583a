"""Whose turn it is on a waiting list: people one by one, parties as a whole.

A party that needs more places than are free is passed over, so that no place stays empty. After three times freed places are kept for it, until
there are enough; a day before offers end that is over, and the places go to whoever comes next.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from attendees.models import AcceptedType, Attendee, Party, Voucher, VoucherUse
from attendees.services.accepted_types import accepted_with_room
from attendees.services.party_places import keep_places
from attendees.services.vouchers import has_kept_place, voucher_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attendees.services.places import Places
    from events.models import Event


@dataclass
class WaitingParty:
    """A party with those of it who wait, all for one type; it stands where the first of them stands."""

    party: Party
    people: list[Attendee]

    @property
    def type_id(self) -> int:
        return self.people[0].attendee_type_id

    @property
    def spot(self) -> tuple[int, int]:
        return spot_of(self.people[0])


@dataclass
class Turn:
    """Who is offered places next, and which parties before them got none because there were too few."""

    people: list[Attendee]
    passed: list[WaitingParty] = field(default_factory=list)


def spot_of(person: Attendee) -> tuple[int, int]:
    return -person.priority, person.queue_number or 0


def waiting_parties(event: Event) -> list[WaitingParty]:
    """In the order of the list, in one query."""
    members: dict[int, list[Attendee]] = defaultdict(list)
    rows = Attendee.objects.waiting().filter(event=event, party__isnull=False).select_related("attendee_type", "party__lead")
    for person in rows:
        person.event = person.attendee_type.event = event
        members[person.party_id or 0].append(person)
    return [WaitingParty(people[0].party, people) for people in members.values() if people[0].party is not None]


def next_turn(event: Event, places: Places, parties: Sequence[WaitingParty], *, keeps: bool) -> Turn | None:
    """The first for whom there are places. The event is locked; `keeps` is false once places are kept for no party any more."""
    single = first_single(event, places)
    passed: list[WaitingParty] = []
    for waiting in parties:
        if single is not None and spot_of(single) < waiting.spot:
            break
        if fits(waiting, places):
            return Turn(waiting.people, passed)
        if keeps and waiting.party.is_out_of_patience and keep_for(waiting, places):
            single = first_single(event, places)  # for whom there may be none now
        if places.type_has_place(waiting.type_id) and places.left() != 0:
            passed.append(waiting)
    return Turn([single], passed) if single is not None else None


def first_single(event: Event, places: Places) -> Attendee | None:
    """The first who waits alone and would take a type that has a place, while the event has one: the rule that keeps newcomers behind.

    Their type is then the one to be offered, their own before any other.
    """
    if places.left() == 0:
        return None
    with_room = [type_id for type_id in places.capacity if places.type_has_place(type_id)]
    would_take = Q(attendee_type__in=with_room)
    if places.flexible:
        would_take |= Q(Exists(AcceptedType.objects.filter(attendee=OuterRef("pk"), attendee_type__in=with_room).order_by()))
    waiting = Attendee.objects.waiting().filter(would_take, event=event, party__isnull=True)
    person = waiting.select_related("attendee_type").first()
    if person is not None:
        if person.attendee_type_id not in with_room:
            person.attendee_type = accepted_with_room(person, places) or person.attendee_type
        person.event = person.attendee_type.event = event
    return person


def turn_with_kept_place(event: Event, places: Places) -> Turn | None:
    """The first for whom a voucher keeps a place that nobody else can have: they wait because their type was full."""
    if not places.set_aside:
        return None
    keeping = VoucherUse.objects.filter(returned_at__isnull=True, voucher__in=Voucher.objects.keeping_places().filter(event=event))
    for person in Attendee.objects.waiting().filter(event=event, voucher_uses__in=keeping).select_related("attendee_type"):
        if has_kept_place(places, person.attendee_type_id, voucher_of(person)):
            person.event = person.attendee_type.event = event
            return Turn([person])
    return None


# --- Places for a party ------------------------------------------------------------------------------------------------------------
def fits(waiting: WaitingParty, places: Places) -> bool:
    """Are there places for all of them, with those that are kept for them?"""
    room = room_for(waiting, places)
    return room is None or room >= len(waiting.people)


def room_for(waiting: WaitingParty, places: Places) -> int | None:
    """How many places they could have; None when nothing limits it."""
    places.set_aside[waiting.type_id] -= waiting.party.set_aside
    room = places.left(waiting.type_id)
    places.set_aside[waiting.type_id] += waiting.party.set_aside
    return room


def keep_for(waiting: WaitingParty, places: Places) -> bool:
    """Set aside what is free; whether that was anything. Nothing for a party that there can never be enough places for."""
    limits = (places.max_attendees, places.capacity.get(waiting.type_id))
    if any(limit is not None and limit < len(waiting.people) for limit in limits):
        return False
    before = waiting.party.set_aside
    waiting.party.set_aside = keep_places(waiting.party, room_for(waiting, places) or 0)
    places.set_aside[waiting.type_id] += waiting.party.set_aside - before
    return waiting.party.set_aside != before


def pass_over(parties: Sequence[WaitingParty]) -> None:
    """Somebody behind them got a place that was one of too few for them."""
    Party.objects.filter(pk__in=[waiting.party.pk for waiting in parties]).update(skips=F("skips") + 1, updated_at=timezone.now())
    for waiting in parties:
        waiting.party.skips += 1
