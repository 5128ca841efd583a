"""What the tables of people have in common: who may see and change them."""

from __future__ import annotations

from django.http import HttpRequest

from events.permissions import Right
from netevent.core import limits
from netevent.core.admin import ReadOnlyDesk

MANAGE = (Right.MANAGE_ATTENDEES,)
PERSONAL = (Right.SEE_PERSONAL_DATA, Right.MANAGE_ATTENDEES)


def count_check_in(request: HttpRequest) -> None:
    """The desk is one more device at the door.

    Raises:
        TooOften: as at any other.
    """
    limits.hit("checkin.device", f"{request.user.pk}:desk")


class PersonRows(ReadOnlyDesk):
    """Facts that name a person: for whoever may see personal data there."""

    view_rights = PERSONAL
    exportable = False
