"""What events hear from the apps below."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from events.models import TeamMember
from events.services.team import link_member
from netevent.accounts.models import User
from netevent.accounts.signals import address_proved, home_of
from netevent.core.demo import Demo
from netevent.core.signals import demo_parts


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
