"""Browser input in, clean values out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from netevent.core.text import trimmed


class DiscoveryForm(forms.Form):
    """The choice that lives in the address. What can't be read is left out rather than refused: an old link still shows events."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    type = forms.SlugField(required=False)
    tag = forms.CharField(required=False, max_length=50)
    city = forms.CharField(required=False, max_length=100)
    mode = forms.ChoiceField(required=False, choices=[("automatic", ""), ("manual", "")])
    price = forms.ChoiceField(required=False, choices=[("free", ""), ("paid", "")])
    when = forms.ChoiceField(required=False, choices=[("coming", ""), ("past", "")])
    until = forms.DateField(required=False)
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[("", _("Date")), ("newest", _("Newest first")), ("price", _("Price")), ("name", _("Name"))],
    )

    def choice(self) -> dict[str, Any]:
        self.is_valid()
        return dict(self.cleaned_data)


DiscoveryForm.base_fields["from"] = forms.DateField(required=False)


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
