"""Translated fields, and the histories of translated models: registered after the translations, or their first save fails."""

from __future__ import annotations

from typing import Any

import simple_history as history
from django.conf import settings
from modeltranslation.translator import TranslationOptions, register

from events.models import AttendeeType, Event, EventType
from netevent.core.history import RowHistory
from netevent.core.versions import VersionedRecords


@register(EventType)
class EventTypeTranslation(TranslationOptions):
    fields = ("name",)


@register(Event)
class EventTranslation(TranslationOptions):
    fields = ("name", "description", "cancelled_reason")


@register(AttendeeType)
class AttendeeTypeTranslation(TranslationOptions):
    fields = ("name", "description")


def related_of_event(event: Event) -> dict[str, Any]:
    """What a version holds beside the columns: tags and clubs by name, types with code, names, price and capacity."""
    types = event.attendee_types.order_by("position", "pk")
    return {
        "tags": sorted(event.tags.values_list("name", flat=True)),
        "clubs": sorted(event.clubs.values_list("name", flat=True)),
        "attendee_types": [{"code": t.code, "names": names_of(t), "price": str(t.price), "capacity": t.capacity} for t in types],
    }


def names_of(row: Any) -> dict[str, str]:
    return {code: name for code, _label in settings.LANGUAGES if (name := getattr(row, f"name_{code}"))}


def keep_search_text(event: Event, names: frozenset[str] | None) -> None:
    """Whatever saved the event, its search text goes along in the same transaction."""
    from events.services.search import IN_DOCUMENT, refresh_search_texts

    if names is None or names & IN_DOCUMENT:
        refresh_search_texts(Event.objects.filter(pk=event.pk))


history.register(
    Event,
    app="events",
    records_class=VersionedRecords,
    related=related_of_event,
    sets=("tags", "clubs"),
    children=((AttendeeType, "event_id"),),
    leave_out=("price_from",),
    written=keep_search_text,
)
history.register(AttendeeType, app="events", records_class=RowHistory)
