"""Attendee types: inside their event's page, and on their own."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from events.admin.common import EDIT, LANGUAGE_CODES, NAMES_FIRST, language_tabs
from events.desk_forms import AttendeeTypeForm, AttendeeTypeFormSet
from events.models import AttendeeType, Event
from events.services.events import refresh_price_from, refuse_below_held
from netevent.core.admin import EVENT_ITSELF, DeskAdmin, TranslatedDeskAdmin, TranslatedTabularInline
from netevent.core.errors import DomainError
from netevent.core.versions import one_version


class AttendeeTypeInline(TranslatedTabularInline):
    model = AttendeeType
    form = AttendeeTypeForm
    formset = AttendeeTypeFormSet
    event_path = EVENT_ITSELF
    change_rights = EDIT
    show_change_link = True
    verbose_name_plural = _("attendee types")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (f"name_{first_language(obj)}", "code", "price", "capacity", "hidden", "position")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [(None, {"fields": self.get_fields(request, obj)})]


def first_language(event: Event | None) -> str:
    """The language that an event's short fields are typed in."""
    return next((code for code in (event.content_languages if event else []) if code in LANGUAGE_CODES), "en")


class EventChildAdmin(DeskAdmin):
    """A row of one event, whose change is a version of the event."""

    event_path: ClassVar[str] = "event"
    list_select_related = ("event",)
    autocomplete_fields = ("event",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, "event") if obj is not None else fixed

    def one_act(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[Any]:
        event = self.found(request, object_id).event if object_id else None
        return one_version(event, source="admin", user=request.user)


@admin.register(AttendeeType)
class AttendeeTypeAdmin(EventChildAdmin, TranslatedDeskAdmin):  # type: ignore[misc]
    form = AttendeeTypeForm
    change_form_template = NAMES_FIRST
    change_rights = EDIT
    list_display = ("name", "event", "code", "price", "capacity", "hidden")
    list_filter = ("event", "hidden")
    search_fields = ("code", *(f"name_{code}" for code in LANGUAGE_CODES))
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "event",
                    "code",
                    ("price", "vat_rate"),
                    "capacity",
                    "opens_at",
                    "closes_at",
                    "mode",
                    ("colour", "position"),
                    "hidden",
                )
            },
        ),
        *language_tabs("name", "description"),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        refresh_price_from(obj.event)
        refuse_below_held(obj.event)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        if not obj.event.attendee_types.exclude(pk=obj.pk).exists():
            raise DomainError("last_type", _("An event keeps at least one attendee type."))
        with one_version(obj.event, source="admin", user=request.user):
            super().delete_model(request, obj)
            refresh_price_from(obj.event)
            refuse_below_held(obj.event)
