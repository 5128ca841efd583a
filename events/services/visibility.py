"""What the public sees of an event, apart from publishing it (see `publish_event`) and calling it off (see `call_off`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from events.models import Event, Visibility
from events.services.events import publish_event
from events.signals import event_changed
from netevent.core.errors import DomainError
from netevent.core.versions import one_version

if TYPE_CHECKING:
    from netevent.accounts.models import User


def unlist_event(event: Event, *, by: User | None = None, source: str = "page") -> Event:
    """Public for whoever knows the address, and in no list.

    Raises:
        DomainError: `not_ready`, as for publishing.
    """
    with one_version(event, source=source, user=by):
        publish_event(event, by=by, source=source)
        return show_as(event, Visibility.UNLISTED, by=by, source=source)


def archive_event(event: Event, *, by: User | None = None, source: str = "page") -> Event:
    """Put the event away: its page is gone, its figures stay.

    Raises:
        DomainError: `not_over` while it is public and still to come.
    """
    if event.visibility in (Visibility.PUBLISHED, Visibility.UNLISTED) and not event.is_over():
        raise DomainError("not_over", _("This event is still to come. Call it off first."))
    return show_as(event, Visibility.ARCHIVED, by=by, source=source)


def withdraw_event(event: Event, *, by: User | None = None, source: str = "page") -> Event:
    """Back to a draft, out of everybody's sight."""
    return show_as(event, Visibility.DRAFT, by=by, source=source)


def show_as(event: Event, visibility: Visibility, *, by: User | None, source: str) -> Event:
    with one_version(event, source=source, user=by):
        event.visibility = visibility
        event.save(update_fields=["visibility", "updated_at"])
        event_changed.send(sender=Event, event=event, user=by, source=source)
    return event
