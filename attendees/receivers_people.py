"""What messages about passing a place on, about addresses and about coming show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from attendees.models import EmailChange
from attendees.services.links import personal_token
from netevent.core.dates import show_datetime

if TYPE_CHECKING:
    from attendees.models import Attendee
    from netevent.notifications.models import Message

# Whoever reads these mails may not be the one to open the registration any more, or not yet.
WITHOUT_LINK = frozenset({"transferred_away", "email_change", "email_changed"})


def facts_of_people(message: Message, attendee: Attendee) -> dict[str, Any]:
    if message.template == "reminder":
        return {"attendance_link": f"{link('personal', personal_token(attendee))}?to=attendance"}
    if message.template == "email_change":
        return facts_of_change(message, attendee)
    return {}


def facts_of_change(message: Message, attendee: Attendee) -> dict[str, Any]:
    """A change that was taken back, used or replaced meanwhile is not asked about any more."""
    change = EmailChange.objects.open().filter(pk=message.context.get("change"), attendee=attendee).first()
    if change is None or not (token := change.token):
        return {"drop": "change_over"}
    return {"confirm_link": link("new-address", token), "until": show_datetime(change.expires_at, attendee.event.time_zone)}


def link(name: str, token: str) -> str:
    return f"{settings.BASE_URL}{reverse(f'attendees:{name}', args=[token])}"
