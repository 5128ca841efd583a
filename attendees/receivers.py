"""What attendees hear from the apps below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from attendees.message_money import facts_of_money
from attendees.models import Attendee
from attendees.receivers_people import WITHOUT_LINK as PEOPLE_WITHOUT_LINK
from attendees.receivers_people import facts_of_people
from attendees.receivers_waiting import facts_of_waiting, party_to_tell
from attendees.selectors import queue_position, registration_to_tell
from attendees.services.addresses import follow_account
from attendees.services.check_in import main_checkpoint
from attendees.services.links import claim_registrations, personal_token
from attendees.services.places import places_of_many
from events.exports.ics import event_calendar
from events.models import Event
from events.selectors import PlacesShown
from events.signals import event_created, places_asked
from netevent.accounts.models import User
from netevent.accounts.signals import address_proved
from netevent.core.dates import show_datetime, show_range, show_zone
from netevent.core.demo import Demo
from netevent.core.signals import Invariant, demo_parts, invariants
from netevent.notifications.models import Message
from netevent.notifications.signals import rendering


@receiver(places_asked)
def tell_places(events: Sequence[Event], **kwargs: Any) -> dict[int, PlacesShown]:
    """Places left and held, for cards, event pages and the guard over limits, which spares what is set aside too."""
    return {
        pk: PlacesShown(
            left=places.left(),
            by_type={type_id: places.left(type_id) for type_id in places.capacity},
            held=places.taken(),
            held_by_type={type_id: places.taken(type_id) for type_id in places.capacity},
        )
        for pk, places in places_of_many(events).items()
    }


@receiver(event_created)
def open_entry(event: Event, **kwargs: Any) -> None:
    """Every event has its entry from the start."""
    main_checkpoint(event)


@receiver(demo_parts)
def make_demo(demo: Demo, **kwargs: Any) -> None:
    from attendees.demo import make_attendees

    make_attendees(demo)


@receiver(address_proved)
def link_registrations(user: User, email: str, **kwargs: Any) -> None:
    """Whoever proved an address owns the registrations made with it, and those they had come along to it."""
    follow_account(user, email)
    claim_registrations(user, email)


# --- Messages to attendees -------------------------------------------------------------------------------------------------
WITHOUT_LINK = frozenset({"cancelled", "rejected", "offer_expired", "closed"}) | PEOPLE_WITHOUT_LINK


@receiver(rendering)
def tell_about_attendee(message: Message, **kwargs: Any) -> dict[str, Any] | None:
    """What a message about a registration shows, read when it is sent, in its reader's language; the link is made here and kept nowhere."""
    kind, _separator, pk = message.about.partition(":")
    if kind != "attendees.attendee":
        return None
    attendee = registration_to_tell.first(pk=int(pk))
    if attendee is None:
        return {"drop": "attendee_gone"}
    facts = {**facts_of_template(message.template, attendee), **facts_of_people(message, attendee), **facts_of_money(message, attendee)}
    person = {**attendee_facts(attendee), "party": party_to_tell(attendee)}
    return {"event": event_facts(attendee.event), "attendee": person, **facts}


def event_facts(event: Event) -> dict[str, str]:
    when = show_range(event.starts_at, event.ends_at, event.time_zone)
    return {
        "name": event.name,
        "when": f"{when}, {show_zone(event.time_zone, event.starts_at)}",
        "where": event.place,
        "code": event.code,
        "url": f"{settings.BASE_URL}{event.get_absolute_url()}",
    }


def attendee_facts(attendee: Attendee) -> dict[str, str]:
    return {"first_name": attendee.first_name, "last_name": attendee.last_name, "code": attendee.code, "type": attendee.attendee_type.name}


def facts_of_template(template: str, attendee: Attendee) -> dict[str, Any]:
    facts: dict[str, Any] = (
        {} if template in WITHOUT_LINK else {"personal_link": personal_link(attendee, asked_for=template == "personal_link")}
    )
    if template == "personal_link":
        until = timezone.now() + timedelta(hours=settings.PERSONAL_LINK_HOURS)
        facts["valid_until"] = show_datetime(until, attendee.event.time_zone)
    if template == "registered_waitlisted":
        facts["position"] = queue_position(attendee)
    if template == "cancelled":
        facts["reason"] = attendee.steps.filter(act="cancel").order_by("-pk").values_list("reason", flat=True).first() or ""
    facts |= facts_of_waiting(template, attendee)
    if template == "registered_confirmed":
        facts["attachments"] = [(f"{attendee.event.code}.ics", "text/calendar", event_calendar(attendee.event))]
    return facts


def personal_link(attendee: Attendee, *, asked_for: bool) -> str:
    return f"{settings.BASE_URL}{reverse('attendees:personal', args=[personal_token(attendee, asked_for=asked_for)])}"


@receiver(invariants)
def report_to_audit(**kwargs: Any) -> list[Invariant]:
    from attendees import invariants_money
    from attendees.invariants import promises

    return [*promises(), *invariants_money.promises()]
