"""Groups at the desk: who came together, and how long they have been passed over."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from attendees.admin.common import PersonRows
from attendees.models import Attendee, Party, Status
from netevent.core.admin import DeskAdmin


class PartyFilter(admin.SimpleListFilter):
    title = _("in a group")
    parameter_name = "grouped"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(party__isnull=self.value() == "no") if self.value() else queryset


class PartyOfAttendee(DeskAdmin):
    """In the list of attendees and on a person's page: with whom they registered."""

    @display(description=_("group"), ordering="party")
    def group(self, row: Attendee) -> str:
        """The contact's name; it leads to the group."""
        if row.party is None:
            return "–"
        name = row.party.lead.full_name
        return format_html('<a class="desk-link" href="{}">{} ({})</a>', address_of(row.party_id), name, row.party.size)


@admin.register(Party)
class PartyAdmin(PersonRows):
    event_path = "event"
    list_display = ("lead", "event", "size", "waiting", "skips", "set_aside")
    list_select_related = ("lead", "event")
    list_filter = ("event",)
    search_fields = ("lead__search_key", "members__search_key")
    fields = ("event", "lead", "size", "people", "waiting", "skips", "set_aside", "created_at")
    readonly_fields = ("people", "waiting")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(waits=Count("members", filter=Q(members__status=Status.WAITLISTED), distinct=True))

    @display(description=_("on the waiting list"))
    def waiting(self, row: Any) -> int:
        return int(row.waits)

    @display(description=_("members"))
    def people(self, row: Party) -> str:
        """Each with their state, and a link to their page."""
        members = row.members.order_by("pk")
        lines = (
            (reverse("admin:attendees_attendee_change", args=[member.pk]), member.full_name, member.get_status_display())
            for member in members
        )
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a class="desk-link" href="{}">{}</a> · {}</li>', lines))


def address_of(party_id: Any) -> str:
    return reverse("admin:attendees_party_change", args=[party_id])
