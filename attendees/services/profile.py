"""What people change about their own registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendees.services.approval import send_back
from attendees.services.questions import change_answers, may_change_answers
from attendees.services.registration import PROFILE_FIELDS, STUDY_FIELDS
from events.services.preferences import state_preferences
from netevent.accounts.services import save_profile
from netevent.core.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attendees.models import Attendee
    from attendees.services.questions import Answers
    from netevent.accounts.models import User

OWN_FIELDS = ("first_name", "last_name", "language", *PROFILE_FIELDS, *STUDY_FIELDS)


@transaction.atomic
def update_profile(attendee: Attendee, **fields: Any) -> list[str]:
    """Change what people say about themselves at this event; the address stays, since it is what is proved. The names of what changed.

    Where the event wants that, a confirmed registration is approved again afterwards.

    Two people editing different fields both keep their work.
    """
    changed = [name for name in OWN_FIELDS if name in fields and getattr(attendee, name) != fields[name]]
    for name in changed:
        setattr(attendee, name, fields[name])
    if changed:
        attendee.save(update_fields=[*changed, "updated_at"])
    if {*changed} - {"language"}:
        send_back(attendee, by=attendee.user)
    return changed


@transaction.atomic
def change_own_answers(attendee: Attendee, answers: Answers) -> list[str]:
    """Change what a person answered the organiser, while it is of use there; the keys of what changed.

    Where the event wants that, a confirmed registration is approved again afterwards.

    Raises:
        DomainError: `answers_closed`, and `answers_needed` (422) naming the fields of required questions without an answer.
    """
    if not may_change_answers(attendee):
        raise DomainError("answers_closed", _("Answers can't be changed any more. Please write to the organiser."))
    changed = change_answers(attendee, answers)
    if changed:
        send_back(attendee, by=attendee.user)
    return changed


@transaction.atomic
def save_about_me(user: User, interests: Sequence[int], **told: Any) -> None:
    """What a person tells once, for all events to come: it prefills registrations and changes none that stands."""
    save_profile(user, **told)
    state_preferences(user, interests)


@transaction.atomic
def set_attendance(attendee: Attendee, attendance_status: str) -> bool:
    """Note whether the person intends to come. It frees no place, and says nothing about who came: staff record that.

    Whoever was asked again, since the event has another date, has answered with it.
    """
    if attendee.attendance_status == attendance_status and attendee.asked_again_at is None:
        return False
    attendee.attendance_status, attendee.asked_again_at = attendance_status, None
    attendee.save(update_fields=["attendance_status", "asked_again_at", "updated_at"])
    return True
