"""What a person answered and agreed to, on their page at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from attendees.admin.common import MANAGE
from attendees.desk_question_forms import DeskAnswersForm
from attendees.models import Attendee, Consent
from attendees.services.questions import Shown, answers_of, change_answers, questionnaire_of, shown_answers
from netevent.core import limits
from netevent.core.admin import DeskAdmin
from netevent.core.dates import show_date

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


class AttendeeTold(DeskAdmin):
    """Answers and consents for whoever sees the page; changed by whoever manages attendees."""

    @display(description=_("answers"))
    def told(self, row: Attendee) -> str:
        lines = [(line.question.label, answer_shown(line)) for line in shown_answers(row)]
        return (
            format_html('<ul class="desk-told">{}</ul>', format_html_join("", "<li>{} <strong>{}</strong></li>", lines)) if lines else "–"
        )

    @display(description=_("agreed to"))
    def agreed(self, row: Attendee) -> str:
        lines = [consent_line(consent, row) for consent in Consent.objects.filter(attendee=row).select_related("text")]
        return (
            format_html('<ul class="desk-told">{}</ul>', format_html_join("", "<li>{}</li>", ((line,) for line in lines))) if lines else "–"
        )

    @action(description=_("Change answers"), permissions=["manage"], icon="quiz")
    def change_answers_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MANAGE, row)
        form = answers_form(request, row)
        if request.FILES:
            limits.hit("upload.user", request.user.pk)
        if form.is_bound and form.is_valid():
            said = form.answers()
            return self.act_once(
                request, row, lambda: change_answers(row, said, when=None, insists=False), done=gettext("The answers were changed.")
            )
        text = "" if form.fields else gettext("This event asks no questions.")
        return self.ask_about(request, row, title=gettext("Change the answers of %(name)s"), text=text, button=gettext("Save"), form=form)


def answers_form(request: HttpRequest, row: Attendee) -> DeskAnswersForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DeskAnswersForm(*sent, attendee_type=row.attendee_type_id)
    form.ask(questionnaire_of(row.event_id), known=answers_of(row))
    return form


def answer_shown(line: Shown) -> str | SafeString:
    if not line.has_file or line.answer is None:
        return line.text
    address = reverse("admin:attendees_questionanswer_download", args=[line.answer.pk])
    return format_html('<a href="{}">{}</a>', address, line.text)


def consent_line(consent: Consent, row: Attendee) -> str:
    words = {"text": str(consent.text), "day": show_date(consent.given_at, row.event.time_zone)}
    if consent.withdrawn_at is None:
        return gettext("%(text)s: given on %(day)s") % words
    return gettext("%(text)s: given on %(day)s, taken back on %(end)s") % {
        **words,
        "end": show_date(consent.withdrawn_at, row.event.time_zone),
    }
