"""Acts on events."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import AttendeeType, Event, Organiser, Role, TeamMember, Visibility
from events.selectors import places_shown
from events.signals import event_created
from netevent.core.codes import unused_code
from netevent.core.errors import DomainError
from netevent.core.versions import one_version

if TYPE_CHECKING:
    from netevent.accounts.models import User

OWNER_ROLE = "owner"


def create_event(
    *, organiser: Organiser, by: User | None, source: str = "page", attendee_types: list[dict[str, Any]] | None = None, **fields: Any
) -> Event:
    """A new event with its first attendee type and, as the team's owner, the person who made it; one version.

    Args:
        attendee_types: fields of each type; one free type named *Attendee* when none is given.
        fields: of Event; a code is made when none is given.
    """
    event = Event(organiser=organiser, **fields)
    event.code = event.code or unused_code(Event.objects.all())
    event.planned_starts_at = event.planned_starts_at or event.starts_at
    with one_version(source=source, user=by):
        event.save()
        finish_new_event(event, by=by, source=source, attendee_types=attendee_types)
    return event


def finish_new_event(event: Event, *, by: User | None, source: str, attendee_types: list[dict[str, Any]] | None = None) -> None:
    """What every new event gets, however its row was made: a type, an owner in its team, and whatever upper apps add."""
    if not event.attendee_types.exists():
        for position, fields in enumerate(attendee_types or [{"name_en": "Attendee"}]):
            add_attendee_type(event=event, position=position, **fields)
    if by is not None and not event.team.filter(user=by).exists():
        TeamMember.objects.create(event=event, user=by, email=by.email, role=Role.objects.get(key=OWNER_ROLE), accepted_at=timezone.now())
    refresh_price_from(event)
    event_created.send(sender=Event, event=event, source=source)


def add_attendee_type(*, event: Event, **fields: Any) -> AttendeeType:
    """A type with a code that is unique at this event."""
    new = AttendeeType(event=event, **fields)
    new.code = new.code or unused_code(event.attendee_types.all())
    new.save()
    return new


def refresh_price_from(event: Event) -> None:
    """The lowest price on offer, kept on the event for lists; kept in the transaction that changes a type."""
    lowest = event.attendee_types.filter(hidden=False).order_by("price").values_list("price", flat=True).first()
    if event.price_from != (lowest or Decimal(0)):
        event.price_from = lowest or Decimal(0)
        Event.objects.filter(pk=event.pk).update(price_from=event.price_from)


@transaction.atomic
def delete_event(event: Event, *, by: User | None = None) -> None:
    """Delete an event that nobody registered for.

    Raises:
        DomainError: `event_in_use` when somebody else's facts hang on it: cancel or archive it instead.
    """
    try:
        event.team.all().delete()
        event.delete()
    except ProtectedError as error:
        raise DomainError("event_in_use", _("People have registered for this event. Cancel or archive it instead.")) from error


def publish_event(event: Event, *, by: User | None = None, source: str = "page") -> Event:
    """Make the event public.

    Raises:
        DomainError: `not_ready` naming what is missing in `fields`.
    """
    missing = {key: label for key, (done, label) in publish_checklist(event).items() if not done}
    if missing:
        raise DomainError("not_ready", _("Something is still missing before this event can be published."), fields=missing)
    with one_version(event, source=source, user=by):
        event.visibility = Visibility.PUBLISHED
        event.save(update_fields=["visibility", "updated_at"])
    return event


def publish_checklist(event: Event) -> dict[str, tuple[bool, Any]]:
    """What a public event needs: field → (is it there, what to do)."""
    return {
        "name": (bool(event.name), _("Give the event a name.")),
        "description": (bool(event.description), _("Describe the event.")),
        "location": (bool(event.place), _("Say where it takes place.")),
        "starts_at": (not event.is_over(), _("Its date lies in the past.")),
        "attendee_types": (event.attendee_types.exists(), _("Add an attendee type.")),
        "organiser": (event.organiser.approved_at is not None, _("The organiser waits for approval.")),
    }


def refuse_below_held(event: Event) -> None:
    """A limit can't be set below what is held. Ask inside the event's lock, after the change was written.

    Raises:
        DomainError: `below_held`, naming the limit in `fields`.
    """
    shown = places_shown([event]).get(event.pk)
    if shown is None:
        return
    if event.max_attendees is not None and event.max_attendees < shown.held:
        raise below_held("max_attendees", shown.held)
    for kind in event.attendee_types.exclude(capacity=None):
        if kind.capacity is not None and kind.capacity < shown.held_by_type.get(kind.pk, 0):
            raise below_held(f"attendee_type:{kind.code}", shown.held_by_type[kind.pk])


def below_held(name: str, held: int) -> DomainError:
    message = _("%(held)s places are already held; the limit can't be lower.") % {"held": held}
    return DomainError("below_held", message, fields={name: message})
