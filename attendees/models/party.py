"""People who registered together, and who wait for places together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from attendees.models.attendee import Attendee
from events.models import Event
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from netevent.accounts.models import User

PATIENCE = 3  # times passed over, before freed places are kept for a party


class PartyQuerySet(models.QuerySet["Party"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(lead__in=Attendee.objects.visible_to(user))


class Party(Timestamped):
    """So many attendees of one event, who are offered places all at once or not at all. Mail to them goes to the lead.

    `size` is how many registered; who still belongs to it are its `members`, whose states say what became of each.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="parties", verbose_name=_("event"))
    lead = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="led_parties", verbose_name=_("contact"))
    size = models.PositiveSmallIntegerField(_("people"))
    skips = models.PositiveSmallIntegerField(_("times passed over"), default=0)
    set_aside = models.PositiveSmallIntegerField(_("places set aside"), default=0)

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(size__gte=2), name="party_of_two_or_more"),
            models.CheckConstraint(condition=Q(set_aside__lte=F("size")), name="party_set_aside_within_size"),
        )
        indexes = (models.Index(fields=["event"], condition=Q(set_aside__gt=0), name="party_keeps_places"),)

    def __str__(self) -> str:
        return f"{self.lead} +{self.size - 1}"

    @property
    def is_out_of_patience(self) -> bool:
        return self.skips >= PATIENCE
