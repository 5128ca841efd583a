"""Forms of the desk for questions and consent texts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from attendees.models import ConsentText, Question
from attendees.question_forms import AnswersForm, name_of
from attendees.services.question_rules import LONGEST_KEY, choices_from, lines_of
from events.desk_forms import DeskForm, names_typed
from netevent.core.admin_fields import LinesField
from netevent.core.errors import DomainError

CODES = tuple(code for code, _name in settings.LANGUAGES)
WIDGETS = {
    forms.RadioSelect: UnfoldAdminRadioSelectWidget,
    forms.CheckboxSelectMultiple: UnfoldAdminCheckboxSelectMultipleWidget,
    forms.Select: UnfoldAdminSelectWidget,
    forms.Textarea: UnfoldAdminTextareaWidget,
    forms.FileInput: UnfoldAdminFileFieldWidget,
    forms.CheckboxInput: UnfoldBooleanWidget,
}


class SomeLanguage(DeskForm):
    """One language is enough; what nobody wrote stays unwritten."""

    needed = ""  # the translated field that must be there
    needed_text: Any = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        shown = [f"{self.needed}_{code}" for code in CODES if f"{self.needed}_{code}" in self.fields]
        if shown and not any(names_typed(cleaned, self.needed)) and not self.errors.keys() & set(shown):
            self.add_error(shown[0], self.needed_text)
        return cleaned


class QuestionForm(SomeLanguage):
    """A question with its choices written one a line, in each language."""

    needed, needed_text = "label", _("Please write the question in at least one language.")
    key = forms.CharField(
        label=_("key"),
        required=False,
        max_length=LONGEST_KEY,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Names the column in files. Leave it empty and one is made."),
    )
    depends_values = LinesField(
        label=_("and this answer"),
        required=False,
        help_text=_("One a line: a choice, “yes” or “no”. Empty means any answer."),
    )

    class Meta:
        model = Question
        fields: tuple[str, ...] = ()  # the page names them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in CODES:
            if f"choices_{code}" in self.fields:
                self.initial[f"choices_{code}"] = lines_of(self.instance.choices, code)

    def clean_key(self) -> str:
        typed = self.cleaned_data["key"].strip()
        if typed and slugify(typed) != typed.lower():
            raise ValidationError(_("Please use letters, digits and hyphens only."))
        return typed.lower() or self.instance.key

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "key" in cleaned and not cleaned["key"]:
            cleaned["key"] = self.free_key(cleaned)
        texts = {code: cleaned.get(f"choices_{code}", "") for code in CODES if f"choices_{code}" in self.fields}
        try:
            if texts:
                self.instance.choices = choices_from(texts)
        except DomainError as refusal:
            for name, text in refusal.fields.items():
                self.add_error(name, str(text))
        return cleaned

    def free_key(self, cleaned: dict[str, Any]) -> str:
        """From the question's words, and a number where that is taken."""
        wanted = slugify(next(names_typed(cleaned, "label"), ""))[: LONGEST_KEY - 4].strip("-") or "question"
        event = cleaned.get("event") or self.instance.event_id
        taken = set(Question.objects.filter(event=event, key__startswith=wanted).values_list("key", flat=True)) if event else set()
        numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
        return wanted if wanted not in taken else next(key for key in numbered if key not in taken)


def choices_field(code: str) -> forms.CharField:
    text = _("One a line, as “key | label”. Without a key one is made. The key is what is kept: leave it when you change a label.")
    return forms.CharField(label=_("choices"), required=False, widget=UnfoldAdminExpandableTextareaWidget(), help_text=text)


for _code in CODES:
    QuestionForm.base_fields[f"choices_{_code}"] = QuestionForm.declared_fields[f"choices_{_code}"] = choices_field(_code)


class ConsentTextForm(SomeLanguage):
    needed, needed_text = "text", _("Please write the text in at least one language.")

    class Meta:
        model = ConsentText
        fields: tuple[str, ...] = ()  # the page names them


class DeskAnswersForm(AnswersForm):
    """A person's answers, changed by staff: every question of the event, none of them compulsory."""

    insists = False

    def ask(self, *args: Any, **kwargs: Any) -> None:
        super().ask(*args, **{**kwargs, "when": None})
        for question in self.may_be_asked():
            condition = self.condition_of(question, self.sheet.by_pk.get(question.depends_on_id or 0))
            field = self.fields[name_of(question)]
            field.help_text = format_html("{} {}", field.help_text, condition)
        for field in self.fields.values():
            field.required = False
            field.widget = desk_widget(field.widget)


def desk_widget(widget: forms.Widget) -> forms.Widget:
    """The same input as the desk looks."""
    kind = next((desk for plain, desk in WIDGETS.items() if type(widget) is plain), UnfoldAdminTextInputWidget)
    attrs = {name: value for name, value in widget.attrs.items() if name != "rows"}
    return kind(attrs, choices=widget.choices) if hasattr(widget, "choices") else kind(attrs)
