"""The search text of events: written here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.utils import DatabaseError

from events.models import Event, EventSearch
from events.models.search import as_kept
from netevent.core.text import words

if TYPE_CHECKING:
    from collections.abc import Iterable

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
TEXTS = tuple(f"{name}_{code}" for name in ("name", "description") for code in LANGUAGES)
OWN = (*TEXTS, "instructor", "city", "location")
# What of a version's changes touches the document.
IN_DOCUMENT = frozenset((*OWN, "tags", "clubs", "organiser", "venue"))
LONGEST_DOCUMENT = 300_000  # characters: a third of what PostgreSQL takes, and more than seven full descriptions
CHUNK = 500


def document_of(event: Event) -> str:
    """Every word that the event is found by, once each, in a fixed order."""
    venue = event.venue
    parts = [getattr(event, name) or "" for name in OWN] + [event.organiser.name]
    parts += [venue.name, venue.city] if venue else []
    parts += [tag.name for tag in event.tags.all()] + [club.name for club in event.clubs.all()]
    return " ".join(sorted(set(words("\n".join(parts)))))[:LONGEST_DOCUMENT].rstrip()


def with_search_parts(events: QuerySet[Event]) -> QuerySet[Event]:
    return events.select_related("organiser", "venue").only("pk", *OWN, "organiser__name", "venue__name", "venue__city").order_by("pk")


@transaction.atomic
def refresh_search_texts(events: QuerySet[Event]) -> int:
    """Write the texts of these events that aren't right; how many that were."""
    return sum(write(stale) for stale in stale_chunks(events))


def write(stale: list[EventSearch]) -> int:
    EventSearch.objects.bulk_create(stale, update_conflicts=True, unique_fields=["event"], update_fields=["document"])
    return len(stale)


def stale_chunks(events: QuerySet[Event]) -> Iterator[list[EventSearch]]:
    """Texts as they should be, where they are not, some hundred events at a time."""
    found = iter(with_search_parts(events).prefetch_related("tags", "clubs").iterator(chunk_size=CHUNK))
    while chunk := list(islice(found, CHUNK)):
        there = dict(EventSearch.objects.filter(event__in=chunk).values_list("event_id", "document"))
        yield [text for text in texts_of(chunk) if there.get(text.event_id) != text.document]


def texts_of(events: Iterable[Event]) -> Iterator[EventSearch]:
    return (EventSearch(event=event, document=as_kept(document_of(event))) for event in events)


def stale_search_texts(events: QuerySet[Event] | None = None) -> list[dict[str, Any]]:
    """For the audit: events whose text is not what it should be, and whatever is wrong with the index behind it."""
    chunks = stale_chunks(Event.objects.all() if events is None else events)
    return [{"event": text.event_id} for chunk in chunks for text in chunk] + broken_index()


def broken_index() -> list[dict[str, Any]]:
    """SQLite keeps the words in a table of its own, which can be asked whether it agrees with the texts."""
    if connection.vendor != "sqlite":
        return []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO events_search_words (events_search_words, rank) VALUES ('integrity-check', 1)")
    except DatabaseError as error:
        return [{"index": "events_search_words", "error": str(error)}]
    return []
