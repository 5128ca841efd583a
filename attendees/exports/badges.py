"""From attendees to their badges on paper: the page, the command and the job draw with the same lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from attendees.exports.badge_pdf import SHEETS, BadgeData, Problem, draw_badges
from attendees.models import Attendee, Badge
from attendees.services.badges import badges_for

if TYPE_CHECKING:
    from events.models import Event

CHUNK = 500


@dataclass
class Printed:
    """What came out: the badges in their order, and what could not be drawn as wished, by attendee id."""

    badges: list[Badge] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)


def badge_data(attendee: Attendee, badge: Badge, address: str) -> BadgeData:
    """In the language of the person who wears it; the code leads to `address` and the badge's token."""
    with translation.override(attendee.language):
        return BadgeData(
            first_name=attendee.first_name,
            last_name=attendee.last_name,
            organisation=attendee.organisation,
            role=attendee.role,
            code=attendee.code,
            type_name=attendee.attendee_type.name,
            type_colour=attendee.attendee_type.colour,
            event_name=attendee.event.name,
            qr_text=f"{address}{badge.token}",
            photo=Path(attendee.photo.path) if attendee.photo else None,
            reference=str(attendee.pk),
        )


def address_before_token() -> str:
    """`https://…/c/`: asked once for a batch."""
    return f"{settings.BASE_URL}{reverse('attendees:badge-opened', args=['x'])}".removesuffix("x")


def write_badge(badge: Badge, out: BinaryIO) -> list[Problem]:
    """One person's badge, on a page of its own."""
    return draw_badges([badge_data(badge.attendee, badge, address_before_token())], out)


def write_badges(
    event: Event, ids: Sequence[int], out: BinaryIO, *, sheet: str = "a6", on_page: Callable[[int], None] | None = None
) -> Printed:
    """The badges of these attendees in this order; who is gone by now is left out. `on_page` hears how many are drawn."""
    printed = Printed()
    problems = draw_badges(data_of(event, ids, printed), out, sheet=SHEETS[sheet], on_page=on_page)
    printed.problems = [(int(problem.reference), problem) for problem in problems]
    return printed


def data_of(event: Event, ids: Sequence[int], printed: Printed) -> Iterator[BadgeData]:
    """Read in chunks, so that a large event needs little memory and no cursor stays open while progress is written."""
    address = address_before_token()
    for start in range(0, len(ids), CHUNK):
        people = Attendee.objects.select_related("attendee_type").in_bulk(ids[start : start + CHUNK])
        badges = badges_for(people.values())
        for pk in ids[start : start + CHUNK]:
            if (person := people.get(pk)) is None:
                continue
            person.event, badges[pk].attendee = event, person
            printed.badges.append(badges[pk])
            yield badge_data(person, badges[pk], address)
