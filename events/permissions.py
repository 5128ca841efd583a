"""What a person may do at an event: asked by pages, desk and API alike. Strangers get 404, never a 403 that tells something exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.models import Event, Organiser, OrganiserMember, TeamMember
from events.models.team import Right

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from netevent.accounts.models import User

__all__ = ["Right", "allowed", "may_create_events", "may_enter_desk", "may_help_at", "owns", "rights_at"]


def rights_at(user: User | AnonymousUser, event: Event) -> frozenset[Right]:
    """Every right this user has at this event, in at most two queries."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser or owns(user, event.organiser_id):
        return frozenset(Right)
    member = TeamMember.objects.filter(event=event, user=user).select_related("role").first()
    return frozenset(right for right in Right if member and getattr(member.role, right))


def allowed(user: User | AnonymousUser, right: Right, event: Event) -> bool:
    """May this user do this here? One query: it stands before every scan."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or Event.objects.run_by(user, right).filter(pk=event.pk).exists()


def owns(user: User | AnonymousUser, organiser_id: int) -> bool:
    return user.is_authenticated and OrganiserMember.objects.filter(organiser=organiser_id, user=user.pk, is_owner=True).exists()


def may_help_at(user: User | AnonymousUser, event: Event) -> bool:
    """Does this user belong to the event's team or organiser at all?"""
    return Event.objects.run_by(user).filter(pk=event.pk).exists()


def may_enter_desk(user: User) -> bool:
    """Whoever belongs to an approved organiser or has a desk role in a team: derived from those rows and gone with them."""
    if OrganiserMember.objects.filter(user=user, organiser__approved_at__isnull=False).exists():
        return True
    return TeamMember.objects.filter(user=user).at_the_desk().exists()


def may_create_events(user: User | AnonymousUser) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or Organiser.objects.approved().filter(members__user=user).exists()
