"""Questions at the entrance: what staff ask before they let somebody in, and what they are told."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from attendees.models import AskedWhen, Attendee, Checkpoint, Question
from attendees.services.questions import Answers, answers_of, change_answers, questionnaire_of

if TYPE_CHECKING:
    from attendees.services.check_in import ScanResult
    from netevent.accounts.models import User


def says_at_door() -> dict[str, Exists]:
    """For a query of checkpoints: does the event ask or tell anything at the entrance? So that a scan elsewhere costs no query more."""
    here = Q(when=AskedWhen.CHECK_IN, is_active=True) | Q(at_desk=True)
    return {"tells_at_door": Exists(Question.objects.filter(here, event=OuterRef("event")).order_by())}


def tells_at_door(checkpoint: Checkpoint) -> bool:
    """As `says_at_door` found it; a checkpoint that wasn't asked may."""
    return bool(getattr(checkpoint, "tells_at_door", True))


def open_at_door(person: Attendee) -> list[Question]:
    """Required questions of the entrance that this person has not answered."""
    sheet = questionnaire_of(person.event_id)
    if not sheet.of(AskedWhen.CHECK_IN):
        return []
    return sheet.missing(AskedWhen.CHECK_IN, person.attendee_type_id, answers_of(person))


@transaction.atomic
def answer_and_enter(*, checkpoint: Checkpoint, attendee: Attendee, answers: Answers, scan_id: uuid.UUID, by: User) -> ScanResult:
    """Keep what was answered at the entrance and let the person in, as any other scan would.

    Raises:
        DomainError: `answers_needed` (422), as `change_answers`.
    """
    from attendees.services.check_in import scan_attendee  # which asks this module what is open

    change_answers(attendee, answers, when=AskedWhen.CHECK_IN)
    return scan_attendee(checkpoint=checkpoint, attendee=attendee, scan_id=scan_id, by=by)
