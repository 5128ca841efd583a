"""Badges that were made, the links that live, and addresses that wait to be proved."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from attendees.admin.common import PersonRows
from attendees.models import Attendee, AttendeeToken, Badge, EmailChange
from netevent.core.dates import show_datetime


@admin.register(Badge)
class BadgeAdmin(PersonRows):
    event_path = "attendee__event"
    list_display = ("attendee", "shown_event", "shown_state", "prints", "shown_printed")
    list_select_related = ("attendee__event",)
    list_filter = ("attendee__event",)
    typed_filters = ("attendee__event",)
    search_fields = ("attendee__search_key",)
    fields = ("attendee", "prints", "shown_printed", "created_at", "revoked_at")

    @display(description=_("event"))
    def shown_event(self, row: Badge) -> str:
        return str(row.attendee.event)

    @display(description=_("state"), label={"live": "success", "revoked": "danger"})
    def shown_state(self, row: Badge) -> tuple[str, str]:
        return ("revoked", gettext("Replaced")) if row.revoked_at else ("live", gettext("Valid"))

    @display(description=_("printed"), ordering="printed_at")
    def shown_printed(self, row: Badge) -> str:
        return show_datetime(row.printed_at, row.attendee.event.time_zone) or "–"


@admin.register(AttendeeToken)
class AttendeeTokenAdmin(PersonRows):
    """Which links live, never the links: they are derived, and shown to nobody but their owner."""

    event_path = "attendee__event"
    list_display = ("attendee", "purpose", "expires_at", "used_at", "revoked_at")
    list_select_related = ("attendee",)
    list_filter = ("purpose",)
    search_fields = ("attendee__search_key",)
    fields = ("attendee", "purpose", "expires_at", "used_at", "revoked_at", "created_at")

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = AttendeeToken.objects.all()
        return (
            rows if cast(Any, request.user).is_superuser else rows.filter(attendee__in=Attendee.objects.visible_to(cast(Any, request.user)))
        )


@admin.register(EmailChange)
class EmailChangeAdmin(PersonRows):
    """Who asked for another address, and whether whoever reads its mail said yes."""

    event_path = "attendee__event"
    list_display = ("attendee", "email", "expires_at", "used_at", "revoked_at")
    list_select_related = ("attendee",)
    search_fields = ("attendee__search_key", "email")
    fields = ("attendee", "email", "created_at", "expires_at", "used_at", "revoked_at")

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = EmailChange.objects.all()
        return (
            rows if cast(Any, request.user).is_superuser else rows.filter(attendee__in=Attendee.objects.visible_to(cast(Any, request.user)))
        )
