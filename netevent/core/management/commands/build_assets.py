"""Join styles and behaviours and cut the fonts: run before the server starts and before `collectstatic`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from netevent.core import assets


class Command(BaseCommand):
    help = "Join styles and scripts and cut the fonts to the letters that are used."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for name, size in assets.build().items():
            self.stdout.write(f"{name}: {size / 1000:.1f} kB")
