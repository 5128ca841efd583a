"""`manage.py rebuild_search`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from events.models import Event
from events.services.search import refresh_search_texts
from netevent.core import database_objects


class Command(BaseCommand):
    help = (
        "Write the search texts of all events and the index over them anew. Harmless at any time; needed after rows were written by hand."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        database_objects.make([item for item in database_objects.expected() if item.table == "events_eventsearch"])
        self.stdout.write(f"{refresh_search_texts(Event.objects.all())} search texts were not right; now all are.")
