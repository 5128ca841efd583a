from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from netevent.core.policies import routes


class Command(BaseCommand):
    help = "Every address with its methods and the policy that guards it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="a list of {route, name, methods, policy}")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = list(routes())
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            self.stdout.write(f"{row['route']:60} {','.join(row['methods']):16} {row['policy'] or '(nobody has said)'}")
