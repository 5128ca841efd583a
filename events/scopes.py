"""Whose messages and jobs belong to an event: told to the apps below, which know a place only as text (`event:12`)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from events.models import Event
from events.permissions import Right
from netevent.jobs import permissions as jobs
from netevent.notifications import permissions as messages

# Messages hold addresses, files of jobs hold people: they ask what the people themselves ask.
NAMING_PEOPLE = (Right.SEE_PERSONAL_DATA, Right.MANAGE_ATTENDEES)


# Sending again, or never: looking at the outbox is not enough for that.
SENDING = Right.MESSAGES


def events_of(user: Any) -> Any:
    """Events at which this person may see who comes."""
    return Event.objects.filter(Q(*(Q(pk__in=Event.objects.run_by(user, right).values("pk")) for right in NAMING_PEOPLE), _connector=Q.OR))


def may_see(user: Any, scope: str) -> bool:
    key = scope.partition(":")[2]
    return key.isdigit() and events_of(user).filter(pk=int(key)).exists()


def scopes_of(user: Any) -> list[str]:
    return [f"event:{pk}" for pk in events_of(user).order_by().values_list("pk", flat=True)]


def may_send(user: Any, scope: str) -> bool:
    key = scope.partition(":")[2]
    return key.isdigit() and Event.objects.run_by(user, SENDING).filter(pk=int(key)).exists()


def register() -> None:
    jobs.register_scope_check("event", may_see, scopes_of)
    messages.register_scope_check("event", may_see, scopes_of, acts=may_send)
