"""A person at an event: one row for ever, whatever becomes of the registration."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Replace
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.models import AttendeeType, Event
from netevent.accounts.models import User
from netevent.core.codes import unused_code
from netevent.core.fields import CodeField, LowerEmailField, TrimmedCharField, WebAddressField
from netevent.core.history import RowHistory
from netevent.core.inserts import PreparedInsert
from netevent.core.models import Timestamped
from netevent.core.text import fold

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Status(models.TextChoices):
    """The registration's states (data model, section 8); steps that an event doesn't use are skipped."""

    WAITLISTED = "waitlisted", _("On the waiting list")
    OFFERED = "offered", _("A place is offered")
    PENDING_APPROVAL = "pending_approval", _("Waiting for approval")
    AWAITING_PAYMENT = "awaiting_payment", _("Waiting for payment")
    CONFIRMED = "confirmed", _("Confirmed")
    CANCELLED = "cancelled", pgettext_lazy("registration", "Cancelled")
    REJECTED = "rejected", _("Rejected")
    EXPIRED = "expired", _("Expired")


HOLDING = (Status.OFFERED, Status.PENDING_APPROVAL, Status.AWAITING_PAYMENT, Status.CONFIRMED)
ENDED = (Status.CANCELLED, Status.REJECTED, Status.EXPIRED)


class AttendanceStatus(models.TextChoices):
    """What the person says they intend; whether they came is staff's to record."""

    ATTENDING = "attending", _("Attending")
    NOT_ATTENDING = "not_attending", _("Not attending")


class PaysBy(models.TextChoices):
    """How a person said they will pay; what came in is a Payment."""

    ONLINE = "online", _("Online")
    TRANSFER = "transfer", _("Bank transfer")
    DOOR = "door", _("At the door")


class AttendeeQuerySet(models.QuerySet["Attendee"]):
    def active(self) -> Self:
        return self.exclude(status__in=ENDED)

    def holding_a_place(self) -> Self:
        """Offered, waiting for payment, confirmed, and waiting for approval unless the event says that holds none."""
        return self.filter(status__in=HOLDING).exclude(status=Status.PENDING_APPROVAL, event__pending_holds_place=False)

    def confirmed(self) -> Self:
        return self.filter(status=Status.CONFIRMED)

    def waiting(self) -> Self:
        """In the order in which they will be offered a place."""
        return self.filter(status=Status.WAITLISTED).order_by("-priority", "queue_number")

    def checked_in(self) -> Self:
        return self.filter(first_entry_at__isnull=False)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Attendees of the events where this user may see personal data or manages attendees."""
        from events.models.team import Right

        seen = Event.objects.run_by(user, Right.SEE_PERSONAL_DATA).values("pk")
        managed = Event.objects.run_by(user, Right.MANAGE_ATTENDEES).values("pk")
        return self.filter(Q(event__in=seen) | Q(event__in=managed))

    def search(self, words: str) -> Self:
        """Whose name, e-mail, organisation or code holds every word; case and accents don't matter."""
        rows = self
        for word in fold(words).split():
            rows = rows.filter(search_key__contains=word)
        return rows

    def search_at_door(self, words: str) -> Self:
        """The same without the e-mail: who may not see an address must not find out what stands in it either."""
        address = Coalesce(F("email"), Value(""), output_field=models.TextField())
        shown = Replace(F("search_key"), address, Value(""), output_field=models.TextField())  # type: ignore[arg-type]  # any expression will do
        rows = self.search(words).annotate(shown_key=shown)
        for word in fold(words).split():
            rows = rows.filter(shown_key__contains=word)
        return rows


class Attendee(Timestamped):
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="attendees", verbose_name=_("event"))
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="registrations", verbose_name=_("user"))
    email = LowerEmailField(_("e-mail"), null=True, blank=True)
    first_name = TrimmedCharField(_("first name"), max_length=100)
    last_name = TrimmedCharField(_("last name"), max_length=100, blank=True)
    organisation = TrimmedCharField(_("organisation"), max_length=200, blank=True)
    role = TrimmedCharField(_("role"), max_length=200, blank=True)
    introduction = models.TextField(_("introduction"), max_length=2000, blank=True)
    phone = TrimmedCharField(_("phone"), max_length=50, blank=True, default="")
    linkedin = WebAddressField(_("LinkedIn"), blank=True)
    photo = models.ImageField(_("photo"), upload_to="photos/", blank=True)
    department = TrimmedCharField(_("department"), max_length=100, blank=True)
    semester = models.PositiveSmallIntegerField(
        _("semester"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(8)]
    )
    language = models.CharField(_("language"), max_length=5, default="en")
    code = CodeField(_("code"), unique=True)
    attendee_type = models.ForeignKey(AttendeeType, on_delete=models.PROTECT, related_name="attendees", verbose_name=_("attendee type"))

    status = models.CharField(_("status"), max_length=20, choices=Status)
    due_at = models.DateTimeField(_("payment due"), null=True, blank=True, editable=False)
    queue_number = models.PositiveIntegerField(null=True, editable=False)
    priority = models.SmallIntegerField(_("priority"), default=0)
    price = models.DecimalField(_("price as booked"), max_digits=12, decimal_places=2, default=Decimal(0))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    vat_rate = models.DecimalField(_("VAT rate as booked"), max_digits=5, decimal_places=2, default=Decimal(0))
    discount = models.DecimalField(_("discount"), max_digits=12, decimal_places=2, default=Decimal(0), editable=False)
    pays_by = models.CharField(_("pays by"), max_length=10, choices=PaysBy, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    asked_again_at = models.DateTimeField(_("asked again"), null=True, blank=True, editable=False)
    attendance_status = models.CharField(_("intends to come"), max_length=15, choices=AttendanceStatus, default=AttendanceStatus.ATTENDING)

    source = models.CharField(_("source"), max_length=10, default="page", editable=False)
    email_proved_at = models.DateTimeField(_("address proved"), null=True, blank=True, editable=False)
    first_entry_at = models.DateTimeField(_("checked in"), null=True, blank=True, editable=False)
    seen_version = models.PositiveIntegerField(default=0, editable=False)
    party = models.ForeignKey(
        "attendees.Party", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="members", verbose_name=_("group")
    )
    staff_note = models.TextField(_("note for staff"), max_length=2000, blank=True)
    search_key = models.TextField(editable=False, default="")
    import_key = models.CharField(max_length=120, null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)
    history = RowHistory(
        excluded_fields=[
            "status",
            "first_entry_at",
            "search_key",
            "photo",
            "introduction",
            "queue_number",
            "due_at",
            "seen_version",
            "party",
            "approved_at",
            "asked_again_at",
            "updated_at",
        ]
    )

    objects = AttendeeQuerySet.as_manager()

    SEARCHED: ClassVar[tuple[str, ...]] = ("first_name", "last_name", "email", "organisation", "code")

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["event", "email"], name="attendee_once_per_email"),
            models.UniqueConstraint(fields=["event", "user"], condition=Q(user__isnull=False), name="attendee_once_per_user"),
            models.UniqueConstraint(
                fields=["event", "import_key"], condition=Q(import_key__isnull=False), name="attendee_once_per_import_key"
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="attendee_status_known"),
            models.CheckConstraint(condition=Q(attendance_status__in=AttendanceStatus.values), name="attendance_status_known"),
            models.CheckConstraint(condition=Q(semester__isnull=True) | Q(semester__range=(1, 8)), name="attendee_semester_1_to_8"),
            models.CheckConstraint(condition=Q(discount__gte=0) & Q(discount__lte=F("price")), name="attendee_discount_within_price"),
        )
        indexes = (
            models.Index(fields=["event", "attendee_type", "status"], name="attendee_places"),
            models.Index(fields=["event", "priority", "queue_number"], condition=Q(status="waitlisted"), name="attendee_queue"),
            models.Index(fields=["due_at"], condition=Q(status="awaiting_payment"), name="attendee_payment_due"),
            models.Index(fields=["email"], name="attendee_by_email"),
            models.Index(fields=["event", "created_at"], name="attendee_newest"),
            models.Index(fields=["event", "first_entry_at"], name="attendee_entries"),
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="attendee_search"),
        )

    def __str__(self) -> str:
        return f"{self.full_name} ({self.code})"

    def save(self, *args: object, **kwargs: object) -> None:
        self.search_key = self.make_search_key()
        if (fields := kwargs.get("update_fields")) is not None and {*fields} & {*self.SEARCHED}:  # type: ignore[misc]
            kwargs["update_fields"] = {*fields, "search_key", "updated_at"}  # type: ignore[misc]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def make_search_key(self) -> str:
        return fold(" ".join(str(getattr(self, name) or "") for name in self.SEARCHED))

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def to_pay(self) -> Decimal:
        """What this registration costs in all: the booked price less its discount."""
        return self.price - self.discount

    @property
    def about(self) -> str:
        """How lower apps name this row, without a key to it."""
        return f"attendees.attendee:{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status not in ENDED

    @property
    def holds_a_place(self) -> bool:
        return self.status in HOLDING and (self.status != Status.PENDING_APPROVAL or self.event.pending_holds_place)

    def give_code(self) -> None:
        self.code = self.code or unused_code(Attendee.objects.order_by())


class RegistrationStep(PreparedInsert):
    """One change of state: from, to, who, when, why. Steps are added, never edited."""

    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="steps", verbose_name=_("attendee"))
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+", verbose_name=_("event"))
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    act = models.CharField(_("act"), max_length=30)
    from_state = models.CharField(_("from"), max_length=20, blank=True)
    to_state = models.CharField(_("to"), max_length=20)
    attendee_type = models.ForeignKey(AttendeeType, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("attendee type"))
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, default=Decimal(0))
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    source = models.CharField(_("source"), max_length=10)
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("registration step")
        verbose_name_plural = _("registration steps")
        ordering = ("attendee", "pk")
        indexes = (
            models.Index(fields=["attendee", "id"], name="step_timeline"),
            models.Index(fields=["event", "act", "at"], name="step_by_act"),
        )

    def __str__(self) -> str:
        return f"{self.act}: {self.from_state or '–'} → {self.to_state}"
