"""What the entrance asks, answered by staff for the person before them."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from attendees.models import AskedWhen, Attendee, Checkpoint
from attendees.question_forms import AnswersForm
from attendees.services.door_questions import answer_and_enter
from attendees.services.questions import answers_of, questionnaire_of
from attendees.views.check_in import answer_of, at_the_door, door, page_context, staff_of, state_of, whole_number
from netevent.core import limits
from netevent.core.errors import DomainError, TooOften
from netevent.core.fields import normalise_code


@at_the_door
@never_cache
@sensitive_post_parameters()
def answers(request: HttpRequest, event_id: int, code: str) -> HttpResponse:
    """The questions of the entrance; sending them lets the person in, with the same answer as a scan."""
    checkpoint = door(request, event_id, whole_number(request.GET.get("checkpoint")))
    limits.hit("checkin.device", f"{staff_of(request).pk}:{checkpoint.pk}")
    people = checkpoint.event.attendees.select_related("attendee_type")
    attendee = get_object_or_404(people, code=normalise_code(code)[:20], erased_at__isnull=True)
    form = door_form(request, attendee)
    if request.method != "POST":
        return ask(request, checkpoint, attendee, form)
    if request.FILES:
        limits.hit("upload.user", staff_of(request).pk)
    if not form.is_valid():
        return ask(request, checkpoint, attendee, form, status=422)
    try:
        result = answer_and_enter(
            checkpoint=checkpoint, attendee=attendee, answers=form.answers(), scan_id=scan_id_of(request), by=staff_of(request)
        )
    except TooOften:
        raise
    except DomainError as refusal:
        form.add_error(None, str(refusal.message))
        return ask(request, checkpoint, attendee, form, status=refusal.status)
    context = page_context(request, checkpoint, result=answer_of(result, checkpoint, staff_of(request)), state=state_of(result))
    return render(request, "attendees/staff/check_in.html", context)


def door_form(request: HttpRequest, attendee: Attendee) -> AnswersForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AnswersForm(*sent, attendee_type=attendee.attendee_type_id)
    form.ask(questionnaire_of(attendee.event_id), when=AskedWhen.CHECK_IN, known=answers_of(attendee))
    return form


def scan_id_of(request: HttpRequest) -> uuid.UUID:
    """The page's own, so that sending it twice is one scan."""
    try:
        return uuid.UUID(request.POST.get("scan_id", ""))
    except ValueError:
        return uuid.uuid4()


def ask(request: HttpRequest, checkpoint: Checkpoint, attendee: Attendee, form: AnswersForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "event": checkpoint.event,
        "checkpoint": checkpoint,
        "attendee": attendee,
        "form": form,
        "scan_id": request.POST.get("scan_id") or uuid.uuid4(),
        "state": "needs-answers",
    }
    return render(request, "attendees/staff/answers.html", context, status=status)
