"""Places kept for people who have not booked them yet: counted as held, and in one home whatever keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, Min, OuterRef, Q

from attendees.models import HOLDING, Status, Voucher

ANY = 0  # the type of a place that is kept for whichever type its person will choose: it counts in the event alone


@dataclass(frozen=True)
class Source:
    """What keeps places.

    Args:
        exists: of a row with an `event`: whether that event may have any. Asked for each registration within a question that is put
            together once, so it looks at nothing that changes (the clock).
        count: event id, type id or `ANY`, number; for these events, in a query or two however many they are.
    """

    exists: Callable[[], Exists]
    count: Callable[[Sequence[int]], Iterable[tuple[int, int, int]]]


# --- Vouchers ----------------------------------------------------------------------------------------------------------------
def has_keeping_voucher() -> Exists:
    return Exists(Voucher.objects.filter(event=OuterRef("event"), reserves_places=True).order_by())


def places_taken() -> Count:
    """Of a voucher: how many of its uses hold a place. Who waits with it, or for an approval that holds none, is still waited for."""
    holding = Q(uses__returned_at__isnull=True, uses__attendee__status__in=HOLDING)
    without = Q(uses__attendee__status=Status.PENDING_APPROVAL, event__pending_holds_place=False)
    return Count("uses", filter=holding & ~without, distinct=True)


def kept_by_vouchers(events: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    """What is left of each: for the one type it is for, else for any."""
    rows = Voucher.objects.keeping_places().filter(event__in=events).order_by()
    rows = rows.annotate(taken=places_taken(), number=Count("types", distinct=True), one=Min("types"))
    for event, most, taken, number, one in rows.values_list("event", "max_uses", "taken", "number", "one"):
        yield event, int(one) if number == 1 else ANY, max(0, (most or 0) - taken)


SOURCES: list[Source] = [Source(exists=has_keeping_voucher, count=kept_by_vouchers)]


def any_set_aside() -> ExpressionWrapper:
    """For a question about attendee types: whether anything keeps places at their event, at no statement more."""
    said = reduce(or_, (Q(source.exists()) for source in SOURCES), Q(pk__isnull=True))
    return ExpressionWrapper(said, output_field=BooleanField())


def set_aside_of(events: Sequence[int]) -> dict[int, Counter[int]]:
    """How many places are kept at each of these events, by type id or `ANY`."""
    kept: dict[int, Counter[int]] = {event: Counter() for event in events}
    for source in SOURCES if kept else ():
        for event, type_id, number in source.count(list(kept)):
            kept[event][type_id] += number
    return kept
