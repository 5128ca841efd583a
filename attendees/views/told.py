"""What an attendee told the organiser and agreed to: seen, changed and taken back by the attendee."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from attendees.models import AskedWhen, Attendee, ConsentText, QuestionAnswer
from attendees.question_forms import AnswersForm
from attendees.services.answer_files import file_response
from attendees.services.consents import give_consent, shown_consents, withdraw_consent
from attendees.services.profile import change_own_answers
from attendees.services.questions import answers_of, may_change_answers, questionnaire_of, shown_answers
from attendees.views.chosen import own_address, own_registration
from attendees.views.public import SeeOther
from netevent.core import limits
from netevent.core.errors import DomainError, TooOften


@own_registration("GET", "POST")
@sensitive_post_parameters()
def answers(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """My answers, to be changed until the event begins, and what I agreed to."""
    form = answers_form(request, attendee)
    if request.method != "POST":
        return answers_page(request, attendee, form)
    if request.FILES:
        limits.hit("upload.user", f"attendee:{attendee.pk}")
    if not form.is_valid():
        return answers_page(request, attendee, form, status=422)
    try:
        change_own_answers(attendee, form.answers())
    except TooOften:
        raise
    except DomainError as refusal:
        form.add_error(None, str(refusal.message))
        return answers_page(request, attendee, form, status=refusal.status)
    messages.success(request, _("Your answers are saved."))
    return SeeOther(own_address("dashboard", attendee))


def answers_form(request: HttpRequest, attendee: Attendee) -> AnswersForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AnswersForm(*sent, attendee_type=attendee.attendee_type_id)
    form.ask(questionnaire_of(attendee.event_id), known=answers_of(attendee))
    return form


def answers_page(request: HttpRequest, attendee: Attendee, form: AnswersForm, *, status: int = 200) -> HttpResponse:
    is_open = may_change_answers(attendee)
    given = [line for line in shown_answers(attendee) if not is_open or line.has_file or line.question.when != AskedWhen.REGISTRATION]
    context = {
        "attendee": attendee,
        "event": attendee.event,
        "form": form,
        "is_open": is_open,
        "asks": bool(form.sheet.of(AskedWhen.REGISTRATION)),
        "given": given,
        "consents": shown_consents(attendee),
        "query": f"?event={attendee.event.code}",
        "back": own_address("dashboard", attendee),
    }
    return render(request, "attendees/answers.html", context, status=status)


@own_registration("POST")
def consent(request: HttpRequest, attendee: Attendee) -> HttpResponse:
    """Agree to a text, or take that back."""
    number = request.POST.get("text", "")
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        raise Http404
    text = get_object_or_404(ConsentText, pk=number, event=attendee.event_id)
    try:
        tell_consent(request, attendee, text)
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return SeeOther(own_address("answers", attendee))


def tell_consent(request: HttpRequest, attendee: Attendee, text: ConsentText) -> None:
    if request.POST.get("act") == "withdraw":
        withdraw_consent(attendee, text)
        messages.success(request, _("Noted: you don't agree any more."))
        return
    give_consent(attendee, text)
    messages.success(request, _("Noted: you agree."))


@own_registration("GET")
def answer_file(request: HttpRequest, attendee: Attendee, key: str) -> HttpResponseBase:
    """A file that I sent."""
    return file_response(get_object_or_404(QuestionAnswer, attendee=attendee, question__key=key))
