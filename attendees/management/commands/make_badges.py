"""The badges of an event as one PDF: the same code that the job runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from attendees.exports.badges import Printed, write_badges
from attendees.selectors import badge_order
from attendees.services.badge_jobs import SHEET_NAMES
from attendees.services.badges import note_printed
from events.models import Event
from netevent.core.fields import normalise_code


class Command(BaseCommand):
    help = "Write the badges of an event's confirmed attendees, in name order, into one PDF."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("event_code")
        parser.add_argument("-o", "--output", default="", metavar="FILE.pdf", help="default: badges-CODE.pdf in this folder")
        parser.add_argument("--sheet", default="a6", choices=SHEET_NAMES)

    def handle(self, *args: Any, event_code: str, output: str, sheet: str, **options: Any) -> None:
        event = Event.objects.filter(code=normalise_code(event_code)).first()
        if event is None:
            raise CommandError(f"There is no event with the code {event_code}.")
        path = Path(output or f"badges-{event.code}.pdf")
        ids = badge_order(event.pk)
        if not ids:
            raise CommandError(f"Nobody is confirmed for {event.code}.")
        printed = write_whole(event, ids, path, sheet)
        note_printed(printed.badges)
        self.tell(printed, path)

    def tell(self, printed: Printed, path: Path) -> None:
        codes = {badge.attendee_id: badge.attendee.code for badge in printed.badges}
        for pk, problem in printed.problems:
            self.stderr.write(f"{codes[pk]}: {problem.code} ({problem.detail})")
        self.stdout.write(f"{len(printed.badges)} badges in {path}")


def write_whole(event: Event, ids: list[int], path: Path, sheet: str) -> Printed:
    """The file appears when it is complete.

    Raises:
        CommandError: it can't be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as out:
            printed = write_badges(event, ids, out, sheet=sheet)
        part.replace(path)
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error
    return printed
