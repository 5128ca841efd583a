"""Becoming an organiser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Organiser, OrganiserMember
from events.signals import organiser_granted
from netevent.accounts.models import User
from netevent.core.errors import DomainError
from netevent.notifications.services import queue_message

if TYPE_CHECKING:
    from collections.abc import Iterable


@transaction.atomic
def request_organiser(*, user: User, name: str, legal_name: str = "", language: str = "en") -> Organiser:
    """Ask to run events. With ORGANIZER_SIGNUP `open` it is granted at once, else admins are told.

    Raises:
        DomainError: `already_asked` while an earlier request of this person waits.
    """
    if Organiser.objects.filter(members__user=user, approved_at__isnull=True).exists():
        raise DomainError("already_asked", _("Your earlier request is still waiting."))
    organiser = Organiser(name=name, legal_name=legal_name, email=user.email, language=language)
    organiser.give_staff_code()
    organiser.save()
    OrganiserMember.objects.create(organiser=organiser, user=user, is_owner=True)
    if settings.ORGANIZER_SIGNUP == "open":
        return approve_organiser(organiser)
    tell_admins(organiser, user)
    return organiser


def tell_admins(organiser: Organiser, user: User) -> None:
    for admin in User.objects.filter(is_superuser=True, is_active=True, email__isnull=False):
        queue_message(
            "organiser_requested",
            about=f"events.organiser:{organiser.pk}",
            receiver=f"user:{admin.pk}",
            version=1,
            to_user=admin,
            language=admin.language,
            context={"organiser_name": organiser.name, "legal_name": organiser.legal_name, "asked_by": user.pk},
        )


@transaction.atomic
def approve_organiser(organiser: Organiser, *, by: User | None = None) -> Organiser:
    """Let an organiser run events and tell its owners; doing it twice is harmless."""
    granted = Organiser.objects.filter(pk=organiser.pk, approved_at__isnull=True).update(approved_at=timezone.now())
    organiser.refresh_from_db()
    if granted and by is not None:
        for member in owners_of(organiser):
            queue_message(
                "organiser_granted",
                about=f"events.organiser:{organiser.pk}",
                receiver=f"user:{member.user_id}",
                version=1,
                to_user=member.user,
                language=member.user.language,
                context={"organiser_name": organiser.name},
            )
    if granted:
        organiser_granted.send(sender=Organiser, organiser=organiser, by=by)
    return organiser


def owners_of(organiser: Organiser) -> Iterable[OrganiserMember]:
    return organiser.members.filter(is_owner=True, user__email__isnull=False).select_related("user")


@transaction.atomic
def leave_organiser(member: OrganiserMember) -> None:
    """Take a person out of an organiser.

    Raises:
        DomainError: `last_owner`: somebody must stay responsible.
    """
    others = OrganiserMember.objects.filter(organiser=member.organiser_id, is_owner=True).exclude(pk=member.pk)
    if member.is_owner and not others.exists():
        raise DomainError("last_owner", _("The last owner can't leave. Make somebody else an owner first."))
    member.delete()
