"""The demo's ground: how large it is, and the dice that fall the same way every time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

DEMO_DOMAIN = "demo.netevent.test"


@dataclass
class Demo:
    """What every part of the demo reads, and what it leaves for the parts above: events by code, people by name.

    Args:
        attendees: how many the open conference has.
        seed: the same one gives the same rows.
        today: the day that past and coming events are counted from.
    """

    attendees: int = 320
    seed: int = 2027
    today: datetime = field(default_factory=timezone.now)
    made: dict[str, int] = field(default_factory=dict)
    events: dict[str, Any] = field(default_factory=dict)
    users: dict[str, Any] = field(default_factory=dict)

    def dice(self, part: str) -> random.Random:
        """A generator of one part's own, so that a new part doesn't change the others."""
        return random.Random(f"{self.seed}:{part}")  # noqa: S311 -- a demo, not a secret

    def count(self, what: str, number: int = 1) -> None:
        self.made[what] = self.made.get(what, 0) + number

    def local(self, days: int, hour: int, minute: int = 0, zone: str = "Europe/Amsterdam") -> datetime:
        """So many days from today at a wall-clock time of a zone."""
        day = self.today.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
        return datetime.combine(day, time(hour, minute), ZoneInfo(zone)).astimezone(UTC)


def address(name: str) -> str:
    return f"{name}@{DEMO_DOMAIN}"
