"""The form that turns registrations down: a reason is chosen, shown in the languages it goes out in, and may be changed before it is sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from attendees.models import Reason
from attendees.services.approval import text_for


class RejectForm(forms.Form):
    """Sent once it is chosen, and sent again with the texts as they stand then."""

    reason: forms.ModelChoiceField[Reason] = forms.ModelChoiceField(
        label=_("Reason"),
        queryset=Reason.objects.none(),
        required=False,
        empty_label=_("No reason"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("On the next page you see it in each person's language and may change it."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    data: Any

    def __init__(self, data: Any, *, reasons: Any, languages: list[str]) -> None:
        super().__init__(data)
        self.fields["reason"].queryset = reasons  # type: ignore[attr-defined]
        self.languages = languages
        if data is not None:
            self.add_texts()
            if not data.get("seen"):
                self.show_texts()

    def add_texts(self) -> None:
        names = dict(settings.LANGUAGES)
        for code in self.languages:
            label = gettext("Text in %(language)s") % {"language": names.get(code, code)}
            widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "lang": code})
            self.fields[f"text_{code}"] = forms.CharField(label=label, required=False, max_length=1000, widget=widget)

    def show_texts(self) -> None:
        """The reason was chosen: show what it says before anything is sent."""
        if not self.is_valid():
            return
        reason = self.cleaned_data["reason"]
        texts = {f"text_{code}": text_for(reason, code) if reason else "" for code in self.languages}
        self.data = {**self.data.dict(), **texts, "seen": "1"}
        self.fields["reason"].widget = forms.HiddenInput()

    def is_ready(self) -> bool:
        """Were the texts seen and sent?"""
        return self.is_bound and self.is_valid() and bool(self.cleaned_data["seen"])

    def button(self) -> str:
        return gettext("Turn down") if self.is_bound else gettext("Go on")

    def text_for(self, language: str) -> str:
        """What somebody who reads this language is told."""
        return str(self.cleaned_data.get(f"text_{language}", "")).strip()
