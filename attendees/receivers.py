"""What attendees hear from the apps below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from attendees.services.places import places_of_many
from events.models import Event
from events.selectors import PlacesShown
from events.signals import places_asked
from netevent.core.demo import Demo
from netevent.core.signals import demo_parts


@receiver(places_asked)
def tell_places(events: Sequence[Event], **kwargs: Any) -> dict[int, PlacesShown]:
    """Places left and held, for cards, event pages and the guard over limits."""
    return {
        pk: PlacesShown(
            left=places.left(),
            by_type={type_id: places.left(type_id) for type_id in places.capacity},
            held=places.held.total(),
            held_by_type=dict(places.held),
        )
        for pk, places in places_of_many(events).items()
    }


@receiver(demo_parts)
def make_demo(demo: Demo, **kwargs: Any) -> None:
    from attendees.demo import make_attendees  # noqa: PLC0415 -- only the demo needs it

    make_attendees(demo)
