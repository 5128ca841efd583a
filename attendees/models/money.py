"""What is owed and what was paid: payments, refunds, an append-only ledger, receipts without gaps, vouchers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from attendees.models.attendee import Attendee
from events.models import AttendeeType, Event, Organiser, Visibility
from netevent.core.fields import CodeField
from netevent.core.history import RowHistory
from netevent.core.models import Timestamped

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser

    from netevent.accounts.models import User


def amount_field(name: Any, **options: Any) -> models.DecimalField:
    """Money as everywhere: two digits in the table, rounded to the currency's own by whoever writes it."""
    return models.DecimalField(name, max_digits=12, decimal_places=2, **options)


def cents(amount: Decimal | None) -> Decimal:
    """A sum as the database gives it, to the cent: SQLite adds amounts as floating numbers."""
    return (amount or Decimal(0)).quantize(Decimal("0.01"))


def for_money(rows: Any, user: User | AnonymousUser) -> Any:
    """Rows with an `attendee`, of the events where this user handles money."""
    from events.models.team import Right

    return rows.filter(attendee__event__in=Event.objects.run_by(user, Right.MONEY))


class PaymentState(models.TextChoices):
    OPEN = "open", _("Open")
    PAID = "paid", pgettext_lazy("payment", "Paid")
    FAILED = "failed", _("Failed")
    ENDED = "ended", _("Ended unpaid")


class PaymentQuerySet(models.QuerySet["Payment"]):
    def open(self) -> Self:
        return self.filter(state=PaymentState.OPEN)

    def paid(self) -> Self:
        return self.filter(state=PaymentState.PAID)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return for_money(self, user)


class Payment(Timestamped):
    """One try to pay: a checkout at a provider, or money that the organiser saw arrive. The price is the server's, never the form's."""

    attendee = models.ForeignKey(Attendee, on_delete=models.PROTECT, related_name="payments", verbose_name=_("attendee"))
    provider = models.CharField(_("paid through"), max_length=20)
    reference = models.CharField(_("provider's reference"), max_length=200, null=True, blank=True)
    key = models.CharField(max_length=64, unique=True, editable=False)
    amount = amount_field(_("amount"), validators=[MinValueValidator(Decimal("0.01"))])
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=PaymentState, default=PaymentState.OPEN)
    method = models.CharField(_("method"), max_length=20, blank=True)
    checkout_url = models.URLField(max_length=2000, blank=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, editable=False)
    paid_at = models.DateTimeField(_("paid"), null=True, editable=False)
    by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("marked by"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["provider", "reference"], condition=Q(reference__isnull=False), name="payment_reference_once"),
            models.CheckConstraint(condition=Q(state__in=PaymentState.values), name="payment_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
        )
        indexes = (models.Index(fields=["expires_at"], condition=Q(state="open"), name="payment_checkout_ends"),)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.provider})"


class RefundState(models.TextChoices):
    DUE = "due", _("Due")
    SENT = "sent", _("Sent")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class RefundQuerySet(models.QuerySet["Refund"]):
    def due(self) -> Self:
        """Still to be given back by somebody: due, or refused by the provider."""
        return self.filter(state__in=(RefundState.DUE, RefundState.FAILED))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        from events.models.team import Right

        return self.filter(payment__attendee__event__in=Event.objects.run_by(user, Right.MONEY))


class Refund(Timestamped):
    """Money that goes back, whole or in part. All refunds of a payment together never exceed it (kept under the attendee's lock)."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    reference = models.CharField(_("provider's reference"), max_length=200, null=True, blank=True)
    key = models.CharField(max_length=64, unique=True, editable=False)
    amount = amount_field(_("amount"), validators=[MinValueValidator(Decimal("0.01"))])
    state = models.CharField(_("state"), max_length=10, choices=RefundState, default=RefundState.DUE)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, editable=False)
    by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["reference"], condition=Q(reference__isnull=False), name="refund_reference_once"),
            models.CheckConstraint(condition=Q(state__in=RefundState.values), name="refund_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
        )

    def __str__(self) -> str:
        return f"−{self.amount} {self.payment.currency}"


class ProviderNotice(models.Model):
    """A provider's word about a payment, by the id it gave: inserted first, so that of ten copies one is applied. No body is kept."""

    provider = models.CharField(_("provider"), max_length=20)
    notice_id = models.CharField(_("notice"), max_length=200)
    kind = models.CharField(_("kind"), max_length=80)
    reference = models.CharField(_("reference"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True)

    class Meta:
        verbose_name = _("provider's notice")
        verbose_name_plural = _("provider's notices")
        constraints = (models.UniqueConstraint(fields=["provider", "notice_id"], name="provider_notice_once"),)

    def __str__(self) -> str:
        return f"{self.provider} {self.kind}"


class LedgerKind(models.TextChoices):
    CHARGE = "charge", _("Price")
    DISCOUNT = "discount", _("Discount")
    FEE = "fee", _("Fee")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    def balance(self) -> Decimal:
        """What is still owed: positive is to be paid, negative to be given back."""
        return cents(self.aggregate(sum=Sum("amount"))["sum"])

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return for_money(self, user)


class LedgerEntry(models.Model):
    """One line of a person's account at an event, added and never changed: what they owe is plus, what they paid is minus."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="ledger", verbose_name=_("event"))
    attendee = models.ForeignKey(Attendee, on_delete=models.PROTECT, related_name="ledger", verbose_name=_("attendee"))
    key = models.CharField(max_length=80, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=LedgerKind)
    amount = amount_field(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    vat_rate = models.DecimalField(_("VAT rate"), max_digits=5, decimal_places=2, default=Decimal(0))
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ("pk",)
        constraints = (models.CheckConstraint(condition=Q(kind__in=LedgerKind.values), name="ledger_kind_known"),)
        indexes = (models.Index(fields=["event", "kind"], name="ledger_of_event"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount} {self.currency}"


class ReceiptSeries(models.Model):
    """The last number given by an organiser in a year; its row is locked in the receipt's own transaction, so no number is missing."""

    organiser = models.ForeignKey(Organiser, on_delete=models.PROTECT, related_name="receipt_series", verbose_name=_("organiser"))
    year = models.PositiveSmallIntegerField(_("year"))
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("receipt series")
        verbose_name_plural = _("receipt series")
        constraints = (models.UniqueConstraint(fields=["organiser", "year"], name="receipt_series_once"),)

    def __str__(self) -> str:
        return f"{self.year}: {self.last_number}"


class ReceiptKind(models.TextChoices):
    RECEIPT = "receipt", _("Receipt")
    CREDIT_NOTE = "credit_note", _("Credit note")


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return for_money(self, user)


class Receipt(models.Model):
    """A receipt or credit note: facts without names. The PDF is drawn from them whenever it is asked for."""

    organiser = models.ForeignKey(Organiser, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("organiser"))
    attendee = models.ForeignKey(Attendee, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("attendee"))
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="receipt", verbose_name=_("payment"))
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, null=True, related_name="credit_note", verbose_name=_("refund"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=12, choices=ReceiptKind)
    lines = models.JSONField(_("lines"), default=list)
    amount = amount_field(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ("organiser", "year", "number")
        constraints = (
            models.UniqueConstraint(fields=["organiser", "year", "number"], name="receipt_number_once"),
            models.CheckConstraint(condition=Q(kind__in=ReceiptKind.values), name="receipt_kind_known"),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, refund__isnull=True) | Q(payment__isnull=True, refund__isnull=False),
                name="receipt_of_one_fact",
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"{self.year}-{self.number:05d}"


class VoucherKind(models.TextChoices):
    PERCENT = "percent", _("Percent off")
    AMOUNT = "amount", _("Amount off")
    FREE = "free", _("Free of charge")


class VoucherQuerySet(models.QuerySet["Voucher"]):
    def valid(self, now: datetime | None = None) -> Self:
        now = now or timezone.now()
        opened = Q(opens_at__isnull=True) | Q(opens_at__lte=now)
        return self.filter(opened, Q(closes_at__isnull=True) | Q(closes_at__gt=now))

    def keeping_places(self, now: datetime | None = None) -> Self:
        """Whose places are set aside: from the moment it is saved, so that nobody has them when it opens, until it or registration closes."""
        now = now or timezone.now()
        closing = Q(event__registration_closes_at__isnull=True) | Q(event__registration_closes_at__gt=now)
        standing = self.filter(closing, Q(closes_at__isnull=True) | Q(closes_at__gt=now), reserves_places=True)
        return standing.exclude(event__visibility__in=(Visibility.CANCELLED, Visibility.ARCHIVED))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        from events.models.team import Right

        return self.filter(event__in=Event.objects.run_by(user, Right.MONEY))


class Voucher(Timestamped):
    """A code that makes a registration cheaper or possible. Its uses are counted under the event's lock, never stored."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="vouchers", verbose_name=_("event"))
    code = CodeField(_("code"), max_length=20)
    kind = models.CharField(_("kind"), max_length=10, choices=VoucherKind, default=VoucherKind.PERCENT)
    value = amount_field(_("value"), default=Decimal(0), validators=[MinValueValidator(Decimal(0))], help_text=_("Percent or amount."))
    max_uses = models.PositiveIntegerField(_("uses"), null=True, blank=True, help_text=_("Empty means no limit."))
    reserves_places = models.BooleanField(
        _("keeps its places free"), default=False, help_text=_("Nobody else gets the places of its uses, until it closes.")
    )
    skips_approval = models.BooleanField(_("needs no approval"), default=False)
    shows_hidden = models.BooleanField(_("opens hidden types"), default=False)
    types = models.ManyToManyField(AttendeeType, blank=True, related_name="vouchers", verbose_name=_("attendee types"))
    opens_at = models.DateTimeField(_("valid from"), null=True, blank=True)
    closes_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    history = RowHistory()

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering = ("event", "code")
        constraints = (
            models.UniqueConstraint(fields=["event", "code"], name="voucher_code_once_per_event"),
            models.CheckConstraint(condition=Q(kind__in=VoucherKind.values), name="voucher_kind_known"),
            models.CheckConstraint(condition=~Q(kind="percent") | Q(value__lte=100), name="voucher_percent_at_most_100"),
            models.CheckConstraint(condition=Q(reserves_places=False) | Q(max_uses__isnull=False), name="voucher_keeps_so_many_places"),
        )
        indexes = (models.Index(fields=["event"], condition=Q(reserves_places=True), name="voucher_keeps_places"),)

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        if self.reserves_places and self.max_uses is None:
            raise ValidationError({"max_uses": _("How many places are to be kept?")})


class VoucherUse(Timestamped):
    """A registration that a voucher was used for; handed back when it ends."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="uses", verbose_name=_("voucher"))
    attendee = models.ForeignKey(Attendee, on_delete=models.CASCADE, related_name="voucher_uses", verbose_name=_("attendee"))
    discount = amount_field(_("discount"), default=Decimal(0))
    returned_at = models.DateTimeField(_("returned"), null=True)

    LIVE: ClassVar = Q(returned_at__isnull=True)

    class Meta:
        verbose_name = _("use of a voucher")
        verbose_name_plural = _("uses of vouchers")
        constraints = (models.UniqueConstraint(fields=["attendee"], condition=Q(returned_at__isnull=True), name="one_voucher_in_use"),)
        indexes = (models.Index(fields=["voucher"], condition=Q(returned_at__isnull=True), name="voucher_uses_live"),)

    def __str__(self) -> str:
        return f"{self.voucher}: {self.attendee}"
