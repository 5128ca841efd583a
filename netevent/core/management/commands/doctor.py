from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from netevent.core.doctor import LEVELS, findings

MARKS = {"ok": "ok      ", "hint": "hint    ", "warning": "warning ", "problem": "PROBLEM "}


class Command(BaseCommand):
    help = "Says what is configured, reachable and pending, and how to mend what is not. Exit 1 when there is a problem."
    requires_system_checks = []  # what they would stop at is what the doctor is asked about

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="a list of {name, level, text, fix}")

    def handle(self, *args: Any, **options: Any) -> None:
        found = findings()
        if options["json"]:
            self.stdout.write(json.dumps([{key: str(value) for key, value in asdict(finding).items()} for finding in found], indent=2))
        else:
            for finding in found:
                self.stdout.write(f"{MARKS[finding.level]} {finding.name}: {finding.text}")
                if finding.fix and finding.level != "ok":
                    self.stdout.write(f"          → {finding.fix}")
        if any(finding.level == LEVELS[-1] for finding in found):
            raise SystemExit(1)
