"""What events are put together from: types, tags, clubs, venues and rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models.organiser import Organiser
from netevent.accounts.models import User
from netevent.core.fields import TrimmedCharField
from netevent.core.history import RowHistory
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class EventType(Timestamped):
    """A category such as *conference* or *workshop*; common to all organisers."""

    key = models.SlugField(_("key"), max_length=30, unique=True)
    name = TrimmedCharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("event type")
        verbose_name_plural = _("event types")
        ordering = ("key",)

    def __str__(self) -> str:
        return self.name or self.key


class TagField(TrimmedCharField):
    """Kept in lower case."""

    def to_python(self, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(self.to_python(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        setattr(model_instance, self.attname, self.to_python(getattr(model_instance, self.attname)))
        return super().pre_save(model_instance, add)


class Tag(Timestamped):
    name = TagField(_("name"), max_length=50, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Club(Timestamped):
    name = TrimmedCharField(_("name"), max_length=100)
    description = models.TextField(_("description"), max_length=5000, blank=True)
    domain = TrimmedCharField(_("domain"), max_length=100, blank=True)
    history = RowHistory()

    class Meta:
        verbose_name = _("club")
        verbose_name_plural = _("clubs")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class ClubMember(Timestamped):
    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="members", verbose_name=_("club"))
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="club_memberships", verbose_name=_("user"))
    role = TrimmedCharField(_("role"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("club member")
        verbose_name_plural = _("club members")
        constraints = (models.UniqueConstraint(fields=["club", "user"], name="club_member_once"),)

    def __str__(self) -> str:
        return f"{self.user} ({self.club})"


class StatedPreference(models.Model):
    """A kind of event that a person says they like; rank 1 comes first."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="stated_preferences", verbose_name=_("user"))
    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="+", verbose_name=_("event type"))
    rank = models.PositiveSmallIntegerField(_("rank"), default=1)

    class Meta:
        verbose_name = _("stated preference")
        verbose_name_plural = _("stated preferences")
        ordering = ("user", "rank", "pk")
        constraints = (models.UniqueConstraint(fields=["user", "event_type"], name="preference_once"),)

    def __str__(self) -> str:
        return f"{self.rank}. {self.event_type}"


class VenueQuerySet(models.QuerySet["Venue"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Shared venues, those of my organisers, and those used by an event that I help to run."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        mine = (
            Q(organiser__isnull=True)
            | Q(organiser__members__user=user)
            | Q(events__team__user=user)
            | Q(events__organiser__members__user=user)
        )
        return self.filter(mine).distinct()


class Venue(Timestamped):
    """No unique name: two halls may share one. Without an organiser it is a shared shelf, kept by admins."""

    organiser = models.ForeignKey(
        Organiser, on_delete=models.CASCADE, null=True, blank=True, related_name="venues", verbose_name=_("organiser")
    )
    name = TrimmedCharField(_("name"), max_length=200)
    address = models.TextField(_("address"), max_length=1000, blank=True)
    city = TrimmedCharField(_("city"), max_length=100, blank=True)
    block = TrimmedCharField(_("block"), max_length=50, blank=True)
    floor = TrimmedCharField(_("floor"), max_length=50, blank=True)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    history = RowHistory()

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return f"{self.name}, {self.city}" if self.city else self.name


class Room(Timestamped):
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="rooms", verbose_name=_("venue"))
    name = TrimmedCharField(_("name"), max_length=100)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    history = RowHistory()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ("venue", "name", "pk")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.capacity and self.venue_id and self.venue.capacity and self.capacity > self.venue.capacity:
            raise ValidationError({"capacity": _("A room can't hold more people than its venue.")})
