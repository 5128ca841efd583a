"""Registering where there are plenty of places: write first, lock and count last.

Whoever registers holds the event's row from the count to the end of their transaction, and everybody else waits. Counting first, as near the
limit one must, holds it for all that is written in between; counting last, for the count alone. What is written in vain when the count says
no is taken back with its transaction, and the careful way follows: `register_in_transaction`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import caches
from django.db import connection

from attendees.models import Attendee
from attendees.services.consents import give_consents
from attendees.services.places import Places, lock_places
from attendees.services.questions import take_answers
from attendees.services.registration import Registered, admit, first_state, hold_people, known_or_code, refuse_when_closed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from attendees.models import ConsentText
    from attendees.services.registration import Person
    from events.models import AttendeeType, Event

PLENTY = 25  # with fewer places left the count comes first for a while
WHILE = 60  # seconds
SOURCE = "page"


class CountFirst(Exception):  # noqa: N818 -- not a mistake: another way is needed
    """Nothing is decided: roll back, and register with the count before the writing."""


def may_count_last(event: Event) -> bool:
    """Whether to try it: not where few places were left a moment ago, nor where agendas are locked as well, nor where BEGIN is the lock."""
    return connection.features.has_select_for_update and not event.refuses_same_hour and not caches["local"].get(few_left(event))


def few_left(event: Event) -> str:
    return f"few-places-left:{event.pk}"


def register_counting_last(
    *,
    attendee_type: AttendeeType,
    person: Person,
    answers: Mapping[str, Any] | None = None,
    consents: Sequence[ConsentText] = (),
    pays_by: str = "",
) -> Registered:
    """`register_in_transaction` for a newcomer without voucher, on the page; ends with the event locked.

    Args:
        attendee_type: with its event, as both were read a moment ago.

    Raises:
        CountFirst: there may be no place, the event was changed meanwhile, or this person is known here.
        DomainError: `registration_closed`, `event_cancelled`.
        IntegrityError: the same person registers at this very moment.
    """
    event = attendee_type.event
    refuse_when_closed(event, attendee_type, SOURCE)
    hold_people(event, [person])
    known, code = known_or_code(event, person)
    if known is not None:
        raise CountFirst
    entry, newcomer = first_state(attendee_type, SOURCE), Attendee(event=event, code=code)
    attendee = admit(newcomer, attendee_type, person, entry, source=SOURCE, by=None, tell=True, pays_by=pays_by)
    if answers is not None:
        take_answers(attendee, answers)
    if consents:
        give_consents(attendee, consents)
    fresh, places = lock_places(event)
    if fresh.updated_at != event.updated_at or not had_room(places, attendee):
        raise CountFirst
    return Registered(attendee, is_new=True, state=entry)


def had_room(places: Places, attendee: Attendee) -> bool:
    """Was there a place before this one was taken? Remembers when few are left."""
    if attendee.holds_a_place:
        places.held[attendee.attendee_type_id] -= 1
    left = places.left(attendee.attendee_type_id)
    if left is not None and left <= PLENTY:
        caches["local"].set(few_left(attendee.event), True, WHILE)
    return places.has_room(attendee.attendee_type_id)
