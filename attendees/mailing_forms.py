"""What a message to attendees says, and to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from attendees.models import Attendee, Status
from attendees.services.mailing import PLACEHOLDERS, unknown_placeholders
from events.desk_act_forms import languages_for
from events.models import Event
from netevent.accounts.languages import default_code

if TYPE_CHECKING:
    from netevent.notifications.models import Mailing

NAMES = dict(settings.LANGUAGES)
LONGEST = 10_000


def languages_at(event: Event) -> list[str]:
    """Those of the event, then those in which its people read."""
    read = Attendee.objects.filter(event=event).active().order_by("language").values_list("language", flat=True).distinct()
    first = languages_for(event)
    return list(dict.fromkeys([*first, *([default_code()] if not first else []), *(code for code in read if code in NAMES)]))


class MailingForm(forms.Form):
    """Subject and text in each language of the event and its people: one is enough, readers of the others get the first that is written."""

    types = forms.MultipleChoiceField(
        label=_("Attendee types"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=_("None means all of them.")
    )
    states = forms.MultipleChoiceField(
        label=_("States"),
        choices=Status.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None means whoever is registered or waits."),
    )
    arrived = forms.ChoiceField(
        label=_("Checked in"), required=False, choices=[("", _("Any")), ("yes", _("Yes")), ("no", _("No"))], widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, event: Event, draft: Mailing | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = event.attendee_types.order_by("position", "pk")
        self.fields["types"].choices = [(str(kind.pk), kind.name) for kind in kinds]  # type: ignore[attr-defined]
        texts: Mapping[str, Mapping[str, str]] = draft.texts if draft else {}
        self.codes = list(dict.fromkeys([*languages_at(event), *texts]))
        for code in self.codes:
            self.add_language(code, texts.get(code, {}))
        choice = draft.choice if draft else {"states": [Status.CONFIRMED.value]}
        self.initial = {
            "types": [str(pk) for pk in choice.get("types", [])],
            "states": choice.get("states", []),
            "arrived": choice.get("arrived", ""),
            **self.initial,
        }

    def add_language(self, code: str, text: Mapping[str, str]) -> None:
        many = len(self.codes) > 1
        self.fields[f"subject_{code}"] = forms.CharField(
            label=f"{_('Subject')} ({NAMES[code]})" if many else _("Subject"),
            required=False,
            max_length=200,
            initial=text.get("subject", ""),
            widget=UnfoldAdminTextInputWidget(attrs={"lang": code}),
        )
        self.fields[f"text_{code}"] = forms.CharField(
            label=f"{_('Text')} ({NAMES[code]})" if many else _("Text"),
            required=False,
            max_length=LONGEST,
            initial=text.get("text", ""),
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "lang": code}),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for code in self.codes:
            for name, other in (("subject", "text"), ("text", "subject")):
                self.check_text(cleaned, f"{name}_{code}", f"{other}_{code}")
        if not self.errors and not self.texts():
            self.add_error(f"subject_{self.codes[0]}", _("Please write the message in at least one language."))
        return cleaned

    def check_text(self, cleaned: dict[str, Any], name: str, other: str) -> None:
        if not cleaned.get(name) and cleaned.get(other):
            self.add_error(name, _("A message needs a subject and a text."))
        if unknown := unknown_placeholders(cleaned.get(name) or ""):
            known = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
            self.add_error(name, _("Not known: %(unknown)s. There are %(known)s.") % {"unknown": ", ".join(unknown), "known": known})

    def texts(self) -> dict[str, dict[str, str]]:
        said = self.cleaned_data
        return {code: {"subject": said[f"subject_{code}"], "text": said[f"text_{code}"]} for code in self.codes if said.get(f"text_{code}")}

    def choice(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"types": [int(pk) for pk in said["types"]], "states": said["states"], "arrived": said["arrived"]}

    def whom(self) -> Iterator[forms.BoundField]:
        yield from (self[name] for name in ("types", "states", "arrived"))

    def words(self) -> Iterator[forms.BoundField]:
        for code in self.codes:
            yield from (self[f"subject_{code}"], self[f"text_{code}"])


class EventChoiceForm(forms.Form):
    """At which event: asked first, since types and languages hang on it."""

    def __init__(self, *args: Any, events: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"] = forms.ModelChoiceField(
            label=_("Event"), queryset=events.order_by("-starts_at"), widget=UnfoldAdminSelectWidget, empty_label=None
        )
