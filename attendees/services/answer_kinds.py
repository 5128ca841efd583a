"""Answers by the kind of their question: from what was typed to what is stored, and back to words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

from attendees.models import QuestionKind
from netevent.core.dates import babel_locale, show_date
from netevent.core.text import NOT_PRINTABLE, fold, trimmed

if TYPE_CHECKING:
    from attendees.models import Question

LONGEST = {QuestionKind.TEXT: 500, QuestionKind.LONG_TEXT: 5000}
NUMBER = re.compile(r"([+-]?)(\d{1,15})(?:[.,](\d{1,6}))?", re.ASCII)
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00)?)?", re.ASCII)
YES, NO = "yes", "no"
BETWEEN = "; "  # several labels in one cell


# --- In --------------------------------------------------------------------------------------------------------------------
def stored(question: Question, raw: Any) -> Any:
    """What is kept of an answer: text, a key, a list of keys, true or false, a number as text, an ISO date; None for none.

    Files are not read here: see `attendees.services.answer_files`.

    Raises:
        ValidationError: what was typed can't be an answer to this question.
    """
    if raw in (None, "", []):
        return None
    return READERS[QuestionKind(question.kind)](question, raw)


def read_text(question: Question, raw: Any) -> str | None:
    text = trimmed(str(raw).replace("\r\n", "\n").replace("\r", "\n"))
    is_line = question.kind == QuestionKind.TEXT
    if NOT_PRINTABLE.search(text) or (is_line and "\n" in text):
        raise ValidationError(_("This holds a character that can't be shown. Please leave it out."), code="not_printable")
    most = LONGEST.get(QuestionKind(question.kind), LONGEST[QuestionKind.TEXT])
    if len(text) > most:
        raise ValidationError(_("Please write no more than %(most)s characters."), code="too_long", params={"most": most})
    return text or None


def read_choice(question: Question, raw: Any) -> str:
    if raw not in keys_of(question):
        raise ValidationError(_("This is not on offer any more. Please choose another."), code="unknown_choice")
    return str(raw)


def read_several(question: Question, raw: Any) -> list[str]:
    """In the order of the choices, each once."""
    wanted = {read_choice(question, key) for key in ([raw] if isinstance(raw, str) else raw)}
    return [key for key in keys_of(question) if key in wanted]


def read_yes_no(question: Question, raw: Any) -> bool:
    if raw in (True, YES):
        return True
    if raw in (False, NO):
        return False
    raise ValidationError(_("Please answer yes or no."), code="unknown_choice")


def read_number(question: Question, raw: Any) -> str:
    """Without needless zeros, so that the same number is the same answer."""
    match = NUMBER.fullmatch(trimmed(str(raw)))
    if match is None:
        raise ValidationError(_("Please write a number, for example 12 or 12.5."), code="no_number")
    sign, whole, part = match.groups()
    number = Decimal(f"{sign}{whole}.{part or 0}").normalize()
    return f"{number:f}" if number else "0"


def read_date(question: Question, raw: Any) -> str:
    match = DAY.fullmatch(trimmed(str(raw)))
    try:
        return date.fromisoformat(match[1] if match else "").isoformat()
    except ValueError:
        raise ValidationError(_("Please write a date as year-month-day, for example 2026-05-31."), code="no_date") from None


READERS: dict[QuestionKind, Callable[[Question, Any], Any]] = {
    QuestionKind.TEXT: read_text,
    QuestionKind.LONG_TEXT: read_text,
    QuestionKind.CHOICE: read_choice,
    QuestionKind.SEVERAL: read_several,
    QuestionKind.YES_NO: read_yes_no,
    QuestionKind.NUMBER: read_number,
    QuestionKind.DATE: read_date,
    QuestionKind.FILE: read_text,
}


# --- From a table -----------------------------------------------------------------------------------------------------------
def stored_from_cell(question: Question, cell: str) -> Any:
    """The same from a cell of a file: choices also by their label in any of our languages, yes and no in any of them.

    Raises:
        ValidationError: as `stored`; a file can't be answered by a table.
    """
    if question.kind == QuestionKind.FILE:
        raise ValidationError(_("Files can't be imported."), code="no_file")
    if question.kind == QuestionKind.CHOICE:
        return stored(question, key_named(question, cell))
    if question.kind == QuestionKind.SEVERAL:
        return stored(question, keys_named(question, cell))
    if question.kind == QuestionKind.YES_NO:
        return stored(question, yes_or_no(cell))
    return stored(question, cell)


def key_named(question: Question, cell: str) -> str:
    word = fold(cell)
    for choice in question.choices:
        if word in {fold(choice["key"]), *(fold(label) for label in choice["label"].values() if label)}:
            return str(choice["key"])
    return cell


def keys_named(question: Question, cell: str) -> list[str]:
    """One choice, or several divided by semicolons, line ends or commas: labels may hold commas themselves."""
    for divider in (None, r"[;\n]", r"[;,\n]"):
        parts = [part for part in ([cell] if divider is None else re.split(divider, cell)) if part.strip()]
        named = [key_named(question, part) for part in parts]
        if set(named) <= {*keys_of(question)}:
            break
    return named


def yes_or_no(cell: str) -> str:
    word = fold(cell)
    if word in {"1", "true", "x", *words_for("Yes")}:
        return YES
    return NO if word in {"0", "false", *words_for("No")} else cell


def words_for(english: str) -> set[str]:
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(fold(gettext(english)))
    return found


# --- Out -------------------------------------------------------------------------------------------------------------------
def keys_of(question: Question) -> list[str]:
    return [str(choice["key"]) for choice in question.choices]


def label_of(choice: dict[str, Any]) -> str:
    """In the reader's language, else in the first of ours that has one, else the key itself."""
    labels = choice.get("label") or {}
    order = ((get_language() or "").partition("-")[0], *settings.MODELTRANSLATION_FALLBACK_LANGUAGES["default"])
    return next((str(labels[code]) for code in order if labels.get(code)), str(choice["key"]))


def labels_of(question: Question) -> dict[str, str]:
    return {str(choice["key"]): label_of(choice) for choice in question.choices}


def labels_chosen(question: Question, value: Any) -> list[str]:
    labels = labels_of(question)
    return [labels.get(str(key), str(key)) for key in (value if isinstance(value, list) else [value])]


def readable(question: Question, value: Any) -> str:
    """An answer in the reader's language; empty for none."""
    if value is None:
        return ""
    kind = question.kind
    if kind in {QuestionKind.CHOICE, QuestionKind.SEVERAL}:
        return ", ".join(labels_chosen(question, value))
    if kind == QuestionKind.YES_NO:
        return gettext("Yes") if value else gettext("No")
    if kind == QuestionKind.NUMBER:
        return format_decimal(Decimal(value), locale=babel_locale(), decimal_quantization=False)
    return show_date(date.fromisoformat(value)) if kind == QuestionKind.DATE else str(value)


def cell_of(question: Question, value: Any) -> Any:
    """An answer as a cell of a table: labels, a true number, a true date."""
    if value is None:
        return None
    kind = question.kind
    if kind in {QuestionKind.CHOICE, QuestionKind.SEVERAL}:
        return BETWEEN.join(labels_chosen(question, value))
    if kind == QuestionKind.NUMBER:
        return Decimal(value)
    return date.fromisoformat(value) if kind == QuestionKind.DATE else readable(question, value)


def words_of(value: Any) -> set[str]:
    """An answer as the words that another question's condition may name: keys, `yes` or `no`, or the text itself."""
    if value is None:
        return set()
    if isinstance(value, bool):
        return {YES if value else NO}
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    return {word for part in values for word in ([str(part)] if not isinstance(part, bool) else words_of(part))}
