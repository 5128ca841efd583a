"""What attendees hear when an event is called off or moved, and what their messages say about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendees.models import Attendee, Refund, Status
from attendees.receivers import personal_link
from attendees.selectors import registrations
from attendees.services.calling_off import Concerned, concerned, start_calling_off, start_telling
from events.exports.ics import event_calendar
from events.models import Event
from events.signals import calling_off_asked, event_called_off, event_moved, moving_asked
from netevent.core.dates import show_range, show_zone
from netevent.core.money import show_money
from netevent.notifications.models import Message
from netevent.notifications.signals import rendering


@receiver(event_called_off)
def let_go(event: Event, user: Any, source: str, **kwargs: Any) -> None:
    start_calling_off(event, by=user, source=source)


@receiver(event_moved)
def tell_people(event: Event, before: Any, reasons: dict[str, str], asks_again: bool, user: Any, **kwargs: Any) -> None:
    times = f"{before.starts_at.isoformat()}:{event.starts_at.isoformat()}:{event.ends_at and event.ends_at.isoformat()}"
    start_telling(
        event,
        old_starts_at=before.starts_at,
        old_ends_at=before.ends_at,
        reasons=reasons,
        asks_again=asks_again,
        by=user,
        key=f"moved:{event.pk}:{times}"[:200],
    )


# --- What the desk is told before ----------------------------------------------------------------------------------------------
@receiver(calling_off_asked)
def what_ends(event: Event, **kwargs: Any) -> list[str]:
    found = concerned(event)
    if not found.people:
        return [_("Nobody is registered.")]
    return [people_sentence(found), *states_of(found), *without_address(found), *loose_ends(found), *money_sentences(found)]


@receiver(moving_asked)
def who_is_told(event: Event, **kwargs: Any) -> list[str]:
    found = concerned(event)
    if not found.people:
        return [_("Nobody is registered.")]
    return [people_sentence(found), *states_of(found), *without_address(found)]


def people_sentence(found: Concerned) -> str:
    told = found.people - found.without_address
    return ngettext("%(number)d person is told by mail.", "%(number)d people are told by mail.", told) % {"number": told}


def states_of(found: Concerned) -> list[str]:
    words = dict(Status.choices)
    return [f"{words[state]}: {number}" for state, number in found.states.items()]


def without_address(found: Concerned) -> list[str]:
    number = found.without_address
    text = ngettext("%(number)d has no address and can't be told.", "%(number)d have no address and can't be told.", number)
    return [text % {"number": number}] if number else []


def loose_ends(found: Concerned) -> list[str]:
    offers = ngettext("%(number)d open offer ends.", "%(number)d open offers end.", found.offers) % {"number": found.offers}
    checkouts = ngettext("%(number)d open payment ends.", "%(number)d open payments end.", found.checkouts) % {"number": found.checkouts}
    return [*([offers] if found.offers else []), *([checkouts] if found.checkouts else [])]


def money_sentences(found: Concerned) -> list[str]:
    if not found.money:
        return [_("Nothing was paid, nothing goes back.")]
    return [_("%(amount)s becomes due to go back.") % {"amount": show_money(amount, name)} for name, amount in found.money.items()]


# --- What the messages say -----------------------------------------------------------------------------------------------------
ANNOUNCED = frozenset({"event_cancelled", "event_postponed", "event_moved"})


@receiver(rendering)
def tell_of_event(message: Message, **kwargs: Any) -> dict[str, Any] | None:
    """What a message about the event itself says beside the usual; its calendar file replaces the one that people have."""
    if message.template not in ANNOUNCED:
        return None
    attendee = registrations().filter(pk=message.about.rpartition(":")[2]).first()
    if attendee is None:
        return None
    event = attendee.event
    facts: dict[str, Any] = {"attachments": [(f"{event.code}.ics", "text/calendar", event_calendar(event))]}
    if message.template == "event_cancelled":
        return {**facts, "reason": event.cancelled_reason or "", "goes_back": goes_back(attendee)}
    if message.template == "event_postponed":
        facts["attendance_link"] = f"{personal_link(attendee, asked_for=False)}?to=attendance"
    return {**facts, "when_before": times_before(message, event)}


def goes_back(attendee: Attendee) -> str:
    """The money that is due to go back to them, in words; empty for nothing."""
    rows = Refund.objects.due().filter(payment__attendee=attendee).order_by().values_list("payment__currency")
    return ", ".join(show_money(amount, currency) for currency, amount in rows.annotate(sum=Sum("amount")))


def times_before(message: Message, event: Event) -> str:
    start, end = (datetime.fromisoformat(text) if text else None for text in message.context.get("old", ["", ""]))
    if start is None:
        return ""
    return f"{show_range(start, end, event.time_zone)}, {show_zone(event.time_zone, start)}"
