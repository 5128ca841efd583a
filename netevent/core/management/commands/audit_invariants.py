from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder

from netevent.core.signals import Invariant, collect, invariants


class Command(BaseCommand):
    help = "Says whether every promise holds on the live data. Exit 1, with the rows, when one does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help='{"holds": …, "invariants": [{"name", "promise", "broken"}]}')

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[Invariant] = collect(invariants)
        holds = not any(each.broken for each in found)
        if options["json"]:
            rows = [{"name": each.name, "promise": str(each.promise), "broken": each.broken} for each in found]
            self.stdout.write(json.dumps({"holds": holds, "invariants": rows}, indent=2, cls=DjangoJSONEncoder))
        else:
            self.tell(found)
        if not holds:
            raise SystemExit(1)

    def tell(self, found: list[Invariant]) -> None:
        for each in found:
            self.stdout.write(f"{'BROKEN' if each.broken else 'holds '}  {each.name}: {each.promise}")
            for row in each.broken:
                self.stdout.write("        " + ", ".join(f"{key}={value}" for key, value in row.items()))
