"""What people change about their own registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from attendees.services.registration import PROFILE_FIELDS

if TYPE_CHECKING:
    from attendees.models import Attendee

OWN_FIELDS = ("first_name", "last_name", "language", *PROFILE_FIELDS)


@transaction.atomic
def update_profile(attendee: Attendee, **fields: str) -> list[str]:
    """Change what people say about themselves at this event; the address stays, since it is what is proved. The names of what changed.

    Two people editing different fields both keep their work.
    """
    changed = [name for name in OWN_FIELDS if name in fields and getattr(attendee, name) != fields[name]]
    for name in changed:
        setattr(attendee, name, fields[name])
    if changed:
        attendee.save(update_fields=[*changed, "updated_at"])
    return changed


@transaction.atomic
def set_attendance(attendee: Attendee, attendance_status: str) -> bool:
    """Note whether the person intends to come. It frees no place, and says nothing about who came: staff record that."""
    if attendee.attendance_status == attendance_status:
        return False
    attendee.attendance_status = attendance_status
    attendee.save(update_fields=["attendance_status", "updated_at"])
    return True
