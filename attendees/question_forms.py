"""The fields of a form that an organiser's questions and consent texts make. Which of them are asked is decided here and not in the browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attendees.models import AskedWhen, QuestionKind
from attendees.services.answer_files import ACCEPTED, is_upload, refuse_bad_file
from attendees.services.answer_kinds import LONGEST, NO, YES, labels_chosen, labels_of, stored, words_of
from attendees.services.consents import consent_texts_of
from attendees.services.questions import Questionnaire, questionnaire_of

if TYPE_CHECKING:
    from attendees.models import ConsentText, Question
    from events.models import AttendeeType

MOST_IN_SIGHT = 7  # more choices than these are a list to open


# --- One answer ------------------------------------------------------------------------------------------------------------
class AnswerField(forms.Field):
    """The answer to one question. Whether it may stay empty is the form's to say, since that depends on other answers."""

    def __init__(self, question: Question) -> None:
        super().__init__(
            label=question.label, help_text=escape(question.help_text or ""), required=question.is_required, widget=widget_of(question)
        )
        self.question = question

    def prepare_value(self, value: Any) -> Any:
        return (YES if value else NO) if isinstance(value, bool) else value

    def clean(self, value: Any) -> Any:
        if self.question.kind != QuestionKind.FILE:
            return stored(self.question, value)
        if is_upload(value):
            refuse_bad_file(value)
        return value or None


def widget_of(question: Question) -> forms.Widget:
    kind = question.kind
    if kind == QuestionKind.SEVERAL:
        return forms.CheckboxSelectMultiple(choices=[*labels_of(question).items()])
    if kind in {QuestionKind.CHOICE, QuestionKind.YES_NO}:
        return one_of(question)
    if kind == QuestionKind.LONG_TEXT:
        return forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST[QuestionKind.LONG_TEXT]})
    if kind == QuestionKind.NUMBER:
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": 30})
    if kind == QuestionKind.DATE:
        return forms.DateInput(attrs={"type": "date"})
    if kind == QuestionKind.FILE:
        return forms.FileInput(attrs={"accept": ACCEPTED})
    return forms.TextInput(attrs={"maxlength": LONGEST[QuestionKind.TEXT]})


def one_of(question: Question) -> forms.Widget:
    is_yes_no = question.kind == QuestionKind.YES_NO
    choices: list[tuple[str, Any]] = [(YES, _("Yes")), (NO, _("No"))] if is_yes_no else [*labels_of(question).items()]
    if len(choices) > MOST_IN_SIGHT:
        return forms.Select(choices=[("", _("Please choose")), *choices])
    return forms.RadioSelect(choices=choices if question.is_required else [*choices, ("", _("No answer"))])


class ConsentCheckbox(forms.CheckboxInput):
    """Says which text was agreed to, so that nobody agrees to words that they did not see."""

    def __init__(self, text: ConsentText) -> None:
        super().__init__(check_test=lambda value: value == str(text.pk))
        self.text = text

    def format_value(self, value: Any) -> str:
        return str(self.text.pk)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name)


class ConsentField(forms.Field):
    def __init__(self, text: ConsentText) -> None:
        label = Truncator(text.text).chars(60)
        super().__init__(label=label, required=text.is_required, widget=ConsentCheckbox(text))
        self.text = text

    def clean(self, value: Any) -> bool:
        if value and str(value) != str(self.text.pk):
            raise forms.ValidationError(_("This text has changed. Please read it again."), code="text_changed")
        if self.required and not value:
            raise forms.ValidationError(_("Without this you can't register."), code="required")
        return bool(value)


# --- The block of a form -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Block:
    """One question as the page shows it; `source`, `values` and `types` let a script hide what is not asked."""

    field: forms.BoundField
    remove: forms.BoundField | None = None
    file_name: str = ""
    source: str = ""
    values: str = ""
    types: str = ""
    condition: str = ""


def name_of(question: Question) -> str:
    return f"answer_{question.key}"


class QuestionFields(forms.Form):
    """Questions and consents for any form: `ask` adds them, `answers` and `agreed` tell what was said."""

    sheet: Questionnaire = Questionnaire()
    when: str | None = AskedWhen.REGISTRATION
    insists = True  # on required questions; staff may leave them open
    texts: Sequence[ConsentText] = ()
    known_answers: Mapping[str, Any] = {}

    def ask_registering(self, types: Sequence[AttendeeType]) -> None:
        """What this event asks whoever registers; its types may say that it asks nothing, which costs no query."""
        if getattr(types[0], "asks_questions", True):
            self.ask(questionnaire_of(types[0].event))
        if getattr(types[0], "asks_consents", True):
            self.ask_consents(consent_texts_of(types[0].event))

    def ask(self, sheet: Questionnaire, *, when: str | None = AskedWhen.REGISTRATION, known: Mapping[str, Any] | None = None) -> None:
        """Add the questions asked at this time.

        Args:
            known: question key → answer that stands: it begins the field, and answers what others depend on.
        """
        self.sheet, self.when, self.known_answers = sheet, when, known or {}
        for question in self.may_be_asked():
            self.fields[name_of(question)] = AnswerField(question)
            self.initial[name_of(question)] = self.known_answers.get(question.key)
            if question.kind == QuestionKind.FILE and not question.is_required and self.known_answers.get(question.key):
                self.fields[f"remove_{question.key}"] = forms.BooleanField(label=_("Take this file away"), required=False)

    def ask_consents(self, texts: Sequence[ConsentText]) -> None:
        self.texts = texts
        for text in texts:
            self.fields[f"consent_{text.purpose}"] = ConsentField(text)

    def may_be_asked(self) -> list[Question]:
        """Of one whose type stands fixed, only what is asked of that type."""
        fixed, types = self.fixed_type(), self.sheet.types
        return [row for row in self.sheet.of(self.when) if fixed is None or not types[row.pk] or fixed in types[row.pk]]

    def fixed_type(self) -> int | None:
        """The attendee type, where this form doesn't ask for it."""
        return None

    def type_said(self) -> int | None:
        kind = self.cleaned_data.get("attendee_type")
        return self.fixed_type() or getattr(kind, "pk", None)

    # --- What was said ---
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        told = self.told()
        for question in self.sheet.of(self.when):
            name = name_of(question)
            if not self.sheet.is_asked(question, self.type_said(), told):
                self.errors.pop(name, None)  # what isn't asked can't be answered wrongly
                cleaned.pop(name, None)
            elif self.insists and question.is_required and told.get(question.key) is None and name not in self.errors:
                self.add_error(name, forms.ValidationError(_("This field is required."), code="required"))
        self.ask_for_files_again()
        return cleaned

    def told(self) -> dict[str, Any]:
        """Everything that is answered: what stands, and what was said now in its place."""
        now = {question.key: self.said(question) for question in self.sheet.of(self.when)}
        return {**self.known_answers, **now}

    def said(self, question: Question) -> Any:
        value = self.cleaned_data.get(name_of(question))
        if question.kind == QuestionKind.FILE and value is None and not self.cleaned_data.get(f"remove_{question.key}"):
            return self.known_answers.get(question.key)
        return value

    def ask_for_files_again(self) -> None:
        """A browser doesn't send a file twice: who has to correct something else is told so."""
        for name in self.files if self.errors else ():
            if name in self.fields and name not in self.errors:
                self.add_error(name, forms.ValidationError(_("Please choose the file once more."), code="again"))

    def answers(self) -> dict[str, Any]:
        """Question key → answer to every question that is asked, None for none."""
        told, kind = self.told(), self.type_said()
        return {question.key: told.get(question.key) for question in self.sheet.asked(self.when, kind, told)}

    def agreed(self) -> list[ConsentText]:
        return [text for text in self.texts if self.cleaned_data.get(f"consent_{text.purpose}")]

    # --- What the page shows ---
    def question_blocks(self) -> list[Block]:
        return [self.block_of(question) for question in self.may_be_asked()]

    def block_of(self, question: Question) -> Block:
        source = self.sheet.by_pk.get(question.depends_on_id or 0)
        in_form = source is not None and name_of(source) in self.fields
        remove = f"remove_{question.key}"
        return Block(
            field=self[name_of(question)],
            remove=self[remove] if remove in self.fields else None,
            file_name=str(self.known_answers.get(question.key) or "") if question.kind == QuestionKind.FILE else "",
            source=name_of(source) if source and in_form else "",
            values=json.dumps(sorted(words_of(question.depends_values))),
            types="" if self.fixed_type() else " ".join(kind.code for kind in question.types.all()),
            condition=self.condition_of(question, source if in_form else None),
        )

    def condition_of(self, question: Question, source: Question | None) -> str:
        """For whom and when it is asked, in words."""
        only = [] if self.fixed_type() else [str(kind) for kind in question.types.all()]
        parts = [gettext("Only for: %(types)s.") % {"types": ", ".join(only)}] if only else []
        if source is not None and question.depends_values:
            words = {"question": source.label, "answer": ", ".join(condition_words(source, question.depends_values))}
            parts.append(gettext("Only if “%(question)s” is: %(answer)s.") % words)
        elif source is not None:
            parts.append(gettext("Only if you answered “%(question)s”.") % {"question": source.label})
        return " ".join(parts)

    def consent_fields(self) -> list[forms.BoundField]:
        return [self[f"consent_{text.purpose}"] for text in self.texts]

    @property
    def takes_files(self) -> bool:
        return self.is_multipart()


def condition_words(source: Question, values: Any) -> list[str]:
    if source.kind == QuestionKind.YES_NO:
        return [gettext("Yes") if word == YES else gettext("No") for word in sorted(words_of(values))]
    return labels_chosen(source, values)


class AnswersForm(QuestionFields):
    """The questions alone, about a person whose registration stands."""

    def __init__(self, *args: Any, attendee_type: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attendee_type = attendee_type

    def fixed_type(self) -> int:
        return self.attendee_type
