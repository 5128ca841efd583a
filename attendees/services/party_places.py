"""Places kept for parties: how many count as held, and what becomes of them when somebody of a party leaves.

The party's row is locked last, after the event's and its members' rows: whoever leaves locks their own row first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef
from django.utils import timezone

from attendees.models import Attendee, Party, Status
from attendees.services.set_aside import SOURCES, Source
from netevent.core.locks import locked


def has_kept_places() -> Exists:
    return Exists(Party.objects.filter(event=OuterRef("event"), set_aside__gt=0).order_by())


def kept_places(events: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    """All of a party wait for one type; where none of them waits any more nothing is kept."""
    waiting = Attendee.objects.filter(event__in=events, status=Status.WAITLISTED, party__set_aside__gt=0).order_by()
    rows = waiting.values_list("event", "attendee_type", "party__set_aside", "party").distinct()
    return [(event, type_id, number) for event, type_id, number, _party in rows]


SOURCES.append(Source(exists=has_kept_places, count=kept_places))


def keep_places(party: Party, number: int) -> int:
    """Set so many places aside for this party, and no more than there are people who wait; how many it has now. The event is locked."""
    return write(locked(party), number)


def keep_no_more_than_wait(attendee: Attendee) -> None:
    """After a member left the waiting list: fewer places are enough."""
    if attendee.party_id:
        party = locked(Party(pk=attendee.party_id))
        write(party, party.set_aside)


def write(party: Party, number: int) -> int:
    waiting = party.members.filter(status=Status.WAITLISTED).count()
    kept = max(0, min(number, waiting))
    if kept != party.set_aside:
        Party.objects.filter(pk=party.pk).update(set_aside=kept, updated_at=timezone.now())
    return kept
