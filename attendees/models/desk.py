"""What the desk keeps for later: reasons to choose from, sets of columns, and addresses that wait to be proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models.attendee import Attendee
from events.models import Organiser
from netevent.core import tokens
from netevent.core.fields import LowerEmailField, TrimmedCharField
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from netevent.accounts.models import User

EMAIL_CHANGE_PURPOSE = "email-change"


class ReasonQuerySet(models.QuerySet["Reason"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Shared reasons and those of my organisers."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_superuser else self.filter(Q(organiser__isnull=True) | Q(organiser__members__user=user)).distinct()


class Reason(Timestamped):
    """Why a registration is not accepted, in the seven languages; chosen on the desk, and may be changed there before it is sent."""

    organiser = models.ForeignKey(
        Organiser, on_delete=models.CASCADE, null=True, blank=True, related_name="reasons", verbose_name=_("organiser")
    )
    key = models.SlugField(_("key"), max_length=40)
    text = models.TextField(_("text"), max_length=1000)

    objects = ReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        ordering = ("key", "pk")
        constraints = (
            models.UniqueConstraint(fields=["organiser", "key"], name="reason_key_once"),
            models.UniqueConstraint(fields=["key"], condition=Q(organiser__isnull=True), name="shared_reason_key_once"),
        )

    def __str__(self) -> str:
        return self.text[:80]


class ColumnSetQuerySet(models.QuerySet["ColumnSet"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(owner=user) if user.is_authenticated else self.none()


class ColumnSet(Timestamped):
    """The columns that somebody exports again and again, in their order."""

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="column_sets", verbose_name=_("owner"))
    name = TrimmedCharField(_("name"), max_length=60)
    columns = models.JSONField(_("columns"), default=list)

    objects = ColumnSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("set of columns")
        verbose_name_plural = _("sets of columns")
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=["owner", "name"], name="column_set_once"),)

    def __str__(self) -> str:
        return self.name


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    def open(self) -> Self:
        return self.filter(used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())


class EmailChange(Timestamped):
    """A registration's new address, until whoever reads its mail says yes; the old address is told."""

    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="email_changes", verbose_name=_("attendee"))
    email = LowerEmailField(_("new e-mail"))
    nonce = models.CharField(max_length=32, default=tokens.new_nonce, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.attendee)

    @property
    def token(self) -> str | None:
        return tokens.rederive(EMAIL_CHANGE_PURPOSE, self.nonce, self.digest)
