"""What search looks through."""

from __future__ import annotations

from django.db import connection, models
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


# PostgreSQL keeps a row of more than two kilobytes in two places: with blanks up to there, every text lies apart from the narrow rows that a
# search reads, however many hits it has (`toast_tuple_target` of the table, set by a migration).
LEAST_LENGTH = 2_100


def as_kept(document: str) -> str:
    return document.ljust(LEAST_LENGTH) if connection.vendor == "postgresql" else document


# Both take the words as `netevent.core.text.words` made them and look at no language: no parser, no dictionary, no folding of their own.
VECTOR = "array_to_tsvector(string_to_array(rtrim(document), ' '))"
# The question stands in a SELECT of its own, so that it isn't known while the plan is made: for common words PostgreSQL would rather make the
# vector of every document again than use the index, since it takes the functions in it for cheap.
IN_POSTGRESQL = f"SELECT array_agg(event_id) FROM events_eventsearch WHERE {VECTOR} @@ (SELECT %s::tsquery)"  # noqa: S608
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
        # Without a list of what is yet to be sorted in, which every search would read, and which makes the index look dear to the planner.
        f"CREATE INDEX events_search_words ON events_eventsearch USING gin ({VECTOR}) WITH (fastupdate = off)",
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
