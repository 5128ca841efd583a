"""Money at the desk: what people owe and paid, acts on it, and the lists of payments, refunds, receipts and vouchers."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from attendees.admin.common import ForSomeTypes
from attendees.models import (
    Attendee,
    LedgerEntry,
    Payment,
    ProviderNotice,
    Receipt,
    ReceiptSeries,
    Refund,
    RefundState,
    Voucher,
    VoucherUse,
)
from attendees.models.attendee import ENDED
from attendees.money_forms import PaidForm, PaidOneForm, RefundForm
from attendees.providers import provider_named
from attendees.services.ledger import balance, still_to_pay
from attendees.services.payments import mark_paid
from attendees.services.refunds import give_back, refundable, send_refund
from attendees.services.set_aside import places_taken
from attendees.services.settlement import OWED
from attendees.services.vouchers import refuse_too_few_places
from attendees.views.payment import receipt_file
from events.permissions import Right
from netevent.core.admin import DeskAdmin, ReadOnlyDesk
from netevent.core.dates import show_datetime
from netevent.core.money import show_money

MONEY = (Right.MONEY,)
PAYMENT_COLOURS = {"open": "info", "paid": "success", "failed": "danger", "ended": "warning"}
REFUND_COLOURS = {"due": "warning", "sent": "info", "done": "success", "failed": "danger"}


class MoneyActs(DeskAdmin):
    """On an attendee's page and in their list: the account, "mark paid" and "give back"."""

    def has_money_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_right_somewhere(request, MONEY) if row is None else self.has_right(request, MONEY, row)

    def has_owing_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_money_permission(request, obj) and (row is None or (row.status in OWED and still_to_pay(row) > 0))

    def has_refundable_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_money_permission(request, obj) and (row is None or (bool(row.price) and refundable(row) > 0))

    @display(description=_("account"))
    def account(self, row: Attendee) -> str:
        """Every line and the balance; for whoever handles money there."""
        entries = list(LedgerEntry.objects.filter(attendee=row)) if row.price else []
        if not entries:
            return "–"
        lines = [
            (show_datetime(entry.at, row.event.time_zone), entry.get_kind_display(), show_money(entry.amount, entry.currency))
            for entry in entries
        ]
        shown = format_html_join("", "<li>{} · {} · <strong>{}</strong></li>", lines)
        left = show_money(balance(row), row.currency)
        return format_html('<ol class="desk-timeline">{}</ol><p>{}: <strong>{}</strong></p>', shown, gettext("Balance"), left)

    # --- Paid ---
    @admin.action(description=_("Mark paid"), permissions=["money"])
    def mark_paid_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> HttpResponse:
        rows = list(queryset.select_related("event"))
        form = PaidForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            said, user = form.cleaned_data, cast(Any, request.user)
            self.act_on(request, rows, MONEY, lambda row: mark_paid(row, by=user, **said), done=paid_sentence)
            return HttpResponseRedirect(request.get_full_path())
        owing = [(row, still_to_pay(row)) for row in rows if row.status in OWED]
        notes = [f"{row.full_name}: {show_money(amount, row.currency)}" for row, amount in owing if amount]
        title = ngettext("Mark %(number)d attendee paid", "Mark %(number)d attendees paid", len(notes)) % {"number": len(notes)}
        return self.ask_chosen(
            request,
            rows,
            "mark_paid_chosen",
            title=title,
            text=gettext("All that is open counts as paid. Each person is told by mail and gets a receipt."),
            button=gettext("Mark paid"),
            form=form,
            notes=notes,
        )

    @action(description=_("Mark paid"), permissions=["owing"], icon="payments")
    def mark_paid_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MONEY, row)
        form = PaidOneForm(request.POST or None, initial={"amount": still_to_pay(row)})
        if form.is_valid():
            said = form.cleaned_data
            act = partial(mark_paid, row, by=cast(Any, request.user), **said)
            return self.act_once(request, row, act, done=gettext("The payment is noted."))
        text = gettext("The place is confirmed when all is paid; the person is told by mail and gets a receipt.")
        return self.ask_about(request, row, title=gettext("Mark %(name)s paid"), text=text, button=gettext("Mark paid"), form=form)

    # --- Back ---
    @action(description=_("Give money back"), permissions=["refundable"], icon="undo")
    def refund_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MONEY, row)
        form = RefundForm(request.POST or None, initial={"amount": refundable(row), "send": True})
        if form.is_valid():
            return self.act_once(
                request, row, partial(give_back, row, by=cast(Any, request.user), **form.cleaned_data), done=gettext("Noted.")
            )
        text = gettext("Of %(paid)s at most. What was paid online goes back through the provider; what was paid by hand you send yourself.")
        return self.ask_about(
            request,
            row,
            title=gettext("Give money back to %(name)s"),
            text=text % {"paid": show_money(refundable(row), row.currency)},
            button=gettext("Give back"),
            form=form,
            danger=True,
        )


def paid_sentence(number: int) -> str:
    return ngettext("%(number)d attendee has paid.", "%(number)d attendees have paid.", number) % {"number": number}


class MoneyRows(ReadOnlyDesk):
    """Facts about money, for whoever handles it at that event."""

    event_path = "attendee__event"
    view_rights = MONEY
    typed_filters = ("attendee__event",)
    list_filter: ClassVar[Any] = ("attendee__event",)
    search_fields = ("attendee__search_key",)

    @display(description=_("amount"), ordering="amount")
    def shown_amount(self, row: Any) -> str:
        return show_money(row.amount, row.currency)


@admin.register(Payment)
class PaymentAdmin(MoneyRows):
    list_display = ("attendee", "shown_amount", "shown_state", "shown_provider", "shown_paid", "by")
    list_select_related = ("attendee__event", "by")
    list_filter = ("attendee__event", "state", "provider")
    fields = ("attendee", "shown_amount", "state", ("shown_provider", "method"), "reference", "paid_at", "expires_at", "by", "note")

    @display(description=_("state"), ordering="state", label=PAYMENT_COLOURS)
    def shown_state(self, row: Payment) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("paid through"), ordering="provider")
    def shown_provider(self, row: Payment) -> str:
        return str(provider_named(row.provider).label)

    @display(description=_("paid"), ordering="paid_at")
    def shown_paid(self, row: Payment) -> str:
        return show_datetime(row.paid_at, row.attendee.event.time_zone) or "–"


@admin.register(Refund)
class RefundAdmin(MoneyRows):
    event_path = "payment__attendee__event"
    typed_filters = ("payment__attendee__event",)
    list_display = ("person", "shown_amount", "shown_state", "reason", "error", "shown_done", "by")
    list_select_related = ("payment__attendee__event", "by")
    list_filter = ("payment__attendee__event", "state")
    search_fields = ("payment__attendee__search_key",)
    fields = ("payment", "shown_amount", "state", "reason", "error", "reference", "done_at", "by")
    actions = ("send_chosen",)

    def has_send_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_right_somewhere(request, MONEY)

    @admin.action(description=_("Give back now"), permissions=["send"])
    def send_chosen(self, request: HttpRequest, queryset: QuerySet[Refund]) -> HttpResponse:
        rows = list(queryset.select_related("payment__attendee__event").exclude(state=RefundState.DONE))
        if "confirmed" in request.POST:
            self.act_on(request, rows, MONEY, lambda row: send_refund(row, by=cast(Any, request.user)), done=sent_sentence)
            return HttpResponseRedirect(request.get_full_path())
        title = ngettext("Give back %(number)d amount", "Give back %(number)d amounts", len(rows)) % {"number": len(rows)}
        text = gettext("What was paid online goes back through the provider. What was paid by hand counts as sent by you.")
        notes = [refund_note(row) for row in rows]
        return self.ask_chosen(
            request,
            rows,
            "send_chosen",
            title=title,
            text=text,
            button=gettext("Give back now"),
            notes=notes,
            danger=True,
        )

    @display(description=_("attendee"))
    def person(self, row: Refund) -> str:
        return str(row.payment.attendee)

    @display(description=_("amount"), ordering="amount")
    def shown_amount(self, row: Refund) -> str:
        return show_money(row.amount, row.payment.currency)

    @display(description=_("state"), ordering="state", label=REFUND_COLOURS)
    def shown_state(self, row: Refund) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("done"), ordering="done_at")
    def shown_done(self, row: Refund) -> str:
        return show_datetime(row.done_at, row.payment.attendee.event.time_zone) or "–"


def refund_note(row: Refund) -> str:
    way = provider_named(row.payment.provider).label
    return f"{row.payment.attendee.full_name}: {show_money(row.amount, row.payment.currency)} ({way})"


def sent_sentence(number: int) -> str:
    return ngettext("%(number)d amount was given back.", "%(number)d amounts were given back.", number) % {"number": number}


@admin.register(Receipt)
class ReceiptAdmin(MoneyRows):
    list_display = ("label", "kind", "attendee", "shown_amount", "shown_issued", "file")
    list_select_related = ("attendee__event", "organiser")
    list_filter = ("attendee__event", "kind", "year")
    fields = ("label", "kind", "attendee", "organiser", "shown_amount", "issued_at", "file")
    readonly_fields = ("label", "shown_amount", "file")

    def get_urls(self) -> list[Any]:
        address = path("<int:pk>/pdf", self.admin_site.admin_view(self.pdf), name="attendees_receipt_pdf")
        return [address, *super().get_urls()]

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        return receipt_file(self.found(request, pk))

    @display(description=_("issued"), ordering="issued_at")
    def shown_issued(self, row: Receipt) -> str:
        return show_datetime(row.issued_at, row.attendee.event.time_zone)

    @display(description=_("PDF"))
    def file(self, row: Receipt) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:attendees_receipt_pdf", args=[row.pk]), gettext("Download"))


@admin.register(LedgerEntry)
class LedgerEntryAdmin(MoneyRows):
    event_path = "event"
    typed_filters = ("event",)
    list_display = ("attendee", "kind", "shown_amount", "vat_rate", "at")
    list_select_related = ("attendee", "event")
    list_filter = ("event", "kind")
    fields = ("attendee", "event", "kind", "shown_amount", "vat_rate", "at")


@admin.register(ProviderNotice)
class ProviderNoticeAdmin(ReadOnlyDesk):
    """What providers told, for admins: it belongs to no event."""

    list_display = ("provider", "kind", "reference", "received_at", "applied_at")
    list_filter = ("provider", "kind")
    fields = ("provider", "kind", "notice_id", "reference", "received_at", "applied_at")
    exportable = False


@admin.register(Voucher)
class VoucherAdmin(ForSomeTypes):
    event_path = "event"
    view_rights = MONEY
    change_rights = MONEY
    list_display = ("code", "event", "kind", "value", "used", "shown_kept", "opens_at", "closes_at")
    list_select_related = ("event",)
    list_filter = ("event", "kind")
    search_fields = ("code", "note")
    autocomplete_fields = ("event",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        types = ("types",) if self.event_named(request, obj) else ()
        switches = (("skips_approval", "shows_hidden"), "opens_at", "closes_at", "note")
        return ("event", "code", ("kind", "value"), ("max_uses", "reserves_places"), *types, *switches)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        live = Q(uses__returned_at__isnull=True) & ~Q(uses__attendee__status__in=ENDED)
        return super().get_queryset(request).annotate(live=Count("uses", filter=live, distinct=True), taken=places_taken())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("event",) if obj is not None else ()

    @display(description=_("used"), ordering="live")
    def used(self, row: Any) -> str:
        return f"{row.live} / {row.max_uses}" if row.max_uses is not None else str(row.live)

    @display(description=_("places kept / taken / free"))
    def shown_kept(self, row: Any) -> str:
        return f"{row.max_uses} / {row.taken} / {max(0, row.max_uses - row.taken)}" if row.reserves_places else "–"

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        refuse_too_few_places(form.instance)


@admin.register(VoucherUse)
class VoucherUseAdmin(ReadOnlyDesk):
    """Which registrations stand on a voucher."""

    event_path = "voucher__event"
    view_rights = MONEY
    typed_filters = ("voucher__event",)
    list_display = ("voucher", "attendee", "discount", "created_at", "returned_at")
    list_select_related = ("voucher", "attendee")
    list_filter = ("voucher__event",)
    search_fields = ("voucher__code", "attendee__search_key")
    fields = ("voucher", "attendee", "discount", "created_at", "returned_at")

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = VoucherUse.objects.all()
        return rows if cast(Any, request.user).is_superuser else rows.filter(voucher__event__in=self.events_with(request, MONEY))


@admin.register(ReceiptSeries)
class ReceiptSeriesAdmin(ReadOnlyDesk):
    """The last number of each organiser and year, for admins."""

    list_display = ("organiser", "year", "last_number")
    list_filter = ("year",)
    fields = ("organiser", "year", "last_number")
    exportable = False
