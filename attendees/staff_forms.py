"""What the check-in page sends."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import AttendeeType, Event
from netevent.core.fields import normalise_code
from netevent.core.text import trimmed

OLDEST_SCAN = timedelta(days=2)


class ScanForm(forms.Form):
    """One scan: what was read, the device's own id for it, and when it saw it."""

    text = forms.CharField(label=_("Code or badge"), max_length=2000)
    scan_id = forms.UUIDField(required=False)
    scanned_at = forms.DateTimeField(required=False)
    checkpoint = forms.IntegerField(required=False)

    def clean_text(self) -> str:
        if not (text := trimmed(self.cleaned_data["text"])):
            raise forms.ValidationError(_("There is nothing to look up."), code="required")
        return text

    def clean_scan_id(self) -> uuid.UUID:
        return self.cleaned_data["scan_id"] or uuid.uuid4()

    def clean_scanned_at(self) -> Any:
        """A device's clock may be wrong: a time in the future, or days ago, is not believed."""
        at, now = self.cleaned_data["scanned_at"], timezone.now()
        return at if at and now - OLDEST_SCAN <= at <= now + timedelta(minutes=2) else None


class TakeForm(forms.Form):
    """Money taken at the door: from whom, how, and how much the page said was open."""

    code = forms.CharField(max_length=20)
    method = forms.ChoiceField(choices=(("cash", _("Cash")), ("card", _("Card"))))
    amount = forms.DecimalField(max_digits=12, decimal_places=2, min_value=Decimal("0.01"))
    scan_id = forms.UUIDField()
    checkpoint = forms.IntegerField(required=False)

    def clean_code(self) -> str:
        return normalise_code(self.cleaned_data["code"])


class WalkInForm(forms.Form):
    """Somebody who stands at the door: a name and a type are enough."""

    first_name = forms.CharField(label=_("First name"), max_length=100)
    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_("For the badge and a way back; may stay empty."))
    attendee_type: forms.ModelChoiceField[AttendeeType] = forms.ModelChoiceField(
        label=_("Attendee type"), queryset=AttendeeType.objects.none(), empty_label=None
    )
    scan_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attendee_type"].queryset = event.attendee_types.order_by("position", "pk")  # type: ignore[attr-defined]
        self.initial.setdefault("scan_id", uuid.uuid4())

    def clean_first_name(self) -> str:
        if not (name := trimmed(self.cleaned_data["first_name"])):
            raise forms.ValidationError(_("This field is required."), code="required")
        return name

    def clean_scan_id(self) -> uuid.UUID:
        return self.cleaned_data["scan_id"] or uuid.uuid4()
