"""What search looks through."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from netevent.core.database_objects import DatabaseObject


class EventSearch(models.Model):
    """One normalised text per event: the words of all its languages, each once. Kept by `events.services.search`, never by hand."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True, related_name="search", verbose_name=_("event"))
    document = models.TextField(_("search text"), blank=True)

    class Meta:
        verbose_name = _("search text")
        verbose_name_plural = _("search texts")

    def __str__(self) -> str:
        return f"{self.event_id}"


# Both take the words as `netevent.core.text.words` made them and look at no language: no parser, no dictionary, no folding of their own.
VECTOR = "array_to_tsvector(string_to_array(document, ' '))"
IN_POSTGRESQL = f"SELECT event_id FROM events_eventsearch WHERE {VECTOR} @@ %s::tsquery"  # noqa: S608
IN_SQLITE = "SELECT rowid FROM events_search_words WHERE events_search_words MATCH %s"

FORGET = "INSERT INTO events_search_words (events_search_words, rowid, document) VALUES ('delete', OLD.event_id, OLD.document);"
LEARN = "INSERT INTO events_search_words (rowid, document) VALUES (NEW.event_id, NEW.document);"


REFILL = "INSERT INTO events_search_words (events_search_words) VALUES ('rebuild')"


def trigger(name: str, act: str, body: str) -> DatabaseObject:
    sql = f"CREATE TRIGGER {name} AFTER {act} ON events_eventsearch BEGIN {body} END"
    return DatabaseObject(name, "trigger", "sqlite", "events_eventsearch", sql, after=REFILL)


OBJECTS = (
    DatabaseObject(
        "events_search_words",
        "index",
        "postgresql",
        "events_eventsearch",
        f"CREATE INDEX events_search_words ON events_eventsearch USING gin ({VECTOR})",
    ),
    DatabaseObject(
        "events_search_words",
        "table",
        "sqlite",
        "events_eventsearch",
        "CREATE VIRTUAL TABLE events_search_words USING fts5(document, content='events_eventsearch', content_rowid='event_id',"
        " tokenize='ascii', prefix='2 3')",
        after=REFILL,
    ),
    trigger("events_search_insert", "INSERT", LEARN),
    trigger("events_search_delete", "DELETE", FORGET),
    trigger("events_search_update", "UPDATE", f"{FORGET} {LEARN}"),
)
