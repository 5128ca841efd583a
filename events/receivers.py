"""What events hear from the apps below."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from events.models import Club, Event, Organiser, Tag, TeamMember, Venue
from events.services.team import link_member
from netevent.accounts.models import User
from netevent.accounts.signals import address_proved, home_of
from netevent.core.demo import Demo
from netevent.core.signals import Invariant, demo_parts, invariants


@receiver(demo_parts)
def make_demo(demo: Demo, **kwargs: Any) -> None:
    from events.demo import make_events

    make_events(demo)


@receiver(address_proved, dispatch_uid="events.address_proved")
def link_team(user: User, email: str, **kwargs: Any) -> None:
    """Whoever proved an address takes the places in teams that wait for it."""
    for member in TeamMember.objects.filter(email=email, user=None):
        link_member(member)


@receiver(home_of, dispatch_uid="events.home_of")
def lead_to_check_in(user: User, **kwargs: Any) -> tuple[int, str] | None:
    """Who checks in, and has no business at the desk, came for the check-in page."""
    return (50, "/staff/dashboard") if TeamMember.objects.filter(user=user, role__can_check_in=True).exists() else None


@receiver(post_save, sender=Organiser, dispatch_uid="events.search.organiser")
@receiver(post_save, sender=Club, dispatch_uid="events.search.club")
@receiver(post_save, sender=Tag, dispatch_uid="events.search.tag")
@receiver(post_save, sender=Venue, dispatch_uid="events.search.venue")
def follow_new_name(instance: Any, created: bool, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any) -> None:
    """What an event is found by may stand in another table: a new name there goes into the search texts of its events."""
    from events.services.search import refresh_search_texts

    if not created and not raw and (update_fields is None or update_fields & {"name", "city"}):
        refresh_search_texts(Event.objects.filter(pk__in=instance.events.values("pk")))


@receiver(invariants, dispatch_uid="events.invariants")
def report_to_audit(**kwargs: Any) -> list[Invariant]:
    from events.services.search import stale_search_texts

    return [Invariant("search_text_is_right", "an event is found by the words that it has now", stale_search_texts())]
