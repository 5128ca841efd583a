"""What one may register as: the types of a public event that are on sale, and what a voucher opens beside them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from attendees.services.questions import asks_anything
from attendees.services.vouchers import takes_vouchers, types_opened_by
from events.models import AttendeeType, Event
from netevent.core import limits
from netevent.core.fields import normalise_code
from netevent.core.prepared import prepared


def published_event(code: str) -> Event:
    """With what its pages show.

    Raises:
        Http404: there is none that everybody may see.
    """
    rows = Event.objects.published().select_related("organiser", "venue", "room")
    return get_object_or_404(rows, code=normalise_code(code))


def types_on_sale(code: str, *, voucher: str = "", address: str = "", to_show: bool = True) -> list[AttendeeType]:
    """What one may register as, with the public event, in one query; nothing when the event is not public either.

    A form that was sent is answered by another page most of the time: then organiser, venue and room are left out.

    Args:
        voucher: a code that was named: the types that it opens, which nobody else is shown, come behind the others.
        address: whose guess it is, should nobody know that code.
    """
    types = (types_to_show if to_show else types_to_book).all(code=normalise_code(code), now=timezone.now())
    if voucher:
        types += hidden_types(code, voucher, address)
    for kind in types:
        kind.event = types[0].event
    return types


def types_of(code: Any, now: Any) -> QuerySet[AttendeeType]:
    rows = AttendeeType.objects.on_sale(now).filter(event__code=code, event__in=Event.objects.published())
    return rows.annotate(**asks_anything(), **takes_vouchers()).order_by("position", "pk")


@prepared
def types_to_show(code: Any, now: Any) -> QuerySet[AttendeeType]:
    return types_of(code, now).select_related("event__organiser", "event__venue", "event__room")


@prepared
def types_to_book(code: Any, now: Any) -> QuerySet[AttendeeType]:
    return types_of(code, now).select_related("event")


def hidden_types(code: str, voucher: str, address: str) -> list[AttendeeType]:
    """What a voucher opens that nobody else is shown. One that opens nothing is no guess either."""

    def known() -> list[QuerySet[AttendeeType]]:
        return [rows] if (rows := types_opened_by(normalise_code(code), voucher)) is not None else []

    for opened in limits.guess("code.ip", address, known):
        shown = opened.annotate(**asks_anything(), **takes_vouchers())
        return list(shown.select_related("event__organiser", "event__venue", "event__room"))
    return []
