"""Forms of the desk for lists of attendees in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from attendees.models import ColumnSet, Status
from attendees.services.headings import FIELDS, UNSURE, Columns, bare
from events.models import AttendeeType, Event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

FORMATS = {"xlsx": _("Excel (XLSX)"), "csv": _("CSV"), "json": _("JSON, for programs")}
ASK = "?"  # a column whose meaning a person has to say


def event_field(events: QuerySet[Event]) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=_("Event"), queryset=events.order_by("-starts_at"), widget=UnfoldAdminSelectWidget, empty_label=None
    )


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel (XLSX). The first row holds the headings, in any of our languages."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        error_messages={"empty": _("The file is empty.")},
    )

    field_order = ("event", "file")

    def __init__(self, *args: Any, events: QuerySet[Event], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"] = event_field(events)
        self.order_fields(self.field_order)


class ExportForm(forms.Form):
    format = forms.ChoiceField(label=_("Format"), choices=FORMATS.items(), widget=UnfoldAdminSelectWidget)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("Any")), *Status.choices], widget=UnfoldAdminSelectWidget)
    arrived = forms.ChoiceField(
        label=_("Checked in"), required=False, choices=[("", _("Any")), ("yes", _("Yes")), ("no", _("No"))], widget=UnfoldAdminSelectWidget
    )
    words = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        help_text=_("Name, e-mail, organisation or code"),
        widget=UnfoldAdminTextInputWidget,
    )
    type = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    field_order = ("event", "format", "columns", "status", "arrived", "words")

    def __init__(self, *args: Any, events: QuerySet[Event], sets: QuerySet[ColumnSet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"] = event_field(events)
        self.fields["columns"] = forms.ModelChoiceField(
            label=_("Columns"), queryset=sets, required=False, empty_label=_("All columns"), widget=UnfoldAdminSelectWidget
        )
        self.order_fields(self.field_order)

    def columns(self) -> list[str]:
        chosen = self.cleaned_data["columns"]
        return list(chosen.columns) if chosen else []

    def filters(self) -> dict[str, Any]:
        """As `start_export` takes them."""
        said = self.cleaned_data
        return {
            "states": [said["status"]] if said["status"] else [],
            "types": [said["type"]] if said["type"] else [],
            "arrived": said["arrived"],
            "words": said["words"],
        }


class ColumnsForm(forms.Form):
    """What each column means: set where the heading says it, asked where it doesn't, never guessed."""

    attendee_type: Any = forms.ModelChoiceField(
        label=_("Attendee type"),
        queryset=AttendeeType.objects.none(),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
        help_text=_("For rows that name none."),
    )
    tell = forms.BooleanField(label=_("Send each new attendee their confirmation by mail"), required=False, widget=UnfoldBooleanWidget)

    def __init__(
        self, *args: Any, event: Event, headings: Sequence[str], guess: Columns, more: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        """`more`: what a column may mean besides, by field name."""
        super().__init__(*args, **kwargs)
        self.headings = headings
        types = event.attendee_types.order_by("position", "pk")
        self.fields["attendee_type"].queryset = types  # type: ignore[attr-defined]
        self.fields["attendee_type"].initial = types.values_list("pk", flat=True).first()
        for index, heading in enumerate(headings):
            self.fields[f"column_{index}"] = column_field(heading, index, guess, more or {})

    def columns(self) -> dict[int, str]:
        """Column number → field."""
        return {index: self.cleaned_data[f"column_{index}"] for index in range(len(self.headings))}


def column_field(heading: str, index: int, guess: Columns, more: Mapping[str, str]) -> forms.ChoiceField:
    unsure = heading in guess.unsure
    first = UNSURE.get(bare(heading), ()) if unsure else ()
    names = [*first, *(name for name in FIELDS if name not in first)]
    ask = [(ASK, _("Please choose"))] if unsure else []
    choices = [*ask, *((name, FIELDS[name]) for name in names), *more.items(), ("", _("Leave out"))]
    return AskedField(
        label=heading,
        choices=choices,
        initial=guess.fields.get(index, ASK if unsure else ""),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


class AskedField(forms.ChoiceField):
    def clean(self, value: Any) -> Any:
        if value == ASK:
            raise forms.ValidationError(_("Please say what this column means."), code="ask_columns")
        return super().clean(value)
