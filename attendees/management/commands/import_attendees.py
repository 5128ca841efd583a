"""`manage.py import_attendees EVENT_CODE FILE`: people from a CSV or XLSX file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attendees.services.imports import Report, import_table, plan_import
from events.models import AttendeeType, Event
from netevent.core.errors import DomainError
from netevent.core.fields import normalise_code
from netevent.core.tables import read_table


class Command(BaseCommand):
    help = "Import attendees. Each skipped row is listed with its number and reason."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("event_code")
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--type", metavar="CODE", help="attendee type of rows that name none")
        parser.add_argument(
            "--column", action="append", default=[], metavar="HEADING=field", help="what a column means (empty: leave it out)"
        )
        parser.add_argument("--tell", action="store_true", help="send each new attendee their confirmation")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self.run_import(options)
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        self.stdout.write(json.dumps(self.as_json(report)) if options["json"] else self.as_text(report))

    def run_import(self, options: dict[str, Any]) -> Report:
        event = Event.objects.filter(code=normalise_code(options["event_code"])).first()
        if event is None:
            raise CommandError(f"There is no event {options['event_code']}.")
        with options["file"].open("rb") as file:
            table = read_table(file, options["file"].name)
        plan = plan_import(
            event,
            table,
            chosen=dict(self.column(text) for text in options["column"]),
            attendee_type=self.type_of(event, options["type"]),
            tell=options["tell"],
            dry_run=options["dry_run"],
        )
        return import_table(plan, table)

    def column(self, text: str) -> tuple[str, str]:
        heading, sign, name = text.rpartition("=")
        if not sign:
            raise CommandError(f"--column {text}: write HEADING=field.")
        return heading, name

    def type_of(self, event: Event, code: str | None) -> AttendeeType | None:
        if not code:
            return None
        kind = event.attendee_types.filter(code=normalise_code(code)).first()
        if kind is None:
            raise CommandError(f"{event.code} has no attendee type {code}.")
        return kind

    def as_json(self, report: Report) -> dict[str, Any]:
        return {
            "created": report.created,
            "waitlisted": report.waitlisted,
            "updated": report.updated,
            "skipped": report.skipped,
            "errors": report.errors,
            "ignored_columns": report.ignored_columns,
        }

    def as_text(self, report: Report) -> str:
        lines = [f"created {report.created} / updated {report.updated} / skipped {report.skipped}"]
        if report.waitlisted:
            lines.append(f"{report.waitlisted} of the created wait for a place")
        if report.ignored_columns:
            lines.append(f"left out: {', '.join(report.ignored_columns)}")
        lines += [f"row {line.row}: {line.reason}: {line.text}" for line in report.outcomes if line.outcome == "skipped"]
        return "\n".join(lines)
