"""`manage.py seed_demo`: a university conference, a workshop series, clubs, and events that were held."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from netevent.core.demo import Demo
from netevent.core.signals import demo_parts


class Command(BaseCommand):
    help = "Load the demo. Repeatable: the same arguments give the same rows, a second call adds none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--attendees", type=int, default=320, help="people at the open conference")
        parser.add_argument("--random-seed", type=int, default=2027)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.NETEVENT_ENV == "production":
            raise CommandError("The demo is for development: production has no demo accounts.")
        if not 0 <= options["attendees"] <= 20_000:
            raise CommandError("--attendees takes a number from 0 to 20000.")
        demo = Demo(attendees=options["attendees"], seed=options["random_seed"])
        with transaction.atomic():
            demo_parts.send(sender=Demo, demo=demo)
        for what, number in demo.made.items():
            self.stdout.write(f"{what}: {number}")
        if not demo.made:
            self.stdout.write("The demo is there already.")
