"""What an organiser asks: which questions are asked of whom, and the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import AskedWhen, Attendee, ConsentText, Question, QuestionAnswer, QuestionKind
from attendees.services.answer_files import forget_file, is_upload, keep_file
from attendees.services.answer_kinds import readable, words_of
from events.models import Event
from netevent.core.errors import DomainError
from netevent.core.locks import locked

Answers = Mapping[str, Any]  # question key → stored value; None, or not there: no answer


# --- Which are asked --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Questionnaire:
    """The questions that an event asks, in their order."""

    questions: tuple[Question, ...] = ()

    @cached_property
    def by_pk(self) -> dict[int, Question]:
        return {question.pk: question for question in self.questions}

    @cached_property
    def types(self) -> dict[int, frozenset[int]]:
        """Question → the types it is for; none means everybody."""
        return {question.pk: frozenset(kind.pk for kind in question.types.all()) for question in self.questions}

    def of(self, when: str | None) -> list[Question]:
        """Those asked at this time; all of them for None."""
        return [question for question in self.questions if when in {None, question.when}]

    def is_asked(self, question: Question, attendee_type: int | None, answers: Answers, below: frozenset[int] = frozenset()) -> bool:
        """Is it asked of somebody of this type who answered the others so? A question is asked only where the one it depends on is."""
        only = self.types[question.pk]
        if question.pk in below or (only and attendee_type not in only):
            return False
        if question.depends_on_id is None:
            return True
        source = self.by_pk.get(question.depends_on_id)
        if source is None or not fits(question, answers.get(source.key)):
            return False
        return self.is_asked(source, attendee_type, answers, below | {question.pk})

    def asked(self, when: str | None, attendee_type: int | None, answers: Answers) -> list[Question]:
        return [question for question in self.of(when) if self.is_asked(question, attendee_type, answers)]

    def missing(self, when: str | None, attendee_type: int | None, answers: Answers) -> list[Question]:
        """Required, asked, and not answered."""
        asked = self.asked(when, attendee_type, answers)
        return [question for question in asked if question.is_required and answers.get(question.key) is None]


def fits(question: Question, value: Any) -> bool:
    """Is this the answer that the question waits for? Any answer, where it names none."""
    words = words_of(value)
    return bool(words & words_of(question.depends_values)) if question.depends_values else bool(words)


def asks_anything() -> dict[str, Exists]:
    """For a query of attendee types: does their event ask questions, and for consents, when people register? So that most cost no query."""
    here = {"event": OuterRef("event"), "is_active": True}
    questions = Question.objects.filter(**here, when=AskedWhen.REGISTRATION)
    return {"asks_questions": Exists(questions), "asks_consents": Exists(ConsentText.objects.filter(**here))}


def questionnaire_of(event: Event | int, *, all_of_them: bool = False) -> Questionnaire:
    """In two queries; those that are switched off only when all are wanted."""
    rows = Question.objects.filter(event=event).order_by("position", "pk")
    rows = rows if all_of_them else rows.filter(is_active=True)
    return Questionnaire(tuple(rows.prefetch_related("types")))


# --- Answers ---------------------------------------------------------------------------------------------------------------
def asks_something(event: Event | int) -> bool:
    """Does it ask questions or for consents at all, or did it once? One query."""
    here = {"event": OuterRef("pk")}
    told = Exists(Question.objects.filter(**here)) | Exists(ConsentText.objects.filter(**here))
    return Event.objects.filter(told, pk=getattr(event, "pk", event)).exists()


def answers_of(attendee: Attendee) -> dict[str, Any]:
    """Question key → stored value; of a file its name."""
    return dict(QuestionAnswer.objects.filter(attendee=attendee).values_list("question__key", "value"))


def save_answers(attendee: Attendee, questions: Iterable[Question], answers: Answers, *, keep_known: bool = False) -> list[str]:
    """Keep what was answered to these questions, in the caller's transaction; the keys of what changed.

    No answer takes an earlier one away: a question that is not asked any more has none. Whoever may call this for a row that others may
    change at the same time holds its lock.

    Args:
        answers: as `stored` made them; an uploaded file for a question of that kind, its name to leave the one that is there.
        keep_known: add answers where there are none, and leave those that are there.
    """
    asked = list(questions)
    known = {row.question_id: row for row in QuestionAnswer.objects.filter(attendee=attendee, question__in=asked)} if asked else {}
    changed = []
    for question in asked:
        row = known.get(question.pk)
        if not (keep_known and row) and keep_answer(attendee, question, row, answers.get(question.key)):
            changed.append(question.key)
    return changed


def keep_answer(attendee: Attendee, question: Question, row: QuestionAnswer | None, value: Any) -> bool:
    """One answer; False when nothing is different."""
    if value is None:
        return row is not None and take_away(row)
    if row is not None and row.value == value and not is_upload(value):
        return False
    row = row or QuestionAnswer(attendee=attendee, question=question)
    if is_upload(value):
        keep_file(row, value)
    elif question.kind == QuestionKind.FILE:
        return False  # a name without a file
    else:
        row.value = value
    row.save()
    return True


def take_away(row: QuestionAnswer) -> bool:
    forget_file(row)
    row.delete()
    return True


def take_answers(attendee: Attendee, answers: Answers, *, keep_known: bool = False) -> None:
    """The answers that come with a registration, in its transaction.

    Args:
        keep_known: whoever registers can't show that this is their own row: what stands there already stays.

    Raises:
        DomainError: `answers_needed` (422), as `change_answers`.
    """
    sheet, when = questionnaire_of(attendee.event_id), AskedWhen.REGISTRATION
    refuse_missing(sheet.missing(when, attendee.attendee_type_id, answers))
    asked = sheet.asked(when, attendee.attendee_type_id, answers)
    stale = [] if keep_known else [question for question in sheet.of(when) if question not in asked]
    save_answers(attendee, [*asked, *stale], {question.key: answers.get(question.key) for question in asked}, keep_known=keep_known)


@transaction.atomic
def change_answers(attendee: Attendee, answers: Answers, *, when: str | None = AskedWhen.REGISTRATION, insists: bool = True) -> list[str]:
    """Take over what somebody answered anew, all of it or nothing; the keys of what changed.

    Questions that these answers make superfluous lose theirs.

    Args:
        insists: on required questions; staff may leave them open.

    Raises:
        DomainError: `answers_needed` (422) naming the fields of required questions without an answer.
    """
    locked(attendee)
    sheet = questionnaire_of(attendee.event_id)
    told = {**answers_of(attendee), **answers}
    if insists:
        refuse_missing(sheet.missing(when, attendee.attendee_type_id, told))
    asked = {question.pk for question in sheet.asked(when, attendee.attendee_type_id, told)}
    kept = {question.key: told.get(question.key) if question.pk in asked else None for question in sheet.of(when)}
    return save_answers(attendee, sheet.of(when), kept)


def refuse_missing(missing: Iterable[Question]) -> None:
    fields = {f"answer_{question.key}": _("This field is required.") for question in missing}
    if fields:
        raise DomainError("answers_needed", _("Please answer the questions that are marked."), status=422, fields=fields)


def may_change_answers(attendee: Attendee) -> bool:
    """Until the event begins, while the registration stands."""
    event = attendee.event
    return attendee.is_active and not event.is_cancelled and timezone.now() < event.starts_at


# --- Reading them ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """A question and its answer, in the reader's language."""

    question: Question
    text: str
    answer: QuestionAnswer | None = None

    @property
    def has_file(self) -> bool:
        return bool(self.answer and self.answer.file)


def shown_answers(attendee: Attendee, *, questions: Iterable[Question] | None = None) -> list[Shown]:
    """Every answer of a person, in the order of the questions; with `questions` those, answered or not."""
    rows = QuestionAnswer.objects.filter(attendee=attendee).select_related("question")
    given = {row.question_id: row for row in rows.order_by("question__position", "question_id")}
    if questions is None:
        return [Shown(row.question, readable(row.question, row.value), row) for row in given.values()]
    rows_of = ((question, given.get(question.pk)) for question in questions)
    return [Shown(question, readable(question, row.value) if row else "", row) for question, row in rows_of]


def shown_at_desk(attendee: Attendee) -> list[dict[str, str]]:
    """What staff at the door should know, as plain data: answers to the questions that are marked so."""
    rows = QuestionAnswer.objects.filter(attendee=attendee, question__at_desk=True).select_related("question")
    rows = rows.order_by("question__position", "question_id")
    return [{"question": str(row.question), "answer": readable(row.question, row.value)} for row in rows]
