"""What the tables of people have in common: who may see and change them."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from events.models import AttendeeType
from events.permissions import Right
from netevent.core import limits
from netevent.core.admin import DeskAdmin, ReadOnlyDesk

MANAGE = (Right.MANAGE_ATTENDEES,)
PERSONAL = (Right.SEE_PERSONAL_DATA, Right.MANAGE_ATTENDEES)


def count_check_in(request: HttpRequest) -> None:
    """The desk is one more device at the door.

    Raises:
        TooOften: as at any other.
    """
    limits.hit("checkin.device", f"{request.user.pk}:desk")


class PersonRows(ReadOnlyDesk):
    """Facts that name a person: for whoever may see personal data there."""

    view_rights = PERSONAL
    exportable = False


class ForSomeTypes(DeskAdmin):
    """Rows of an event that are for some of its types (`types`), which may be chosen once the event is known: given, sent, or kept."""

    def event_named(self, request: HttpRequest, obj: Any = None) -> str:
        named = str(obj.event_id) if obj is not None else request.POST.get("event") or request.GET.get("event") or ""
        return named if named.isdigit() else ""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "types":  # a handful: all of them in sight, each with its box
            kwargs |= {"widget": UnfoldAdminCheckboxSelectMultipleWidget, "help_text": db_field.help_text or _("None means all of them.")}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        fields = cast("dict[str, Any]", form.base_fields)
        if "types" in fields:
            own = self.related_rows(request, AttendeeType).filter(event=self.event_named(request, obj))
            fields["types"].queryset = own.order_by("position", "pk")
        return form
