"""Who waits is asked in turn, by offers with an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models.attendee import Attendee
from events.models import AttendeeType
from netevent.core import tokens
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser

    from netevent.accounts.models import User

OFFER_PURPOSE = "offer"


class AcceptedTypeQuerySet(models.QuerySet["AcceptedType"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(attendee__in=Attendee.objects.visible_to(user))


class AcceptedType(Timestamped):
    """A type that somebody on the waiting list would take as well as their own; it says nothing once they wait no more."""

    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="accepted_types", verbose_name=_("attendee"))
    attendee_type = models.ForeignKey(AttendeeType, on_delete=models.CASCADE, related_name="+", verbose_name=_("attendee type"))

    objects = AcceptedTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("type that would do too")
        verbose_name_plural = _("types that would do too")
        ordering = ("attendee", "pk")
        constraints = (models.UniqueConstraint(fields=["attendee", "attendee_type"], name="accepted_type_once"),)

    def __str__(self) -> str:
        return str(self.attendee_type)


class OfferState(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class OfferQuerySet(models.QuerySet["Offer"]):
    def open(self) -> Self:
        return self.filter(state=OfferState.OPEN)

    def overdue(self, now: datetime | None = None) -> Self:
        return self.open().filter(expires_at__lte=now or timezone.now())

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(attendee__in=Attendee.objects.visible_to(user))


class Offer(Timestamped):
    """A freed place, held for one person until `expires_at`. Of all offers of a person at most one is open."""

    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="offers", verbose_name=_("attendee"))
    attendee_type = models.ForeignKey(AttendeeType, on_delete=models.PROTECT, related_name="+", verbose_name=_("attendee type"))
    instead_of = models.ForeignKey(
        AttendeeType, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("waited for")
    )
    nonce = models.CharField(max_length=32, default=tokens.new_nonce, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    state = models.CharField(_("state"), max_length=10, choices=OfferState, default=OfferState.OPEN)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["attendee"], condition=Q(state="open"), name="one_open_offer"),
            models.CheckConstraint(condition=Q(state__in=OfferState.values), name="offer_state_known"),
        )
        indexes = (models.Index(fields=["expires_at"], condition=Q(state="open"), name="offer_ends"),)

    def __str__(self) -> str:
        return f"{self.attendee}: {self.get_state_display()}"

    @property
    def may_be_taken(self) -> bool:
        return self.state == OfferState.OPEN and self.expires_at > timezone.now()

    @property
    def token(self) -> str | None:
        """The text of its links; None when the secret key that made it is no longer known."""
        return tokens.rederive(OFFER_PURPOSE, self.nonce, self.digest)
