"""What happened to one registration, from every table that knows something of it, in one list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from attendees.exports.attendee_list import SOURCES
from attendees.models import Attendee, Badge, CheckIn, Offer, Payment, Refund, Status
from events.permissions import Right, rights_at
from netevent.core.dates import show_datetime
from netevent.core.money import show_money
from netevent.notifications.models import Message

if TYPE_CHECKING:
    from datetime import datetime

    from netevent.core.admin import DeskAdmin

    Base = DeskAdmin
else:
    Base = object

ACTS = {
    "register": _("Registered"),
    "offer": _("Offered a place"),
    "accept": _("Accepted the offer"),
    "decline": _("Declined the offer"),
    "offer_ends": _("The offer ended"),
    "withdraw_offer": _("The offer was withdrawn"),
    "close_list": _("The waiting list was closed"),
    "approve": _("Approved"),
    "reject": _("Rejected"),
    "reopen": _("Reopened"),
    "pay": pgettext_lazy("payment", "Paid"),
    "pay_late": _("Paid late"),
    "term_ends": _("The payment term ended"),
    "cancel": pgettext_lazy("registration", "Cancelled"),
    "call_off": _("The event was called off"),
    "change_type": _("Changed the type"),
    "transfer": _("Passed on the place"),
    "recheck": _("Sent back for approval"),
}
MAILS = {
    "event_cancelled": _("Event called off"),
    "event_postponed": _("Event has a new date"),
    "event_moved": _("Time has changed"),
    "mailing": _("Message of the organiser"),
    "cancelled": _("Registration cancelled"),
    "changed": _("Registration changed"),
    "personal_link": _("Link to the own page"),
    "already_registered": _("Already registered"),
    "offer": _("A place is offered"),
}
TONES = {"failed": "bad", "dropped": "bad", "waiting": "open", "sending": "open", "held": "open"}


@dataclass(frozen=True)
class Entry:
    """One line: when, what, and what is known about it. `url` leads to its row, `tone` is "", open or bad."""

    at: datetime
    what: str
    details: str = ""
    url: str = ""
    tone: str = ""


def entries_of(row: Attendee, rights: frozenset[Right]) -> list[Entry]:
    """Oldest first. Money is for whoever handles money; messages lead to their page for whoever sends messages."""
    found = [*steps(row), *offers(row), *messages(row, linked=Right.MESSAGES in rights), *scans(row), *badges(row)]
    if Right.MONEY in rights:
        found += [*payments(row), *refunds(row)]
    return sorted(found, key=lambda entry: entry.at)


def steps(row: Attendee) -> Iterator[Entry]:
    states = dict(Status.choices)
    for step in row.steps.select_related("by", "attendee_type"):
        change = " → ".join(str(states.get(state, state)) for state in (step.from_state, step.to_state) if state)
        by = gettext("by %(name)s") % {"name": step.by} if step.by else ""
        parts = (change, str(step.attendee_type or ""), by, str(SOURCES.get(step.source, step.source)), step.reason)
        yield Entry(step.at, str(ACTS.get(step.act, states.get(step.to_state, step.act))), " · ".join(part for part in parts if part))


def offers(row: Attendee) -> Iterator[Entry]:
    for offer in Offer.objects.filter(attendee=row):
        until = gettext("until %(moment)s") % {"moment": show_datetime(offer.expires_at, row.event.time_zone)}
        yield Entry(
            offer.created_at, gettext("Offer"), f"{offer.get_state_display()} · {until}", tone="open" if offer.state == "open" else ""
        )


def messages(row: Attendee, *, linked: bool) -> Iterator[Entry]:
    states = dict(Status.choices)
    for message in Message.objects.filter(about=row.about).select_related("to_user"):
        state = message.template.removeprefix("registered_")
        name = str(MAILS.get(message.template) or states.get(state) or message.template)
        parts = (name, message.get_state_display(), message.address, message.error)
        url = reverse("admin:notifications_message_change", args=[message.pk]) if linked else ""
        when = message.sent_at or message.created_at
        yield Entry(when, gettext("Message"), " · ".join(str(part) for part in parts if part), url, TONES.get(message.state, ""))


def scans(row: Attendee) -> Iterator[Entry]:
    for scan in CheckIn.objects.filter(attendee=row).select_related("checkpoint", "by", "annulled_by"):
        by = gettext("by %(name)s") % {"name": scan.by} if scan.by else ""
        parts = (scan.checkpoint.name, by)
        yield Entry(scan.scanned_at, scan.get_answer_display(), " · ".join(part for part in parts if part))
        if scan.annulled_at:
            undone = " · ".join(part for part in (scan.checkpoint.name, str(scan.annulled_by or ""), scan.annulled_reason) if part)
            yield Entry(scan.annulled_at, gettext("Check-in undone"), undone)


def badges(row: Attendee) -> Iterator[Entry]:
    for badge in Badge.objects.filter(attendee=row):
        if badge.printed_at:
            yield Entry(badge.printed_at, gettext("Badge printed"), gettext("%(number)s times in all") % {"number": badge.prints})
        if badge.revoked_at:
            yield Entry(badge.revoked_at, gettext("Badge replaced"))


def payments(row: Attendee) -> Iterator[Entry]:
    for payment in Payment.objects.filter(attendee=row).select_related("by"):
        parts = (
            show_money(payment.amount, payment.currency),
            payment.get_state_display(),
            payment.provider,
            str(payment.by or ""),
            payment.note,
        )
        tone = {"open": "open", "failed": "bad"}.get(payment.state, "")
        yield Entry(payment.paid_at or payment.created_at, gettext("Payment"), " · ".join(part for part in parts if part), tone=tone)


def refunds(row: Attendee) -> Iterator[Entry]:
    for refund in Refund.objects.filter(payment__attendee=row).select_related("payment", "by"):
        parts = (show_money(refund.amount, refund.payment.currency), refund.get_state_display(), str(refund.by or ""), refund.error)
        tone = {"due": "open", "failed": "bad"}.get(refund.state, "")
        yield Entry(refund.done_at or refund.created_at, gettext("Refund"), " · ".join(part for part in parts if part), tone=tone)


class AskedAgainFilter(admin.SimpleListFilter):
    """After an event was postponed: who has said whether they come."""

    title = _("new date")
    parameter_name = "asked_again"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Has not answered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(asked_again_at__isnull=False).active() if self.value() == "open" else queryset  # type: ignore[attr-defined]


class AttendeeTimeline(Base):
    """The list on a person's page at the desk."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        row.seen_by = request.user
        return row

    @display(description=_("what happened"))
    def timeline(self, row: Attendee) -> SafeString:
        user = getattr(row, "seen_by", None)
        return show(entries_of(row, rights_at(user, row.event) if user else frozenset()), row.event.time_zone)


def show(entries: list[Entry], zone: str) -> SafeString:
    lines = ((entry.tone or "done", show_datetime(entry.at, zone), linked(entry), entry.details) for entry in entries)
    one = '<li class="desk-step desk-step--{}"><span class="desk-step__when">{}</span><strong>{}</strong> <span>{}</span></li>'
    return format_html('<ol class="desk-timeline">{}</ol>', format_html_join("", one, lines))


def linked(entry: Entry) -> str | SafeString:
    return format_html('<a class="desk-link" href="{}">{}</a>', entry.url, entry.what) if entry.url else entry.what
