"""What the tables of people have in common: who may see and change them."""

from __future__ import annotations

from events.permissions import Right
from netevent.core.admin import ReadOnlyDesk

MANAGE = (Right.MANAGE_ATTENDEES,)
PERSONAL = (Right.SEE_PERSONAL_DATA, Right.MANAGE_ATTENDEES)


class PersonRows(ReadOnlyDesk):
    """Facts that name a person: for whoever may see personal data there."""

    view_rights = PERSONAL
    exportable = False
