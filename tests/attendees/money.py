"""What tests about money share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from attendees.models import Attendee
from attendees.services.registration import register_attendee
from events.models import AttendeeType
from tests.factories import first_type, make_event, make_person


def paid_type(price: str = "50.00", *, vat: str = "19.00", **event: Any) -> AttendeeType:
    """The one type of a new event, at this price."""
    kind = first_type(make_event(**event))
    kind.price, kind.vat_rate = Decimal(price), Decimal(vat)
    kind.save()
    return kind


def owing(price: str = "50.00", *, vat: str = "19.00", person: Any = None, voucher: Any = None, **event: Any) -> Attendee:
    """Somebody who registered on the page and has yet to pay."""
    kind = paid_type(price, vat=vat, **event)
    return register_attendee(attendee_type=kind, person=person or make_person(), voucher=voucher).attendee
