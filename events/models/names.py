"""Names in the order of the alphabet, as readers of each language see them."""

from __future__ import annotations

from django.conf import settings

from netevent.core.database_objects import DatabaseObject

CODES = tuple(code for code, _name in settings.LANGUAGES)


def fallbacks(code: str) -> tuple[str, ...]:
    """The columns that a reader's name comes from: their own language first, then the others in the order in which texts fall back."""
    return (f"name_{code}", *(f"name_{other}" for other in CODES if other != code))


def in_order(code: str) -> DatabaseObject:
    """A page by name is read from this index; without it, all wide rows are read and sorted for twelve of them."""
    name, shown = f"events_listed_by_name_{code}", ", ".join(fallbacks(code))
    sql = f"CREATE INDEX {name} ON events_event (COALESCE({shown}), id) WHERE visibility = 'published'"
    return DatabaseObject(name, "index", "postgresql", "events_event", sql)


OBJECTS = tuple(in_order(code) for code in CODES)
