"""Answers as columns of a file: one a question, out with labels and in by key or by heading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee, Question, QuestionAnswer, QuestionKind
from attendees.services.answer_kinds import cell_of
from netevent.core.formats import Column
from netevent.core.text import fold

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from events.models import Event

ANSWER = "answer:"
BATCH = 500
# A line of a job keeps the word alone; whoever reads it gets these, in their language.
ANSWER_REASONS: dict[str, str | Promise] = {
    "answer_unknown_choice": _("An answer is none of the choices."),
    "answer_no_number": _("An answer should be a number and is none."),
    "answer_no_date": _("An answer should be a date and is none."),
    "answer_too_long": _("An answer is too long."),
    "answer_not_printable": _("An answer holds a character that can't be shown."),
    "answer_no_file": _("Files can't be imported."),
    "answer_wrong": _("An answer can't be read."),
}


def answer_reason(error: ValidationError) -> str:
    name = f"answer_{error.code}"
    return name if name in ANSWER_REASONS else "answer_wrong"


# --- In --------------------------------------------------------------------------------------------------------------------
def answer_fields(event: Event) -> dict[str, Question]:
    """The questions that a file may answer, by the name of their column."""
    rows = Question.objects.filter(event=event, is_active=True).exclude(kind=QuestionKind.FILE).order_by("position", "pk")
    return {f"{ANSWER}{question.key}": question for question in rows}


def headings_of(fields: Mapping[str, Question]) -> dict[str, frozenset[str]]:
    """The folded headings by which each column is known: its key, its question in any language, and what our own files call it."""
    return {name: frozenset(filter(None, (fold(text) for text in texts_of(question)))) for name, question in fields.items()}


def labels_of_columns(fields: Mapping[str, Question]) -> dict[str, str]:
    return {name: str(question.label) for name, question in fields.items()}


def texts_of(question: Question) -> list[str]:
    labels = [label for code, _name in settings.LANGUAGES if (label := getattr(question, f"label_{code}"))]
    return [question.key, f"answer_{question.key}", *labels, *(with_key(label, question) for label in labels)]


def with_key(label: str, question: Question) -> str:
    return f"{label} ({question.key})"


def answers_told(people: Iterable[Attendee]) -> dict[int, dict[int, Any]]:
    """Attendee → question → answer that stands."""
    told: dict[int, dict[int, Any]] = {}
    rows = QuestionAnswer.objects.filter(attendee__in=[person.pk for person in people])
    for attendee, question, value in rows.values_list("attendee_id", "question_id", "value") if people else ():
        told.setdefault(attendee, {})[question] = value
    return told


def new_answers(attendee: Attendee, said: Mapping[int, Any], known: Mapping[int, Any]) -> list[tuple[Attendee, int, Any]]:
    """What a file says more: what a person with a proved address answered stays."""
    return [
        (attendee, question, value)
        for question, value in said.items()
        if value is not None and value != known.get(question) and not (attendee.email_proved_at and question in known)
    ]


def keep_imported_answers(answers: Iterable[tuple[Attendee, int, Any]]) -> None:
    now = timezone.now()
    rows = [
        QuestionAnswer(attendee=attendee, question_id=question, value=value, updated_at=now)
        for attendee, question, value in answers
        if value is not None
    ]
    if rows:
        QuestionAnswer.objects.bulk_create(
            rows,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["attendee", "question"],
            update_fields=["value", "updated_at"],
        )


# --- Out -------------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class AnswerColumns:
    """What an event asked, for the rows of a file: all answers of all people in one query."""

    questions: tuple[Question, ...]
    told: Mapping[int, Mapping[int, Any]]

    def columns(self, taken: Iterable[str]) -> list[Column]:
        """One a question; where two would have the same heading the key tells them apart."""
        used = Counter([*taken, *(str(question.label) for question in self.questions)])
        return [
            Column(f"answer_{q.key}", str(q.label) if used[str(q.label)] == 1 else with_key(str(q.label), q), 24) for q in self.questions
        ]

    def cells(self, attendee: int) -> tuple[Any, ...]:
        """For people: labels, numbers and dates as such."""
        said = self.told.get(attendee, {})
        return tuple(cell_of(question, said.get(question.pk)) for question in self.questions)

    def raw(self, attendee: int) -> tuple[Any, ...]:
        """For programs: as they are stored."""
        said = self.told.get(attendee, {})
        return tuple(said.get(question.pk) for question in self.questions)


def answer_columns(event: Event) -> AnswerColumns:
    """Every question of the event, also those that are asked no more; one query more where there are any."""
    questions = tuple(Question.objects.filter(event=event).order_by("position", "pk"))
    told: dict[int, dict[int, Any]] = {}
    rows = QuestionAnswer.objects.filter(question__in=questions).order_by()
    for attendee, question, value in rows.values_list("attendee_id", "question_id", "value").iterator() if questions else ():
        told.setdefault(attendee, {})[question] = value
    return AnswerColumns(questions, told)
