"""Attendees: their list and their page."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from attendees.admin.acts import AttendeeActs
from attendees.admin.approval import Approvals
from attendees.admin.common import MANAGE, PERSONAL
from attendees.admin.lists import AttendeeLists
from attendees.admin.money import MoneyActs
from attendees.admin.party import PartyFilter, PartyOfAttendee
from attendees.admin.passing_on import PassingOn
from attendees.admin.timeline import AskedAgainFilter, AttendeeTimeline
from attendees.admin.told import AttendeeTold
from attendees.desk_forms import AttendeeForm, NewAttendeeForm
from attendees.models import Attendee, Status
from attendees.services.accepted_types import accepted_by, names_of
from attendees.services.registration import PROFILE_FIELDS, Person, register_attendee
from netevent.core.admin_filters import VisibleRelatedFilter
from netevent.core.dates import show_date, show_datetime
from netevent.core.errors import DomainError
from netevent.core.text import fold

STATUS_COLOURS = {
    Status.CONFIRMED: "success",
    Status.WAITLISTED: "info",
    Status.OFFERED: "info",
    Status.PENDING_APPROVAL: "warning",
    Status.AWAITING_PAYMENT: "warning",
    Status.CANCELLED: "danger",
    Status.REJECTED: "danger",
}


def chosen_event(request: HttpRequest) -> str:
    return request.GET.get("event__id__exact", "")


class TypeFilter(VisibleRelatedFilter):
    """The types of the event that the list is narrowed to; of all events at once they would be a jumble."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        event = chosen_event(request)
        rows = model_admin.get_field_queryset(None, field, request).filter(event=event) if event.isdigit() else []
        return [(row.pk, str(row)) for row in rows]


class ArrivedFilter(admin.SimpleListFilter):
    title = _("checked in")
    parameter_name = "arrived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(first_entry_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Attendee)
class AttendeeAdmin(AttendeeTold, AttendeeLists, AttendeeTimeline, Approvals, MoneyActs, PassingOn, PartyOfAttendee, AttendeeActs):
    event_path = "event"
    view_rights = PERSONAL
    change_rights = MANAGE
    form = AttendeeForm
    list_display = ("name", "event_code", "attendee_type", "shown_status", "group", "arrived", "registered")
    list_display_links = ("name",)
    list_select_related = ("event", "attendee_type", "party__lead")
    list_filter = ("event", ("attendee_type", TypeFilter), "status", "attendance_status", ArrivedFilter, AskedAgainFilter, PartyFilter)
    list_per_page = 50
    search_fields = ("search_key",)
    search_help_text = _("Name, e-mail, organisation or code; accents and capitals don't matter.")
    autocomplete_fields = ("event", "attendee_type")
    deletable = False  # one row a person and event for ever: who doesn't come is cancelled
    shown_only: ClassVar[tuple[str, ...]] = (
        *("event", "code", "attendee_type", "status", "arrived", "shown_price", "due_at", "email_proved_at"),
        *("would_take_too", "group", "account", "told", "agreed", "source", "timeline", "created_at", "updated_at"),
    )
    about_person = ("email", ("organisation", "role"), "introduction", ("phone", "linkedin"), "language")

    # --- The page ---
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        kwargs["form"] = self.form if obj else NewAttendeeForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.shown_only if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        person = (_("Person"), {"fields": (("first_name", "last_name"), *self.about_person)})
        if obj is None:
            return [(_("Registration"), {"fields": ("event", "attendee_type")}), person]
        return [
            (
                _("Registration"),
                {
                    "fields": (
                        ("status", "arrived"),
                        ("event", "attendee_type"),
                        ("code", "shown_price"),
                        ("due_at", "email_proved_at"),
                        *(("would_take_too",) if obj.status == Status.WAITLISTED else ()),
                        "group",
                    )
                },
            ),
            person,
            (_("Answers"), {"fields": ("told", "agreed")}),
            *([(_("Money"), {"fields": ("account",)})] if obj.price and self.has_money_permission(request, obj) else []),
            (_("For the team"), {"fields": ("staff_note", ("attendance_status", "priority"))}),
            (_("Course"), {"fields": ("timeline", "source", ("created_at", "updated_at"))}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"language": request.LANGUAGE_CODE, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            if "email" in form.changed_data:
                obj.email_proved_at = None  # nobody has shown yet that the new address is theirs
            obj._history_user = request.user
            obj.save(update_fields=[*form.changed_data, "email_proved_at", "updated_at"])
            return
        told = {name: getattr(obj, name) or "" for name in PROFILE_FIELDS}
        person = Person(obj.first_name, obj.last_name, obj.email or None, language=obj.language, profile=told)
        registered = register_attendee(attendee_type=obj.attendee_type, person=person, source="admin", by=cast(Any, request.user))
        if not registered.is_new:
            raise DomainError(
                "already_registered", _("Somebody is registered with this address."), fields={"email": _("This address is registered.")}
            )
        obj.__dict__.update({k: v for k, v in registered.attendee.__dict__.items() if k != "_state"})
        obj._state.adding = False

    # --- Search ---
    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Folded as the rows' own key is, so that Łukasz is found by lukasz, on both databases alike."""
        return (queryset.search(fold(search_term)) if search_term else queryset), False

    # --- What is shown ---
    @display(description=_("name"), ordering=("search_key"), header=True)
    def name(self, row: Attendee) -> tuple[str, str]:
        return row.full_name, row.email or row.code

    @display(description=_("event"), ordering="event__code")
    def event_code(self, row: Attendee) -> str:
        return row.event.code

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def shown_status(self, row: Attendee) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=_("types that would do too"))
    def would_take_too(self, row: Attendee) -> str:
        return names_of(accepted_by(row)) or "–"

    @display(description=_("checked in"), ordering="first_entry_at")
    def arrived(self, row: Attendee) -> str:
        return show_datetime(row.first_entry_at, row.event.time_zone) or "–"

    @display(description=_("registered"), ordering="created_at")
    def registered(self, row: Attendee) -> str:
        return show_date(row.created_at, row.event.time_zone)

    @display(description=_("price as booked"))
    def shown_price(self, row: Attendee) -> str:
        return f"{row.price} {row.currency}"
