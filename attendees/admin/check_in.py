"""Checkpoints, and what was scanned at them."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from attendees.admin.common import MANAGE, PersonRows, count_check_in
from attendees.desk_forms import NeededReasonForm
from attendees.models import Answer, CheckIn, Checkpoint
from attendees.services import check_in
from events.models import AttendeeType
from events.permissions import Right
from netevent.core.admin import DeskAdmin
from netevent.core.dates import show_datetime
from netevent.core.errors import DomainError


@admin.register(Checkpoint)
class CheckpointAdmin(DeskAdmin):
    event_path = "event"
    change_rights = (Right.EDIT_EVENT,)
    list_display = ("name", "event", "kind", "repeat", "is_main")
    list_select_related = ("event",)
    list_filter = ("event", "kind")
    search_fields = ("name", "event__code")
    autocomplete_fields = ("event", "room", "attendee_types")
    readonly_fields = ("is_main",)
    fields = ("event", "name", ("kind", "repeat"), "room", "opens_at", "closes_at", "attendee_types", "is_main")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("event", "is_main") if obj is not None else ("is_main",)

    def may_delete(self, request: HttpRequest, row: Any) -> bool:
        return not row.is_main and super().may_delete(request, row)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        if obj.is_main:
            raise DomainError("main_checkpoint", _("Every event keeps its entry."))
        super().delete_model(request, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None and "attendee_types" in form.base_fields:
            form.base_fields["attendee_types"].queryset = AttendeeType.objects.filter(event=obj.event_id)  # type: ignore[attr-defined]
        return form


ANSWER_COLOURS = {
    Answer.IN: "success",
    Answer.ALREADY_IN: "warning",
    Answer.UNKNOWN: "danger",
    Answer.REVOKED: "danger",
    Answer.UNPAID: "warning",
    Answer.NEEDS_ANSWERS: "warning",
}


@admin.register(CheckIn)
class CheckInAdmin(PersonRows):
    event_path = "event"
    list_display = ("shown_at", "shown_answer", "person", "checkpoint", "by", "undone")
    list_display_links = ("shown_at",)
    list_select_related = ("event", "attendee", "checkpoint", "by")
    list_filter = ("event", "answer", "method")
    search_fields = ("attendee__search_key",)
    fields = (
        "event",
        "checkpoint",
        "attendee",
        "answer",
        ("scanned_at", "received_at"),
        "by",
        "method",
        "earlier",
        ("annulled_at", "annulled_by"),
        "annulled_reason",
    )
    actions_detail = ("undo",)
    exportable = True

    def has_undo_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return row is None or (row.answer == Answer.IN and row.annulled_at is None and self.has_right(request, MANAGE, row))

    @display(description=_("scanned"), ordering="pk")
    def shown_at(self, row: CheckIn) -> str:
        return show_datetime(row.scanned_at, row.event.time_zone)

    @display(description=_("answer"), ordering="answer", label=ANSWER_COLOURS)
    def shown_answer(self, row: CheckIn) -> tuple[str, str]:
        return row.answer, row.get_answer_display()

    @display(description=_("attendee"))
    def person(self, row: CheckIn) -> str:
        return str(row.attendee) if row.attendee else gettext("unknown (%(digest)s)") % {"digest": row.raw}

    @display(description=_("undone"), ordering="annulled_at")
    def undone(self, row: CheckIn) -> str:
        return show_datetime(row.annulled_at, row.event.time_zone) or "–"

    @action(description=_("Undo"), permissions=["undo"], icon="undo")
    def undo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MANAGE, row)
        form = NeededReasonForm(request.POST or None)
        if form.is_valid():
            count_check_in(request)
            act = partial(check_in.undo, row, by=cast(Any, request.user), reason=form.cleaned_data["reason"])
            return self.act_once(request, row, act, done=gettext("The check-in was undone."))
        text = gettext("The scan stays on record; the person counts as not here.")
        return self.ask_about(request, row, title=gettext("Undo this check-in?"), text=text, button=gettext("Undo"), form=form)
