"""Forms of the acts on an event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from events.models import Event
from netevent.accounts.languages import default_code
from netevent.core.admin_fields import ZonedDateTimeField

NAMES = dict(settings.LANGUAGES)


def languages_for(event: Event) -> list[str]:
    """Those spoken at the event, else the installation's first."""
    return [code for code in event.content_languages if code in NAMES] or [default_code()]


class ReasonsForm(forms.Form):
    """A reason, in each language that is spoken at the event; one is enough, readers of the others get that one."""

    needs_reason = True

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = languages_for(event)
        for code in self.codes:
            label = _("Reason") if len(self.codes) == 1 else f"{_('Reason')} ({NAMES[code]})"
            self.fields[f"reason_{code}"] = forms.CharField(
                label=label, required=False, max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "lang": code})
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.needs_reason and not any(self.reasons().values()):
            self.add_error(f"reason_{self.codes[0]}", ValidationError(_("Please say why."), code="required"))
        return cleaned

    def reasons(self) -> dict[str, str]:
        return {code: (self.cleaned_data.get(f"reason_{code}") or "").strip() for code in self.codes}


class NewDateForm(ReasonsForm):
    """When it takes place instead, by the event's clocks: the page sets them while it reads and shows this form."""

    needs_reason = False
    field_order = ("starts_at", "ends_at", "deadlines")
    starts_at = ZonedDateTimeField(label=_("New start"), widget=UnfoldAdminSplitDateTimeWidget)
    ends_at = ZonedDateTimeField(label=_("New end"), required=False, widget=UnfoldAdminSplitDateTimeWidget)
    deadlines = forms.BooleanField(
        label=_("Move the last moments to register, to cancel and to pass on a place along"),
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
    )
