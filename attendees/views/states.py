"""What a registration's state means to its person: the word for machines, the words for people, the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendees.exports.qr import qr_svg
from attendees.models import AttendanceStatus, Status
from attendees.services.badges import badge_to_show
from netevent.core.dates import show_datetime

if TYPE_CHECKING:
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

    from attendees.models import Attendee

# state → (data-state, tone, headline, what it means)
MEANINGS: dict[Status, tuple[str, str, str | Promise, str | Promise]] = {
    Status.CONFIRMED: (
        "registered",
        "good",
        gettext_lazy("Your place is confirmed"),
        gettext_lazy("Show your QR code at the entrance. You need nothing else."),
    ),
    Status.AWAITING_PAYMENT: (
        "payment-due",
        "warning",
        gettext_lazy("We hold your place until you have paid"),
        gettext_lazy("Your place is confirmed as soon as the payment has arrived."),
    ),
    Status.PENDING_APPROVAL: (
        "pending-approval",
        "info",
        gettext_lazy("The organiser looks at your registration"),
        gettext_lazy("You receive an e-mail as soon as it is decided. There is nothing you need to do."),
    ),
    Status.WAITLISTED: (
        "waitlisted",
        "info",
        gettext_lazy("You are on the waiting list"),
        gettext_lazy("When a place becomes free for you, you receive an e-mail."),
    ),
    Status.OFFERED: ("offered", "warning", gettext_lazy("A place is free for you"), gettext_lazy("Take it before the offer ends.")),
    Status.CANCELLED: (
        "cancelled",
        "bad",
        gettext_lazy("Your registration is cancelled"),
        gettext_lazy("Your place is free for somebody else. While registration is open you can register again."),
    ),
    Status.REJECTED: (
        "rejected",
        "bad",
        gettext_lazy("Your registration was not accepted"),
        gettext_lazy("Please ask the organiser if you think this is a mistake."),
    ),
    Status.EXPIRED: (
        "expired",
        "bad",
        gettext_lazy("Your registration has expired"),
        gettext_lazy("While registration is open you can register again."),
    ),
}


def explained(status: Status) -> dict[str, Any]:
    word, tone, title, text = MEANINGS[status]
    return {"state": word, "status": status, "tone": tone, "headline": title, "meaning": text}


def qr_of(attendee: Attendee) -> SafeString | None:
    """The badge's code, for somebody whose place is confirmed. None is made here: it came with the confirmation."""
    badge = badge_to_show(attendee) if attendee.status == Status.CONFIRMED else None
    if badge is None:
        return None
    address = f"{settings.BASE_URL}{reverse('attendees:badge-opened', args=[badge.token])}"
    return qr_svg(address, label=_("QR code of your badge"))


def next_step(attendee: Attendee) -> str:
    """One sentence: what is to be done next, if anything."""
    if attendee.event.is_cancelled:
        return _("This event was called off. There is nothing you need to do.")
    if attendee.event.is_over():
        return _("This event is over. Thank you for being part of it.") if attendee.first_entry_at else _("This event is over.")
    if attendee.first_entry_at:
        return _("You are checked in. Enjoy the event!")
    if attendee.status == Status.AWAITING_PAYMENT and attendee.due_at:
        return _("Please pay until %(moment)s.") % {"moment": show_datetime(attendee.due_at, attendee.event.time_zone)}
    if attendee.status == Status.CONFIRMED and attendee.attendance_status == AttendanceStatus.NOT_ATTENDING:
        return _("You said that you won't come. Your place is still yours: cancel it if somebody else may have it.")
    if attendee.status == Status.CONFIRMED:
        return _("Put the date into your calendar, and bring your QR code.")
    return ""


def may_cancel(attendee: Attendee) -> bool:
    return attendee.is_active and attendee.event.may_be_cancelled_by_attendees() and not attendee.first_entry_at
