"""What an organiser may make of a question, once people have answered it and before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from attendees.models import AskedWhen, Question, QuestionAnswer, QuestionKind
from attendees.services.answer_kinds import key_named, keys_of, labels_chosen, stored, words_of, yes_or_no
from netevent.core.errors import DomainError
from netevent.core.locks import locked

if TYPE_CHECKING:
    from django.utils.functional import Promise

CHOOSING = frozenset({QuestionKind.CHOICE, QuestionKind.SEVERAL})
LONGEST_KEY = 40


def refused(code: str, field: str, text: str | Promise) -> DomainError:
    return DomainError(code, _("Please look at this again."), status=422, fields={field: text})


@transaction.atomic
def save_question(question: Question) -> None:
    """Keep a new or changed question.

    Raises:
        DomainError: `has_answers` for another kind, `choice_used` for a choice that people took, `no_choices`, `wrong_condition`.
    """
    locked(question.event)
    before = Question.objects.filter(pk=question.pk).first()
    if question.kind not in CHOOSING:
        question.choices = []
    elif not question.choices:
        raise refused("no_choices", "choices_en", _("Please write at least one choice."))
    if before is not None:
        refuse_other_kind(before, question)
        refuse_lost_choices(before, question)
    refuse_bad_condition(question)
    question.save()


def delete_question(question: Question) -> None:
    """Take a question away that nobody answered.

    Raises:
        DomainError: `has_answers`.
    """
    try:
        with transaction.atomic():
            question.delete()
    except ProtectedError as error:
        raise DomainError("has_answers", _("People have answered this question. Switch it off instead: their answers stay.")) from error


def refuse_other_kind(before: Question, question: Question) -> None:
    if before.kind != question.kind and before.answers.exists():
        raise refused("has_answers", "kind", _("People have answered this question, so its kind stays. Switch it off and ask a new one."))


def refuse_lost_choices(before: Question, question: Question) -> None:
    lost = set(keys_of(before)) - set(keys_of(question))
    if not lost or question.kind not in CHOOSING:
        return
    used = {word for value in QuestionAnswer.objects.filter(question=before).values_list("value", flat=True) for word in words_of(value)}
    if gone := sorted(lost & used):
        names = ", ".join(labels_chosen(before, gone))
        raise refused("choice_used", "choices_en", _("People have chosen this, so it stays: %(names)s.") % {"names": names})


def refuse_bad_condition(question: Question) -> None:
    """What it waits for is asked of the same people no later, and not in a circle."""
    source = question.depends_on
    if source is None:
        question.depends_values = []
        return
    if source.event_id != question.event_id:
        raise refused("wrong_condition", "depends_on", _("That question belongs to another event."))
    if question.when == AskedWhen.REGISTRATION and source.when == AskedWhen.CHECK_IN:
        raise refused("wrong_condition", "depends_on", _("That question is asked later than this one."))
    if goes_in_a_circle(question):
        raise refused("wrong_condition", "depends_on", _("These questions wait for each other."))
    question.depends_values = [condition_value(source, value) for value in question.depends_values]


def goes_in_a_circle(question: Question) -> bool:
    seen, above = {question.pk}, question.depends_on
    while above is not None:
        if above.pk in seen:
            return True
        seen.add(above.pk)
        above = above.depends_on
    return False


def condition_value(source: Question, value: Any) -> str:
    """As a word that `words_of` makes of an answer; organisers may write a label."""
    try:
        if source.kind in CHOOSING:
            return str(stored_choice(source, str(value)))
        if source.kind == QuestionKind.YES_NO:
            return next(iter(words_of(stored(source, yes_or_no(str(value))))))
        return str(stored(source, str(value)))
    except ValidationError as error:
        raise refused("wrong_condition", "depends_values", " ".join(error.messages)) from error


def stored_choice(source: Question, word: str) -> str:
    key = key_named(source, word)
    if key not in keys_of(source):
        raise ValidationError(_("“%(choice)s” is none of its choices."), params={"choice": word})
    return key


# --- Choices as people write them --------------------------------------------------------------------------------------------
def lines_of(choices: Sequence[dict[str, Any]], language: str) -> str:
    """One a line, `key | label`; those without a label in this language are left out."""
    labels = ((choice["key"], (choice.get("label") or {}).get(language)) for choice in choices)
    return "\n".join(f"{key} | {label}" for key, label in labels if label)


def choices_from(texts: dict[str, str]) -> list[dict[str, Any]]:
    """Choices from what was written in each language: the keys in the order of the first language that names them.

    A line without a key gets one from its label in the first language, and the key of its place in the others.

    Raises:
        DomainError: `wrong_choices`: a key twice, or too long to be one.
    """
    found: dict[str, dict[str, str]] = {}
    for language, text in texts.items():
        mine: set[str] = set()
        first = [*found]
        for place, line in enumerate(line for line in text.splitlines() if line.strip()):
            key, label = key_and_label(line, first[place] if place < len(first) else "")
            if not key or key in mine:
                raise refused("wrong_choices", f"choices_{language}", _("Two choices have the key “%(key)s”.") % {"key": key})
            mine.add(key)
            found.setdefault(key, {})[language] = label
    return [{"key": key, "label": labels} for key, labels in found.items()]


def key_and_label(line: str, key_of_place: str) -> tuple[str, str]:
    before, bar, after = line.partition("|")
    if bar and after.strip():
        return re.sub(r"[^\w-]", "-", before.strip())[:LONGEST_KEY], after.strip()
    label = before.strip()
    return key_of_place or slugify(label)[:LONGEST_KEY] or re.sub(r"\W+", "-", label)[:LONGEST_KEY], label
