"""Badges and links: what opens a door is derived when it must be shown; here stand only nonce and digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models.attendee import Attendee
from netevent.core import tokens
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from netevent.accounts.models import User

BADGE_PURPOSE = "badge"


class BadgeQuerySet(models.QuerySet["Badge"]):
    def live(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(attendee__in=Attendee.objects.visible_to(user))


class Badge(Timestamped):
    """One live badge per attendee. Printing again keeps its token; reissuing revokes the old row and makes a new one."""

    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="badges", verbose_name=_("attendee"))
    nonce = models.CharField(max_length=32, default=tokens.new_nonce, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    data_hash = models.CharField(max_length=64, blank=True, editable=False)
    printed_at = models.DateTimeField(_("printed"), null=True, editable=False)
    prints = models.PositiveIntegerField(_("times printed"), default=0, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = BadgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=["attendee"], condition=Q(revoked_at__isnull=True), name="one_live_badge"),)

    def __str__(self) -> str:
        return str(self.attendee)

    @property
    def token(self) -> str | None:
        """The text in its QR; None when the secret key that made it is no longer known."""
        return tokens.rederive(BADGE_PURPOSE, self.nonce, self.digest)


class Purpose(models.TextChoices):
    PERSONAL = "personal", _("Personal page")
    CONFIRM = "confirm", _("Confirm the address")
    CONNECT = "connect", _("Connect")
    CALENDAR = "calendar", _("Calendar")
    UNSUBSCRIBE = "unsubscribe", _("Unsubscribe")


class AttendeeTokenQuerySet(models.QuerySet["AttendeeToken"]):
    def valid(self) -> Self:
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()), revoked_at__isnull=True)


class AttendeeToken(Timestamped):
    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="tokens", verbose_name=_("attendee"))
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    nonce = models.CharField(max_length=32, default=tokens.new_nonce, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True)
    used_at = models.DateTimeField(_("used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = AttendeeTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        indexes = (models.Index(fields=["attendee", "purpose"], name="token_by_purpose"),)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.attendee}"

    @property
    def token(self) -> str | None:
        return tokens.rederive(self.purpose, self.nonce, self.digest)
