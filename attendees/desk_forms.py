"""Forms of the desk for attendees."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from attendees.models import Attendee
from attendees.services.badge_jobs import SHEET_NAMES
from events.models import AttendeeType, Event

SHEETS = {"a6": _("A6, one a page"), "a4-8": _("A4, eight a sheet"), "card": _("Credit card size")}


def language_choices() -> list[tuple[str, Any]]:
    return list(settings.LANGUAGES)


class AttendeeForm(forms.ModelForm):
    """What is told about a person. State, place and price move through their services."""

    language = forms.ChoiceField(label=_("Language"), choices=language_choices, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Attendee
        fields: tuple[str, ...] = ()  # the page names them

    def clean_email(self) -> str | None:
        """The event stands in no field of this form, so that Django's own check leaves it out."""
        email: str | None = self.cleaned_data["email"] or None
        event = self.instance.event_id
        if email and event and Attendee.objects.filter(event=event, email=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Somebody else is registered with this address."))
        return email


class NewAttendeeForm(AttendeeForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen, event = cleaned.get("attendee_type"), cleaned.get("event")
        if chosen and event and chosen.event_id != event.pk:
            self.add_error("attendee_type", _("This attendee type belongs to another event."))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Registering somebody twice is no mistake of the form's: the service revives a row, or answers with the one that stands."""
        return {*super()._get_validation_exclusions(), "event"}  # type: ignore[misc]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), required=False, max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class NeededReasonForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True


class TypeForm(forms.Form):
    """One of the event's types."""

    attendee_type: forms.ModelChoiceField[AttendeeType] = forms.ModelChoiceField(
        label=_("Attendee type"), queryset=AttendeeType.objects.none(), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attendee_type"].queryset = AttendeeType.objects.filter(event=event)  # type: ignore[attr-defined]


class BatchTypeForm(TypeForm):
    """`seen` names the type whose consequences were on the page that is sent."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class SheetForm(forms.Form):
    sheet = forms.ChoiceField(
        label=_("Sheet"), choices=[(name, SHEETS.get(name, name)) for name in SHEET_NAMES], widget=UnfoldAdminSelectWidget
    )
