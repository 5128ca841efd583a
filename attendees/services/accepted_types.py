"""Which other types somebody on a waiting list would take too: said by themselves, and offered when their own has no place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from attendees.models import AcceptedType, Attendee, Status
from attendees.signals import place_freed
from events.models import AttendeeType, Event
from netevent.core.errors import DomainError
from netevent.core.locks import locked

if TYPE_CHECKING:
    from attendees.services.places import Places

Accepts = dict[int, list[AttendeeType]]


def may_accept(attendee: Attendee) -> list[AttendeeType]:
    """The types to choose from while waiting: what is on sale, and what was chosen before; nothing for a group, which waits for one type."""
    if attendee.status != Status.WAITLISTED or attendee.party_id:
        return []
    on_sale = AttendeeType.objects.on_sale().values("pk")
    chosen = AcceptedType.objects.filter(attendee=attendee).values("attendee_type")
    rows = AttendeeType.objects.filter(Q(pk__in=on_sale) | Q(pk__in=chosen), event=attendee.event_id)
    return list(rows.exclude(pk=attendee.attendee_type_id).order_by("position", "pk"))


def accepted_by(attendee: Attendee) -> list[AttendeeType]:
    """In the event's order, which is the order in which they are offered."""
    rows = AttendeeType.objects.filter(pk__in=AcceptedType.objects.filter(attendee=attendee).values("attendee_type"))
    return list(rows.exclude(pk=attendee.attendee_type_id).order_by("position", "pk"))


@transaction.atomic
def accept_types(attendee: Attendee, kinds: Iterable[AttendeeType]) -> None:
    """From now on they would take exactly these too. A place that is free is offered soon; doing it twice changes nothing.

    Raises:
        DomainError: `not_waiting`, or `type_not_on_offer` for one that can't be chosen.
    """
    event = locked(attendee.event)  # whoever counts sees all of it or nothing
    fresh = Attendee.objects.get(pk=attendee.pk)
    if fresh.status != Status.WAITLISTED:
        raise DomainError("not_waiting", _("You are not on the waiting list any more."))
    wanted = {kind.pk for kind in kinds} - {fresh.attendee_type_id}
    if wanted - {kind.pk for kind in may_accept(fresh)}:
        raise DomainError("type_not_on_offer", _("This is not on offer any more. Please choose another."))
    AcceptedType.objects.filter(attendee=fresh).exclude(attendee_type__in=wanted).delete()
    rows = [AcceptedType(attendee=fresh, attendee_type_id=pk) for pk in sorted(wanted)]
    AcceptedType.objects.bulk_create(rows, ignore_conflicts=True)
    place_freed.send(sender=Event, event=event)


def accepted_with_room(attendee: Attendee, places: Places) -> AttendeeType | None:
    """The first of those they would take instead that has a place; asked when their own has none."""
    if places.left() == 0 or not places.flexible:
        return None
    return next((kind for kind in accepted_by(attendee) if places.type_has_place(kind.pk)), None)


def accepted_at(event: Event) -> Accepts:
    """Of everybody who waits there: attendee → the other types they would take, in the event's order; in one query."""
    told: Accepts = {}
    rows = AcceptedType.objects.filter(attendee__event=event, attendee__status=Status.WAITLISTED).select_related("attendee_type")
    for row in rows.exclude(attendee__attendee_type=F("attendee_type")).order_by("attendee_type__position", "attendee_type"):
        told.setdefault(row.attendee_id, []).append(row.attendee_type)
    return told


def names_of(kinds: Sequence[AttendeeType]) -> str:
    return ", ".join(str(kind) for kind in kinds)
