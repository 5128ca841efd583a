from typing import Any

from django.db import migrations


def set_apart(_apps: Any, editor: Any) -> None:
    """The index is made anew after `migrate`, as its text has changed (events.models.search)."""
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX IF EXISTS events_search_words")
        editor.execute("ALTER TABLE events_eventsearch SET (toast_tuple_target = 128)")
        editor.execute("UPDATE events_eventsearch SET document = rpad(document, 2100) WHERE length(document) < 2100")


def put_back(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX IF EXISTS events_search_words")
        editor.execute("ALTER TABLE events_eventsearch RESET (toast_tuple_target)")
        editor.execute("UPDATE events_eventsearch SET document = rtrim(document)")


class Migration(migrations.Migration):
    dependencies = [("events", "0005_people_who_register_together")]

    operations = [migrations.RunPython(set_apart, put_back)]
