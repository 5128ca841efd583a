"""What pages about attendees read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet

from attendees.models import Attendee, AttendeeToken, Badge, Purpose, RegistrationStep, Status
from events.models import Event, StatedPreference, Visibility
from netevent.accounts.services import has_proved
from netevent.core import tokens
from netevent.core.prepared import prepared
from netevent.core.text import fold

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from attendees.models import AttendeeQuerySet
    from netevent.accounts.models import User

LEAST_EVENTS = 5  # with a waiting list, before they are called experience


def registrations() -> AttendeeQuerySet:
    """With what a page shows of each, in one query."""
    return Attendee.objects.filter(erased_at__isnull=True).select_related(
        "event__venue", "event__room", "event__organiser", "attendee_type"
    )


@prepared
def registration_to_tell(pk: Any) -> QuerySet[Attendee]:
    """For a message: one is read for each that is sent."""
    return registrations().filter(pk=pk)


def registrations_of(user: User | AnonymousUser, links: dict[str, int]) -> list[Attendee]:
    """All that this browser may open: those of the signed-in person and those whose personal link it followed, newest event first.

    A person's are the rows linked to them, and those that carry an address they proved. `links` says {attendee id: link id}; a link that
    was revoked or is over opens nothing any more.
    """
    mine = Q(pk__in=opened_by_links(links))
    if user.is_authenticated:
        mine |= Q(user=user)
        if user.email and has_proved(user):
            mine |= Q(user__isnull=True, email=user.email)
    return list(registrations().filter(mine).order_by("-event__starts_at", "pk"))


def opened_by_links(links: dict[str, int]) -> list[int]:
    if not links:
        return []
    live = AttendeeToken.objects.valid().filter(pk__in=links.values(), purpose=Purpose.PERSONAL).values_list("attendee", "pk")
    return [attendee for attendee, token in live if links.get(str(attendee)) == token]


def interests_of(user: User) -> list[int]:
    """The kinds of event that a person says they like, the dearest first."""
    return list(StatedPreference.objects.filter(user=user).order_by("rank", "pk").values_list("event_type", flat=True))


def queue_position(attendee: Attendee) -> int | None:
    """How many are offered a place no later than this person; None for somebody who doesn't wait."""
    if attendee.queue_number is None or attendee.status != Status.WAITLISTED:
        return None
    ahead = Q(priority__gt=attendee.priority) | Q(priority=attendee.priority, queue_number__lt=attendee.queue_number)
    return Attendee.objects.waiting().filter(ahead, event=attendee.event_id).count() + 1


@dataclass(frozen=True)
class Chance:
    """At how many of an organiser's past events with a waiting list somebody on this spot was offered a place."""

    reached: int
    events: int


def chance_of_place(attendee: Attendee, position: int | None) -> Chance | None:
    """What past events say to somebody who waits; None for who doesn't, and where too few events could tell."""
    if position is None:
        return None
    past = Event.objects.past().filter(organiser=attendee.event.organiser_id).exclude(visibility=Visibility.CANCELLED).values("pk")
    steps = RegistrationStep.objects.filter(event__in=past).order_by()
    waited = Count("attendee", filter=Q(to_state=Status.WAITLISTED), distinct=True)
    offered = Count("attendee", filter=Q(act="offer"), distinct=True)
    offers = list(steps.values("event").annotate(waited=waited, offered=offered).filter(waited__gt=0).values_list("offered", flat=True))
    if len(offers) < LEAST_EVENTS:
        return None
    return Chance(sum(number >= position for number in offers), len(offers))


def party_size(attendee: Attendee) -> int:
    """How many of those who registered with this person are in the same state, themselves among them."""
    return Attendee.objects.filter(party=attendee.party_id, status=attendee.status).count() if attendee.party_id else 1


def badge_by_token(token: str) -> Badge | None:
    """The live badge that carries this token, with its person and event."""
    rows = Badge.objects.live().select_related("attendee__event", "attendee__attendee_type")
    return rows.filter(digest=tokens.digest(token), attendee__erased_at__isnull=True).first()


def attendee_at(user: User | AnonymousUser, links: dict[str, int], event_id: int) -> Attendee | None:
    """Who this browser is at one event, while the registration stands."""
    rows = [row for row in registrations_of(user, links) if row.event_id == event_id and row.is_active]
    return rows[0] if rows else None


def badge_order(
    event_id: int, *, attendees: Collection[int] | None = None, types: Collection[int] | None = None, states: Collection[str] | None = None
) -> list[int]:
    """Whose badges a batch holds, by name as people look them up; confirmed ones unless states are named."""
    rows = Attendee.objects.filter(event=event_id, status__in=states or [Status.CONFIRMED], erased_at__isnull=True)
    if attendees is not None:
        rows = rows.filter(pk__in=attendees)
    if types is not None:
        rows = rows.filter(attendee_type__in=types)
    named = rows.order_by().values_list("last_name", "first_name", "pk")
    return [pk for _name, pk in sorted((fold(f"{last or first} {first}"), pk) for last, first, pk in named)]
