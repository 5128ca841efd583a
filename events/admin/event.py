"""Events: their list and their page."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from events.admin.common import EDIT, LANGUAGE_CODES, NAMES_FIRST, TEAM, language_tabs, mine, owned
from events.admin.event_acts import EventActs
from events.admin.team import TeamInline
from events.admin.types import AttendeeTypeInline
from events.desk_forms import EventForm
from events.models import Club, Event, Tag, TeamMember
from events.permissions import may_create_events
from events.services.events import delete_event, finish_new_event, publish_checklist, refresh_price_from, refuse_below_held
from events.services.team import link_member, refuse_without_owner
from netevent.core.admin import EVENT_ITSELF
from netevent.core.dates import show_datetime, show_zone
from netevent.core.versions import one_version


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("upcoming", _("To come")), ("past", _("Over"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return {"upcoming": queryset.upcoming, "past": queryset.past}.get(self.value() or "", queryset.all)()


# What a point of the publish checklist is called once it is done; open ones say what to do.
CHECKED = {
    "name": _("Name"),
    "description": _("Description"),
    "location": _("Place"),
    "starts_at": _("Date to come"),
    "attendee_types": _("Attendee types"),
    "organiser": _("Approved organiser"),
}


@admin.register(Event)
class EventAdmin(EventActs):
    form = EventForm
    change_form_template = NAMES_FIRST
    event_path = EVENT_ITSELF
    change_rights = EDIT
    list_display = ("shown_name", "shown_when", "shown_visibility", "organiser", "event_type", "city", "max_attendees")
    list_display_links = ("shown_name",)
    list_select_related = ("organiser", "event_type")
    list_filter = (WhenFilter, "visibility", "event_type", "organiser", "city")
    search_fields = ("code", "city", *(f"name_{code}" for code in LANGUAGE_CODES))
    ordering = ("-starts_at", "-pk")
    autocomplete_fields = ("organiser", "venue", "room")
    readonly_fields = ("visibility", "checklist", "planned_starts_at", "created_at", "updated_at")
    inlines = (AttendeeTypeInline, TeamInline)
    instead_of_deleting = _("Cancel or archive it instead.")

    # --- Rights ---
    def may_add(self, request: HttpRequest) -> bool:
        return may_create_events(cast(Any, request.user))

    def may_change_some(self, request: HttpRequest) -> bool:
        return self.has_right_somewhere(request, EDIT)

    def may_delete(self, request: HttpRequest, row: Any) -> bool:
        return self.has_right(request, TEAM, row)

    def may_see_deleted(self, request: HttpRequest, record: Any) -> bool:
        return owned(request).filter(pk=record.organiser_id).exists()

    # --- The page ---
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        may_edit = self.has_change_permission(request, obj) if obj else True
        basics: list[Any] = ["organiser", ("code", "event_type"), "tags_chosen", *(["new_tags"] if may_edit else []), "clubs_chosen"]
        state = [(_("State"), {"fields": ("visibility", "checklist")})] if obj else []
        zone = timezone.get_current_timezone()
        clocks = gettext("Every time on this page is by the clocks of the event's time zone: %(zone)s.") % {
            "zone": show_zone(str(zone), obj and obj.starts_at)
        }
        return [
            *state,
            (_("Basics"), {"fields": basics}),
            (
                _("When and where"),
                {
                    "description": clocks,
                    "fields": ("time_zone", "starts_at", "ends_at", "venue", "room", "location", ("city", "department")),
                },
            ),
            (
                _("Registration"),
                {
                    "fields": (
                        ("max_attendees", "has_waiting_list"),
                        ("mode", "pending_holds_place"),
                        "registration_opens_at",
                        "registration_closes_at",
                        "cancel_until",
                        "transfer_until",
                        ("offer_hours", "max_party_size"),
                        "asks_study",
                        ("proof_hours", "retention_days"),
                        ("recheck_on_edit", "refuses_same_hour"),
                    )
                },
            ),
            (
                _("Payment"),
                {
                    "fields": (
                        ("currency", "payment_term_days"),
                        ("pays_online", "pays_by_transfer", "pays_at_door"),
                        "refund_percent",
                    )
                },
            ),
            (_("Look"), {"fields": ("colour", "picture", "content_languages")}),
            (
                _("Workshop"),
                {"classes": ["collapse"], "fields": (("level", "instructor"), "prerequisites", "you_will_learn", "agenda")},
            ),
            *language_tabs("name", "description"),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "organiser") if obj is not None and not cast(Any, request.user).is_superuser else fixed

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        if db_field.name == "organiser":
            return mine(request).order_by("name")
        return super().get_field_queryset(db, db_field, request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "tags_chosen" in form.base_fields:
            form.base_fields["tags_chosen"] = self.many(request, "tags", Tag)
            form.base_fields["clubs_chosen"] = self.many(request, "clubs", Club)
        return form

    def many(self, request: HttpRequest, name: str, model: type[Model]) -> forms.Field:
        """A field for a set behind a link table, which Django's admin leaves out."""
        column = cast(Any, Event._meta.get_field(name))
        widget = AutocompleteSelectMultiple(column, self.admin_site)
        return forms.ModelMultipleChoiceField(
            label=column.verbose_name, required=False, queryset=self.related_rows(request, model), widget=widget
        )

    @display(description=_("tags"))
    def tags_chosen(self, row: Event) -> str:
        return ", ".join(row.tags.values_list("name", flat=True)) or "–"

    @display(description=_("organising clubs"))
    def clubs_chosen(self, row: Event) -> str:
        return ", ".join(row.clubs.values_list("name", flat=True)) or "–"

    @display(description=_("ready to publish?"))
    def checklist(self, row: Event) -> str:
        items = publish_checklist(row).items()
        lines = [
            ("done", "check_circle", CHECKED.get(key, key)) if done else ("open", "radio_button_unchecked", text)
            for key, (done, text) in items
        ]
        one = '<li class="desk-check desk-check--{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span> {}</li>'
        return format_html('<ul class="desk-checks">{}</ul>', format_html_join("", one, lines))

    # --- Times by the event's clocks ---
    def zone_of(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        typed = request.POST.get("time_zone")
        try:
            if typed:
                return ZoneInfo(typed)
        except (ValueError, OSError, KeyError):
            pass
        if object_id:
            return cast(tzinfo, self.found(request, object_id).zone)
        organiser = mine(request).first()
        return ZoneInfo(organiser.time_zone) if organiser else timezone.get_current_timezone()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        organisers = list(mine(request)[:2])
        given = (
            {"organiser": organisers[0].pk, "time_zone": organisers[0].time_zone, "content_languages": [organisers[0].language]}
            if len(organisers) == 1
            else {}
        )
        return {**given, **super().get_changeform_initial_data(request)}

    # --- One page, one version ---
    def one_act(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[Any]:
        event = self.found(request, object_id) if object_id else None
        return one_version(event, source="admin", user=request.user)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.planned_starts_at = obj.planned_starts_at or obj.starts_at
        super().save_model(request, obj, form, change)
        if change and {"starts_at", "ends_at"} & {*form.changed_data} and self.has_to_come_permission(request, obj):
            self.offer_to_tell(request, obj)

    def offer_to_tell(self, request: HttpRequest, event: Event) -> None:
        """A time that was moved by hand tells nobody by itself."""
        link = format_html('<a href="{}">{}</a>', self.url_of("tell_time", event.pk), gettext("Tell people about it"))
        self.message_user(request, format_html("{} {}", gettext("The time has changed; nobody was told yet."), link), messages.WARNING)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        event = form.instance
        for member in event.team.filter(user__isnull=True):
            link_member(member)
        if not change:
            finish_new_event(event, by=cast(Any, request.user), source="admin")
            return
        refresh_price_from(event)
        refuse_below_held(event)
        if any(formset.model is TeamMember and formset.has_changed() for formset in formsets):
            refuse_without_owner(event)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_event(obj, by=cast(Any, request.user))

    # --- The list ---
    @display(description=_("event"), ordering="name", header=True)
    def shown_name(self, row: Event) -> tuple[str, str]:
        return row.name, row.code

    @display(description=_("start"), ordering="starts_at", header=True)
    def shown_when(self, row: Event) -> tuple[str, str]:
        return show_datetime(row.starts_at, row.time_zone), show_zone(row.time_zone, row.starts_at)

    @display(
        description=_("visibility"),
        ordering="visibility",
        label={"draft": "info", "published": "success", "unlisted": "warning", "cancelled": "danger"},
    )
    def shown_visibility(self, row: Event) -> tuple[str, str]:
        return row.visibility, row.get_visibility_display()
