"""Attendance is a fact that staff record: every scan is a row, refused ones too."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendees.models.attendee import Attendee
from events.models import Event, Room
from netevent.accounts.models import User
from netevent.core.fields import TrimmedCharField
from netevent.core.history import RowHistory
from netevent.core.inserts import PreparedInsert
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class CheckpointKind(models.TextChoices):
    ENTRY = "entry", _("Entry")
    EXTRA = "extra", _("Extra")
    SESSION = "session", _("Session door")


class Repeat(models.TextChoices):
    ONCE = "once", _("Once")
    DAILY = "daily", _("Once a day")
    FREE = "free", _("As often as one likes")


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(event__in=Event.objects.run_by(user))

    def staffed_by(self, user: User | AnonymousUser, right: str) -> Self:
        """Of events in whose team this user is, in a role that gives the right: the part of `run_by` that a plain join can tell."""
        return self.of_team(user.pk, right) if user.is_active else self.none()

    def of_team(self, user: Any, right: str) -> Self:
        return self.filter(event__team__user=user, **{f"event__team__role__{right}": True})


class Checkpoint(Timestamped):
    """A place where people are scanned; every event has its main one, *entry*."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="checkpoints", verbose_name=_("event"))
    name = TrimmedCharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=CheckpointKind, default=CheckpointKind.ENTRY)
    room = models.ForeignKey(Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("room"))
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    repeat = models.CharField(_("repeat"), max_length=10, choices=Repeat, default=Repeat.ONCE)
    attendee_types = models.ManyToManyField("events.AttendeeType", blank=True, related_name="+", verbose_name=_("only for these types"))
    is_main = models.BooleanField(_("main"), default=False)
    history = RowHistory()

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ("event", "-is_main", "pk")
        constraints = (models.UniqueConstraint(fields=["event"], condition=Q(is_main=True), name="one_main_checkpoint"),)

    def __str__(self) -> str:
        return self.name


class Answer(models.TextChoices):
    """What a scan was told: stable words, in the order in which they are decided."""

    UNKNOWN = "unknown", _("Unknown badge")
    REVOKED = "revoked", _("Badge was replaced")
    WRONG_EVENT = "wrong_event", _("Other event")
    EVENT_CANCELLED = "event_cancelled", _("Event called off")
    CANCELLED = "cancelled", _("Registration cancelled")
    NOT_APPROVED = "not_approved", _("Not approved")
    UNPAID = "unpaid", _("Not paid")
    TOO_EARLY = "too_early", _("Too early")
    TOO_LATE = "too_late", _("Too late")
    WRONG_TYPE = "wrong_type", _("Not for this type")
    NEEDS_ANSWERS = "needs_answers", _("Questions are open")
    ALREADY_IN = "already_in", _("Already checked in")
    IN = "in", _("Checked in")


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    def entries(self) -> Self:
        return self.filter(answer=Answer.IN, annulled_at__isnull=True)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(event__in=Event.objects.run_by(user))


class CheckIn(PreparedInsert):
    """One scan. `once_key` turns the checkpoint's repeat rule into one constraint, so the database decides a race."""

    scan_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="check_ins", verbose_name=_("event"))
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="check_ins", verbose_name=_("checkpoint"))
    attendee = models.ForeignKey(
        Attendee, on_delete=models.SET_NULL, null=True, blank=True, related_name="check_ins", verbose_name=_("attendee")
    )
    answer = models.CharField(_("answer"), max_length=15, choices=Answer)
    once_key = models.CharField(max_length=20, null=True, editable=False)
    method = models.CharField(_("method"), max_length=10, default="badge", editable=False)
    raw = models.CharField(
        _("what was scanned"), max_length=16, blank=True, editable=False, help_text=_("The first letters of its digest.")
    )
    scanned_at = models.DateTimeField(_("scanned"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    earlier = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("earlier scan"))
    annulled_at = models.DateTimeField(_("undone"), null=True)
    annulled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("undone by"))
    annulled_reason = models.TextField(_("why undone"), blank=True)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["checkpoint", "attendee", "once_key"],
                condition=Q(answer="in", annulled_at__isnull=True, once_key__isnull=False),
                name="one_entry_each",
            ),
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="check_in_answer_known"),
        )
        indexes = (models.Index(fields=["event", "received_at"], name="check_in_totals"),)

    def __str__(self) -> str:
        return f"{self.get_answer_display()}: {self.attendee or self.raw}"
