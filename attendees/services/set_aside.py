"""Places kept for people who have not booked them yet: counted as held, and in one home whatever keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import BooleanField, Exists, ExpressionWrapper, Q

ANY = None  # the type of a place that is kept for whichever type its person will choose: it counts in the event alone


@dataclass(frozen=True)
class Source:
    """What keeps places.

    Args:
        exists: of a row with an `event`: whether that event may have any. Asked for each registration within a question that is put
            together once, so it looks at nothing that changes (the clock).
        count: event id, type id or `ANY`, number; for these events, in a query or two however many they are.
    """

    exists: Callable[[], Exists]
    count: Callable[[Sequence[int]], Iterable[tuple[int, int | None, int]]]


SOURCES: list[Source] = []


def any_set_aside() -> ExpressionWrapper:
    """For a question about attendee types: whether anything keeps places at their event, at no statement more."""
    said = reduce(or_, (Q(source.exists()) for source in SOURCES), Q(pk__isnull=True))
    return ExpressionWrapper(said, output_field=BooleanField())


def set_aside_of(events: Sequence[int]) -> dict[int, Counter[int | None]]:
    """How many places are kept at each of these events, by type id or `ANY`."""
    kept: dict[int, Counter[int | None]] = {event: Counter() for event in events}
    for source in SOURCES if kept else ():
        for event, type_id, number in source.count(list(kept)):
            kept[event][type_id] += number
    return kept
