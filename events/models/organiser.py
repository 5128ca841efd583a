"""Who runs events: the person or body that owns them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from netevent.accounts.models import User
from netevent.core.codes import unused_code
from netevent.core.fields import CodeField, LowerEmailField, TrimmedCharField
from netevent.core.models import Timestamped
from netevent.core.zones import ZoneField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class OrganiserQuerySet(models.QuerySet["Organiser"]):
    def approved(self) -> Self:
        return self.filter(approved_at__isnull=False)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Organisers this user belongs to; all of them for an admin."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_superuser else self.filter(members__user=user).distinct()


class Organiser(Timestamped):
    name = TrimmedCharField(_("name"), max_length=200)
    legal_name = TrimmedCharField(_("legal name"), max_length=200, blank=True)
    email = LowerEmailField(_("e-mail"), null=True, blank=True)
    address = models.TextField(_("address"), max_length=1000, blank=True)
    vat_id = TrimmedCharField(_("VAT id"), max_length=30, blank=True)
    bank_details = models.TextField(_("bank details"), max_length=500, blank=True, help_text=_("Shown to whoever pays by bank transfer."))
    staff_code = CodeField(_("staff code"), unique=True, null=True, blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    time_zone = ZoneField(_("time zone"), default="Europe/Amsterdam")
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)

    objects = OrganiserQuerySet.as_manager()

    class Meta:
        verbose_name = _("organiser")
        verbose_name_plural = _("organisers")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    def give_staff_code(self) -> None:
        self.staff_code = self.staff_code or unused_code(Organiser.objects.all(), "staff_code")


class OrganiserMember(Timestamped):
    organiser = models.ForeignKey(Organiser, on_delete=models.CASCADE, related_name="members", verbose_name=_("organiser"))
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="organiser_memberships", verbose_name=_("user"))
    is_owner = models.BooleanField(_("owner"), default=False)

    class Meta:
        verbose_name = _("organiser's member")
        verbose_name_plural = _("organiser's members")
        constraints = (models.UniqueConstraint(fields=["organiser", "user"], name="organiser_member_once"),)

    def __str__(self) -> str:
        return f"{self.user} ({self.organiser})"
