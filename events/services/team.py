"""Who helps to run an event: rules that hold whichever page writes the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event, Role, TeamMember
from events.permissions import Right, rights_at
from netevent.core.errors import DomainError

if TYPE_CHECKING:
    from netevent.accounts.models import User

OWNER_ROLE = "owner"


def rights_of(role: Role) -> frozenset[Right]:
    return frozenset(right for right in Right if getattr(role, right))


def roles_to_give(user: User, event: Event | None) -> list[int]:
    """Keys of the roles that this person may hand out here: none that holds a right they lack themselves."""
    roles = Role.objects.visible_to(user)
    if user.is_superuser or event is None:
        return list(roles.values_list("pk", flat=True))
    own = rights_at(user, event)
    return [role.pk for role in roles if rights_of(role) <= own]


def refuse_without_owner(event: Event) -> None:
    """Ask after the team was written, inside the same transaction.

    Raises:
        DomainError: `no_owner`: somebody must stay responsible for an event.
    """
    if not event.team.filter(role__key=OWNER_ROLE).exists():
        raise DomainError("no_owner", _("An event needs a team member with the role of its owner."))


def link_member(member: TeamMember) -> bool:
    """Give a member who is known by an address the account that has proved it; False when there is none (yet)."""
    if member.user_id or not member.email:
        return False
    proved = EmailAddress.objects.filter(email=member.email, verified=True, user__is_active=True).first()
    if proved is None or TeamMember.objects.filter(event=member.event_id, user=proved.user_id).exists():
        return False
    member.user_id = proved.user_id
    member.accepted_at = member.accepted_at or timezone.now()
    member.save(update_fields=["user", "accepted_at", "updated_at"])
    return True
