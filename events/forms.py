"""Browser input in, clean values out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from events.selectors import Search, offered_club, offered_organiser, offered_type
from netevent.core.text import trimmed

LARGEST_KEY = 2**63 - 1


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"class": "input"})


class DiscoveryForm(forms.Form):
    """The choice that lives in the address. What can't be read is left out rather than refused: an old link still shows events."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    type = forms.SlugField(required=False, max_length=30)
    tag = forms.CharField(required=False, max_length=50)
    city = forms.CharField(required=False, max_length=100)
    organiser = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_KEY)
    club = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_KEY)
    level = forms.CharField(required=False, max_length=50)
    language = forms.ChoiceField(required=False, choices=settings.LANGUAGES)
    mode = forms.ChoiceField(required=False, choices=[("automatic", ""), ("manual", "")])
    price = forms.ChoiceField(required=False, choices=[("free", ""), ("paid", "")])
    places = forms.ChoiceField(required=False, choices=[("left", "")])
    when = forms.ChoiceField(required=False, choices=[("today", ""), ("week", ""), ("month", ""), ("past", "")])
    until = forms.DateField(label=_("Until"), required=False, widget=DayInput)
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[("", _("Date")), ("newest", _("Newest first")), ("price", _("Price")), ("name", _("Name"))],
    )

    def clean_tag(self) -> str:
        return self.cleaned_data["tag"].lower()  # as tags are kept

    def choice(self) -> dict[str, Any]:
        """What was understood. A type, organiser or club that nobody offers is left out like any other word that can't be read."""
        self.is_valid()
        chosen = {key: value for key, value in self.cleaned_data.items() if value not in (None, "")}
        for key, offered in (("type", offered_type), ("organiser", offered_organiser), ("club", offered_club)):
            if key in chosen and (row := offered(chosen.pop(key))) is not None:
                chosen[key] = row
        if "q" in chosen:
            chosen["q"] = Search(chosen["q"])
        return chosen


DiscoveryForm.base_fields["from"] = forms.DateField(label=_("From"), required=False, widget=DayInput)


class EmbedForm(DiscoveryForm):
    """What the address of an embedded list may say beside the filters."""

    number = forms.IntegerField(required=False, min_value=1, max_value=20)


EmbedForm.base_fields["in"] = forms.ChoiceField(required=False, choices=settings.LANGUAGES)


class OrganiserRequestForm(forms.Form):
    name = forms.CharField(label=_("Name of the organiser"), max_length=200, help_text=_("As people will see it on your events."))
    legal_name = forms.CharField(label=_("Legal name"), max_length=200, help_text=_("As it stands on receipts and contracts."))

    def clean_name(self) -> str:
        return filled(self.cleaned_data["name"])

    def clean_legal_name(self) -> str:
        return filled(self.cleaned_data["legal_name"])


def filled(text: str) -> str:
    """Trimmed, and still something."""
    if not (text := trimmed(text)):
        raise forms.ValidationError(_("This field is required."), code="required")
    return text
