"""Every step of a registration, as it was taken."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from attendees.admin.common import PERSONAL, PersonRows
from attendees.models import RegistrationStep
from netevent.core.dates import show_datetime


@admin.register(RegistrationStep)
class RegistrationStepAdmin(PersonRows):
    event_path = "event"
    list_display = ("attendee", "act", "from_state", "to_state", "by", "source", "shown_at")
    list_select_related = ("attendee", "by", "event")
    list_filter = ("event", "act", "to_state", "source")
    search_fields = ("attendee__search_key",)
    ordering = ("-pk",)
    fields = (
        "attendee",
        "event",
        ("act", "round"),
        ("from_state", "to_state"),
        ("attendee_type", "price"),
        ("by", "source"),
        "reason",
        "at",
    )

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = RegistrationStep.objects.all()
        return rows if cast(Any, request.user).is_superuser else rows.filter(event__in=self.events_with(request, PERSONAL))

    @display(description=_("at"), ordering="pk")
    def shown_at(self, row: RegistrationStep) -> str:
        return show_datetime(row.at, row.event.time_zone)
