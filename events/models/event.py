"""The event and the types of attendee it takes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.organiser import Organiser, OrganiserMember
from events.models.shelf import Club, EventType, Room, Tag, Venue
from netevent.accounts.models import User
from netevent.core.currencies import CURRENCIES, check_currency
from netevent.core.fields import CodeField, TrimmedCharField
from netevent.core.models import Timestamped
from netevent.core.zones import ZoneField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

colour_form = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Use a colour such as #1f6f5c."), code="colour")


class Visibility(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    UNLISTED = "unlisted", _("Unlisted")
    CANCELLED = "cancelled", _("Cancelled")
    ARCHIVED = "archived", _("Archived")


class Mode(models.TextChoices):
    AUTOMATIC = "automatic", _("Automatic")
    MANUAL = "manual", _("Manual approval")


class EventQuerySet(models.QuerySet["Event"]):
    def published(self) -> Self:
        """Whoever knows the address may see the page: published and unlisted ones, and cancelled ones, which say so."""
        return self.filter(visibility__in=(Visibility.PUBLISHED, Visibility.UNLISTED, Visibility.CANCELLED))

    def listed(self) -> Self:
        return self.filter(visibility=Visibility.PUBLISHED)

    def upcoming(self, now: datetime | None = None) -> Self:
        """Not over yet. One without an end lasts until the end of its local day: a day's grace here, `is_over` is exact."""
        now = now or timezone.now()
        return self.filter(Q(ends_at__gt=now) | Q(ends_at__isnull=True, starts_at__gt=now - timedelta(days=1)))

    def past(self, now: datetime | None = None) -> Self:
        now = now or timezone.now()
        return self.filter(Q(ends_at__lte=now) | Q(ends_at__isnull=True, starts_at__lte=now - timedelta(days=1)))

    def run_by(self, user: User | AnonymousUser, right: str | None = None) -> Self:
        """Events this user helps to run; with `right` (see events.models.team.Right) only where their role gives it.

        An owner of the organiser may do everything in its events; a plain member may look at them.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        from events.models.team import TeamMember

        team = TeamMember.objects.filter(event=OuterRef("pk"), user=user)
        members = OrganiserMember.objects.filter(organiser=OuterRef("organiser"), user=user)
        if right is not None:
            team, members = team.filter(**{f"role__{right}": True}), members.filter(is_owner=True)
        return self.filter(Exists(team) | Exists(members))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.run_by(user)


class Event(Timestamped):
    """Its code, name and times; what it takes and whom. Every act that changes it is a version (events.translation)."""

    organiser = models.ForeignKey(Organiser, on_delete=models.PROTECT, related_name="events", verbose_name=_("organiser"))
    code = CodeField(_("code"), unique=True)
    name = TrimmedCharField(_("name"), max_length=255)
    description = models.TextField(_("description"), max_length=20000, blank=True)
    event_type = models.ForeignKey(EventType, on_delete=models.PROTECT, related_name="events", verbose_name=_("type"))
    tags = models.ManyToManyField(Tag, through="EventTag", related_name="events", blank=True, verbose_name=_("tags"))
    clubs = models.ManyToManyField(Club, through="EventClub", related_name="events", blank=True, verbose_name=_("organising clubs"))
    visibility = models.CharField(_("visibility"), max_length=10, choices=Visibility, default=Visibility.DRAFT)

    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"), null=True, blank=True)
    time_zone = ZoneField(_("time zone"), default="Europe/Amsterdam")
    planned_starts_at = models.DateTimeField(_("planned start"), null=True, blank=True, editable=False)
    cancelled_reason = models.TextField(_("reason for calling it off"), max_length=2000, blank=True, editable=False)
    department = TrimmedCharField(_("department"), max_length=100, blank=True)
    city = TrimmedCharField(_("city"), max_length=100, blank=True)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("venue"))
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("room"))
    location = TrimmedCharField(_("location"), max_length=255, blank=True)

    max_attendees = models.PositiveIntegerField(_("places"), null=True, blank=True, help_text=_("Empty means no limit."))
    has_waiting_list = models.BooleanField(_("waiting list"), default=True)
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)
    mode = models.CharField(_("registration mode"), max_length=10, choices=Mode, default=Mode.AUTOMATIC)
    pending_holds_place = models.BooleanField(_("waiting for approval holds a place"), default=True)
    recheck_on_edit = models.BooleanField(_("an edited registration is approved again"), default=False)
    refuses_same_hour = models.BooleanField(_("refuses people booked elsewhere at the same hour"), default=False)
    proof_hours = models.PositiveSmallIntegerField(_("hours to prove the address"), null=True, blank=True, default=48)
    cancel_until = models.DateTimeField(_("attendees may cancel until"), null=True, blank=True)
    transfer_until = models.DateTimeField(
        _("attendees may pass on their place until"), null=True, blank=True, help_text=_("Empty means as long as they may cancel.")
    )
    offer_hours = models.PositiveSmallIntegerField(
        _("hours to accept an offered place"), default=24, validators=[MinValueValidator(1), MaxValueValidator(24 * 14)]
    )
    max_party_size = models.PositiveSmallIntegerField(
        _("people who may register together"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_(
            "More than 1 lets one person register a group, for a type that costs nothing. They get places together or wait together."
        ),
    )
    asks_study = models.BooleanField(_("asks for department and semester"), default=False)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[check_currency])
    payment_term_days = models.PositiveSmallIntegerField(_("payment term in days"), default=14)
    pays_online = models.BooleanField(_("may be paid online"), default=True)
    pays_by_transfer = models.BooleanField(_("may be paid by bank transfer"), default=True)
    pays_at_door = models.BooleanField(_("may be paid at the door"), default=False)
    refund_percent = models.PositiveSmallIntegerField(
        _("percent given back to who cancels"), default=100, validators=[MaxValueValidator(100)]
    )
    retention_days = models.PositiveSmallIntegerField(_("retention in days"), null=True, blank=True)
    content_languages = models.JSONField(_("languages"), default=list, blank=True)

    colour = models.CharField(_("brand colour"), max_length=7, default="#1f6f5c", validators=[colour_form])
    picture = models.ImageField(_("picture"), upload_to="events/", blank=True)
    level = TrimmedCharField(_("level"), max_length=50, blank=True)
    instructor = TrimmedCharField(_("instructor"), max_length=200, blank=True)
    prerequisites = models.JSONField(_("prerequisites"), default=list, blank=True)
    you_will_learn = models.JSONField(_("what you will learn"), default=list, blank=True)
    agenda = models.JSONField(_("agenda"), default=list, blank=True)
    price_from = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0), editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")), name="event_ends_after_start"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="event_visibility_known"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="event_mode_known"),
            models.CheckConstraint(condition=Q(refund_percent__lte=100), name="event_refund_percent_at_most_100"),
        )
        indexes = (
            models.Index(fields=["visibility", "starts_at"], name="event_listed_by_date"),
            models.Index(fields=["starts_at"], name="event_by_date"),
            models.Index(fields=["city"], name="event_by_city"),
            # Discovery counts and pages without reading the wide rows (on SQLite it covers less).
            models.Index(
                fields=["starts_at", "id"],
                include=["ends_at", "created_at", "event_type", "organiser", "city", "level", "mode", "price_from", "content_languages"],
                condition=Q(visibility="published"),
                name="event_listed_facts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def get_absolute_url(self) -> str:
        return reverse("events:detail", args=[self.code])

    def clean(self) -> None:
        if self.ends_at and self.starts_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end must be after the start.")})
        if self.room_id and self.venue_id and self.room and self.room.venue_id != self.venue_id:
            raise ValidationError({"room": _("This room belongs to another venue.")})

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def until(self) -> datetime:
        """When it is over: its end, or the end of the local day on which it starts."""
        if self.ends_at:
            return self.ends_at
        day = self.starts_at.astimezone(self.zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), self.zone)

    @property
    def place(self) -> str:
        """Where it is, in one line: room, venue, location, city, whichever are known."""
        venue = self.venue.name if self.venue else ""
        parts = (self.room.name if self.room else "", venue, self.location, self.city or (self.venue.city if self.venue else ""))
        return ", ".join(dict.fromkeys(part for part in parts if part))

    @property
    def place_short(self) -> str:
        """Venue and city: enough for a card."""
        venue = self.venue.name if self.venue else self.location
        city = self.city or (self.venue.city if self.venue else "")
        return ", ".join(dict.fromkeys(part for part in (venue, city) if part))

    @property
    def picture_url(self) -> str:
        return reverse("events:picture", args=[self.code]) if self.picture else ""

    @property
    def is_public(self) -> bool:
        return self.visibility in (Visibility.PUBLISHED, Visibility.UNLISTED, Visibility.CANCELLED)

    @property
    def is_cancelled(self) -> bool:
        return self.visibility == Visibility.CANCELLED

    def is_over(self, now: datetime | None = None) -> bool:
        return self.until <= (now or timezone.now())

    def registration_state(self, now: datetime | None = None) -> str:
        """One of `open`, `not_yet`, `closed`, `over`, `cancelled`, `draft`."""
        now = now or timezone.now()
        if self.visibility == Visibility.CANCELLED:
            return "cancelled"
        if self.visibility not in (Visibility.PUBLISHED, Visibility.UNLISTED):
            return "draft"
        if self.is_over(now):
            return "over"
        if self.registration_opens_at and now < self.registration_opens_at:
            return "not_yet"
        if self.registration_closes_at and now >= self.registration_closes_at:
            return "closed"
        return "open"

    def takes_registrations(self, now: datetime | None = None) -> bool:
        return self.registration_state(now) == "open"

    def may_be_passed_on(self, now: datetime | None = None) -> bool:
        """May attendees hand their place to somebody else?"""
        return (now or timezone.now()) < (self.transfer_until or self.cancel_until or self.until)

    def may_be_cancelled_by_attendees(self, now: datetime | None = None) -> bool:
        return (now or timezone.now()) < (self.cancel_until or self.until)


class EventTag(models.Model):
    """The shelf side protects: deleting a tag in use would change events without a version."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, verbose_name=_("event"))
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, verbose_name=_("tag"))

    class Meta:
        verbose_name = _("tag of an event")
        verbose_name_plural = _("tags of an event")
        constraints = (models.UniqueConstraint(fields=["event", "tag"], name="event_tag_once"),)

    def __str__(self) -> str:
        return str(self.tag)


class EventClub(models.Model):
    event = models.ForeignKey(Event, on_delete=models.CASCADE, verbose_name=_("event"))
    club = models.ForeignKey(Club, on_delete=models.PROTECT, verbose_name=_("club"))

    class Meta:
        verbose_name = _("club of an event")
        verbose_name_plural = _("clubs of an event")
        constraints = (models.UniqueConstraint(fields=["event", "club"], name="event_club_once"),)

    def __str__(self) -> str:
        return str(self.club)


class AttendeeTypeQuerySet(models.QuerySet["AttendeeType"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(event__in=Event.objects.run_by(user))

    def on_sale(self, now: datetime | None = None) -> Self:
        """What a person may choose on the page now."""
        now = now or timezone.now()
        open_now = (Q(opens_at__isnull=True) | Q(opens_at__lte=now)) & (Q(closes_at__isnull=True) | Q(closes_at__gt=now))
        return self.filter(open_now, hidden=False)


class AttendeeType(Timestamped):
    """What one may register as: a price, perhaps a limit. An event is born with one, so an attendee always has one."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="attendee_types", verbose_name=_("event"))
    code = CodeField(_("code"))
    name = TrimmedCharField(_("name"), max_length=100)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(Decimal(0))])
    vat_rate = models.DecimalField(
        _("VAT rate"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True, help_text=_("Empty means no limit of its own."))
    opens_at = models.DateTimeField(_("on offer from"), null=True, blank=True)
    closes_at = models.DateTimeField(_("on offer until"), null=True, blank=True)
    mode = models.CharField(_("registration mode"), max_length=10, choices=Mode, blank=True, help_text=_("Empty means as the event says."))
    hidden = models.BooleanField(_("hidden"), default=False)
    colour = models.CharField(_("colour"), max_length=7, default="#1f6f5c", validators=[colour_form])
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = AttendeeTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendee type")
        verbose_name_plural = _("attendee types")
        ordering = ("event", "position", "pk")
        constraints = (
            models.UniqueConstraint(fields=["event", "code"], name="type_code_once_per_event"),
            models.CheckConstraint(condition=Q(price__gte=0), name="type_price_not_negative"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_free(self) -> bool:
        return not self.price

    def is_on_sale(self, now: datetime | None = None) -> bool:
        """May a person choose it on the page now? The same rule as `on_sale`, for a row that was just read."""
        now = now or timezone.now()
        return not self.hidden and (self.opens_at is None or self.opens_at <= now) and (self.closes_at is None or now < self.closes_at)

    @property
    def needs_approval(self) -> bool:
        return (self.mode or self.event.mode) == Mode.MANUAL


def currency_choices() -> list[tuple[str, str]]:
    return [(code, code) for code in CURRENCIES]
