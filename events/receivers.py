"""What events hear from the apps below."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from netevent.core.demo import Demo
from netevent.core.signals import demo_parts


@receiver(demo_parts)
def make_demo(demo: Demo, **kwargs: Any) -> None:
    from events.demo import make_events  # noqa: PLC0415 -- long texts that only the demo needs

    make_events(demo)
