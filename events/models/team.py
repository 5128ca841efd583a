"""Who helps to run one event, and what their role lets them do."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from events.models.organiser import Organiser
from netevent.accounts.models import User
from netevent.core.fields import CodeField, LowerEmailField, TrimmedCharField
from netevent.core.history import RowHistory
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Right(StrEnum):
    """What a role may do at its event. Each is a column of Role: a JSON list can't be filtered on SQLite."""

    MANAGE_TEAM = "can_manage_team"
    EDIT_EVENT = "can_edit_event"
    MANAGE_ATTENDEES = "can_manage_attendees"
    SEE_PERSONAL_DATA = "can_see_personal_data"
    MONEY = "can_money"
    CHECK_IN = "can_check_in"
    REPORTS = "can_reports"
    MESSAGES = "can_messages"


class RoleQuerySet(models.QuerySet["Role"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self if user.is_superuser else self.filter(Q(organiser__isnull=True) | Q(organiser__members__user=user)).distinct()


class Role(Timestamped):
    """A named set of rights. In use it can't be deleted (the key protects it); built-in ones belong to no organiser."""

    organiser = models.ForeignKey(
        Organiser, on_delete=models.CASCADE, null=True, blank=True, related_name="roles", verbose_name=_("organiser")
    )
    key = models.SlugField(_("key"), max_length=50, unique=True)
    name = TrimmedCharField(_("name"), max_length=50, unique=True)
    description = TrimmedCharField(_("description"), max_length=255, blank=True)
    can_manage_team = models.BooleanField(_("manages the team"), default=False)
    can_edit_event = models.BooleanField(_("edits the event"), default=False)
    can_manage_attendees = models.BooleanField(_("manages attendees"), default=False)
    can_see_personal_data = models.BooleanField(_("sees personal data"), default=False)
    can_money = models.BooleanField(_("handles money"), default=False)
    can_check_in = models.BooleanField(_("checks in"), default=False)
    can_reports = models.BooleanField(_("sees reports"), default=False)
    can_messages = models.BooleanField(_("sends messages"), default=False)

    objects = RoleQuerySet.as_manager()

    DESK = tuple(right.value for right in Right if right is not Right.CHECK_IN)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(_(self.name)) if self.organiser_id is None else self.name

    @property
    def is_desk_role(self) -> bool:
        """Does it lead to the desk? Checking in alone has its own page."""
        return any(getattr(self, right) for right in self.DESK)


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    def at_the_desk(self) -> Self:
        return self.filter(Q(*((f"role__{right}", True) for right in Role.DESK), _connector=Q.OR))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(event__in=Event.objects.run_by(user))


class TeamMember(Timestamped):
    """One role per person and event."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="team", verbose_name=_("event"))
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="team_memberships", verbose_name=_("user"))
    email = LowerEmailField(_("e-mail"), null=True, blank=True)
    first_name = TrimmedCharField(_("first name"), max_length=100, blank=True)
    last_name = TrimmedCharField(_("last name"), max_length=100, blank=True)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="team_members", verbose_name=_("role"))
    staff_code = CodeField(_("staff code"), unique=True, null=True, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    history = RowHistory()

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        ordering = ("event", "pk")
        constraints = (
            models.UniqueConstraint(fields=["event", "email"], name="team_member_email_once"),
            models.UniqueConstraint(fields=["event", "user"], condition=Q(user__isnull=False), name="team_member_user_once"),
        )
        indexes = (models.Index(fields=["user", "event"], name="team_member_rights"),)

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or str(self.user)
