"""Passing a place on for somebody, also after the attendees' own cut-off."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from attendees.admin.common import MANAGE
from attendees.people_forms import DeskTransferForm
from attendees.services.registration import Person
from attendees.services.transfer import PASSED_ON, pass_on
from netevent.core.admin import DeskAdmin

PASS_ON_TEXT = _(
    "The new person has the place as it is, with its price and what was paid. This registration and its badge end; both are told."
)


class PassingOn(DeskAdmin):
    """One act on a person's page."""

    def has_place_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_change_permission(request, obj) and (row is None or row.status in PASSED_ON)

    @action(description=_("Pass the place on"), permissions=["place"], icon="move_up")
    def pass_on_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MANAGE, row)
        form = DeskTransferForm(request.POST or None)
        if form.is_valid():
            told = form.cleaned_data
            person = Person(told["first_name"], told["last_name"], told["email"], language=row.language)
            act = partial(pass_on, row, person, by=cast(Any, request.user), source="admin")
            return self.act_once(request, row, act, done=gettext("The place was passed on."))
        return self.ask_about(
            request,
            row,
            title=gettext("Pass on the place of %(name)s"),
            text=str(PASS_ON_TEXT),
            button=gettext("Pass the place on"),
            form=form,
        )
