"""Sets of columns that somebody exports again and again: their own alone."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from attendees.admin.common import PERSONAL
from attendees.exports.attendee_list import headings
from attendees.models import ColumnSet
from attendees.services.column_sets import ANSWERS, NAMES
from events.models import Event
from netevent.core.admin import DeskAdmin

PLACE = "place_"


def labels() -> dict[str, str]:
    """What the columns are called; moments without their zone, which is the event's."""
    return {**{name: label.replace(" ()", "") for name, label in headings("").items()}, ANSWERS: gettext("Answers to all questions")}


class ColumnSetForm(forms.ModelForm):
    """A number for each column that is wanted: they stand in the order of their numbers."""

    owner: ClassVar[Any] = None  # the page says who looks

    class Meta:
        model = ColumnSet
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = {name: number for number, name in enumerate(self.instance.columns or [], 1)}
        for name, label in labels().items():
            if f"{PLACE}{name}" in self.fields:
                self.fields[f"{PLACE}{name}"].label = label
                self.initial.setdefault(f"{PLACE}{name}", chosen.get(name))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if ColumnSet.objects.filter(owner=self.owner, name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("You have a set of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.columns():
            raise ValidationError(_("Give at least one column a number."))
        return cleaned

    def columns(self) -> list[str]:
        numbered = [(self.cleaned_data.get(f"{PLACE}{name}"), index, name) for index, name in enumerate(NAMES)]
        return [name for number, _index, name in sorted((n, i, name) for n, i, name in numbered if n)]

    def save(self, commit: bool = True) -> ColumnSet:
        self.instance.columns = self.columns()
        return cast(ColumnSet, super().save(commit))


def number_field() -> forms.IntegerField:
    return forms.IntegerField(
        required=False, min_value=1, max_value=99, widget=UnfoldAdminIntegerFieldWidget(attrs={"inputmode": "numeric"})
    )


# Django's admin knows only fields that the class itself declares.
NumberedForm: Any = type("NumberedForm", (ColumnSetForm,), {f"{PLACE}{name}": number_field() for name in NAMES})


@admin.register(ColumnSet)
class ColumnSetAdmin(DeskAdmin):
    form = NumberedForm
    list_display = ("name", "shown_columns", "updated_at")
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name",)}),
        (
            _("Columns"),
            {
                "description": _("Number the columns that the file shall have, in their order; the others stay empty."),
                "fields": [f"{PLACE}{name}" for name in NAMES],
            },
        ),
    )
    exportable = False
    importable = False

    def rows_for(self, request: HttpRequest) -> QuerySet[ColumnSet]:
        return ColumnSet.objects.filter(owner=request.user.pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ColumnSet]:
        return super().get_queryset(request).filter(owner=request.user.pk)

    def may_open(self, request: HttpRequest) -> bool:
        return any(Event.objects.run_by(cast(Any, request.user), right).exists() for right in PERSONAL)

    def may_add(self, request: HttpRequest) -> bool:
        return self.may_open(request)

    def may_change(self, request: HttpRequest, row: Any) -> bool:
        return bool(row.owner_id == request.user.pk)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.owner = request.user  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.owner = request.user
        super().save_model(request, obj, form, change)

    @display(description=_("columns"))
    def shown_columns(self, row: ColumnSet) -> str:
        names = labels()
        return ", ".join(names[name] for name in row.columns if name in names)
