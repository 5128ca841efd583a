"""What is done with attendees: with those chosen in the list, and with one on their page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from attendees.admin.common import MANAGE, count_check_in
from attendees.admin.type_change import notes_on
from attendees.desk_forms import BatchTypeForm, ReasonForm, SheetForm, TypeForm
from attendees.models import Answer, Attendee
from attendees.services import check_in
from attendees.services.badge_jobs import start_badges
from attendees.services.badges import reissue
from attendees.services.registration import cancel_registration, change_type, message_of
from attendees.services.type_change import plan_moves
from events.models import Event
from events.permissions import Right
from netevent.core.admin import DeskAdmin
from netevent.core.errors import DomainError

WAITING_ACTS = ("approve_one", "reject_one", "offer_one", "withdraw_one", "reopen_one")  # attendees/admin/approval.py
CANCEL_TEXT = _("The place is free at once, the person is told by mail, and the badge opens nothing any more.")


def one_event_of(rows: Iterable[Attendee]) -> Event:
    """The event that all of these belong to.

    Raises:
        DomainError: `several_events`.
    """
    events = {row.event_id: row.event for row in rows}
    if len(events) != 1:
        raise DomainError("several_events", _("Choose attendees of one event."))
    return next(iter(events.values()))


class AttendeeActs(DeskAdmin):
    """The acts of the list and the buttons of a person's page. Each goes through its service."""

    actions = (
        "approve_chosen",
        "reject_chosen",
        "make_badges",
        "check_in_chosen",
        "change_type_chosen",
        "mark_paid_chosen",
        "send_again_chosen",
        "reissue_chosen",
        "cancel_chosen",
    )
    actions_detail = (
        *WAITING_ACTS,
        "check_in_one",
        "mark_paid_one",
        "change_type_one",
        {"title": _("More"), "items": ("send_again_one", "change_answers_one", "refund_one", "reissue_one", "pass_on_one", "cancel_one")},
    )

    # --- Rights ---
    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_active_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_change_permission(request, obj) and (row is None or row.is_active)

    # --- Acts on chosen rows ---
    @admin.action(description=_("Make badges"), permissions=["manage"])
    def make_badges(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> HttpResponse:
        rows = list(queryset.select_related("event"))
        event = one_event_of(rows)
        form = SheetForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            job = start_badges(event, cast(Any, request.user), attendees=[row.pk for row in rows], sheet=form.cleaned_data["sheet"])
            return redirect("jobs:detail", job.pk)
        title = ngettext("Make %(number)d badge", "Make %(number)d badges", len(rows)) % {"number": len(rows)}
        return self.ask_chosen(
            request,
            rows,
            "make_badges",
            title=title,
            text=gettext("One PDF. Only confirmed people get one."),
            button=gettext("Make badges"),
            form=form,
        )

    @admin.action(description=_("Check in"), permissions=["manage"])
    def check_in_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> None:
        rows = queryset.select_related("event")
        count_check_in(request)
        self.act_on(request, rows, (Right.CHECK_IN,), lambda row: enter(row, request.user), done=checked_in_sentence)

    @admin.action(description=_("Change type"), permissions=["manage"])
    def change_type_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> HttpResponse:
        """Choose a type, see what it means for each, then do it: what is done is what was shown."""
        rows = list(queryset.select_related("event", "attendee_type").order_by("pk"))
        form = BatchTypeForm(request.POST if "confirmed" in request.POST else None, event=one_event_of(rows))
        chosen = form.cleaned_data["attendee_type"] if form.is_valid() else None
        if chosen is not None and form.cleaned_data["seen"] == str(chosen.pk):
            self.act_on(request, rows, MANAGE, lambda row: change_type(row, chosen, by=cast(Any, request.user)), done=changed_sentence)
            return HttpResponseRedirect(request.get_full_path())
        title = ngettext("Change the type of %(number)d attendee", "Change the type of %(number)d attendees", len(rows)) % {
            "number": len(rows)
        }
        text = gettext("Each moves to today's price of the new type and is told by mail.")
        notes = notes_on(plan_moves(rows, chosen), chosen) if chosen else []
        if chosen:
            form = BatchTypeForm(initial={"attendee_type": chosen.pk, "seen": chosen.pk}, event=one_event_of(rows))
        button = gettext("Change type") if chosen else gettext("Show what it means")
        return self.ask_chosen(request, rows, "change_type_chosen", title=title, text=text, notes=notes, button=button, form=form)

    @admin.action(description=_("Send the message about their registration again"), permissions=["manage"])
    def send_again_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> None:
        self.act_on(request, queryset.select_related("event"), MANAGE, tell_again, done=told_sentence)

    @admin.action(description=_("Reissue the badge; the old one opens nothing any more"), permissions=["manage"])
    def reissue_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> HttpResponse | None:
        rows = list(queryset.select_related("event"))
        if "confirmed" in request.POST:
            self.act_on(request, rows, MANAGE, reissue, done=reissued_sentence)
            return HttpResponseRedirect(request.get_full_path())
        title = ngettext("Reissue %(number)d badge", "Reissue %(number)d badges", len(rows)) % {"number": len(rows)}
        text = gettext("The codes that are printed or on phones now open nothing any more.")
        return self.ask_chosen(request, rows, "reissue_chosen", title=title, text=text, button=gettext("Reissue"), danger=True)

    @admin.action(description=_("Cancel and free the place"), permissions=["manage"])
    def cancel_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> HttpResponse:
        rows = list(queryset.select_related("event"))
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            why = form.cleaned_data["reason"]
            self.act_on(
                request,
                rows,
                MANAGE,
                lambda row: cancel_registration(row, by=cast(Any, request.user), source="admin", reason=why),
                done=cancelled_sentence,
            )
            return HttpResponseRedirect(request.get_full_path())
        title = ngettext("Cancel %(number)d registration", "Cancel %(number)d registrations", len(rows)) % {"number": len(rows)}
        return self.ask_chosen(
            request,
            rows,
            "cancel_chosen",
            title=title,
            text=CANCEL_TEXT,
            button=gettext("Cancel and free the place"),
            form=form,
            danger=True,
        )

    # --- The same on one person's page ---
    @action(description=_("Check in"), permissions=["active"], icon="how_to_reg", variant=ActionVariant.PRIMARY)
    def check_in_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, (Right.CHECK_IN,), row)
        if request.method == "POST":
            count_check_in(request)
            return self.act_once(request, row, lambda: enter(row, request.user), done=gettext("Checked in."))
        return self.ask_about(request, row, title=gettext("Check %(name)s in?"), text="", button=gettext("Check in"))

    @action(description=_("Change type"), permissions=["active"], icon="swap_horiz")
    def change_type_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MANAGE, row)
        form = TypeForm(request.POST or None, event=row.event)
        if form.is_valid():
            chosen = form.cleaned_data["attendee_type"]
            return self.act_once(
                request, row, lambda: change_type(row, chosen, by=cast(Any, request.user)), done=gettext("The type was changed.")
            )
        text = gettext("The price becomes today's price of the new type; the person is told by mail.")
        return self.ask_about(
            request, row, title=gettext("Change the type of %(name)s"), text=text, button=gettext("Change type"), form=form
        )

    @action(description=_("Send their message again"), permissions=["manage"], icon="send")
    def send_again_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MANAGE, row)
        if request.method == "POST":
            return self.act_once(request, row, lambda: tell_again(row), done=gettext("It is on its way."))
        text = gettext("The person gets the message about their registration once more, with a working link.")
        return self.ask_about(request, row, title=gettext("Write to %(name)s again?"), text=text, button=gettext("Send"))

    @action(description=_("Reissue badge"), permissions=["manage"], icon="autorenew")
    def reissue_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MANAGE, row)
        if request.method == "POST":
            return self.act_once(request, row, lambda: reissue(row), done=gettext("A new badge was issued."))
        text = gettext("The code that is printed or on the phone now opens nothing any more.")
        return self.ask_about(
            request, row, title=gettext("Reissue the badge of %(name)s?"), text=text, button=gettext("Reissue"), danger=True
        )

    @action(description=_("Cancel registration"), permissions=["active"], icon="person_cancel", variant=ActionVariant.DANGER)
    def cancel_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, MANAGE, row)
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            why = form.cleaned_data["reason"]
            act = partial(cancel_registration, row, by=cast(Any, request.user), source="admin", reason=why)
            return self.act_once(request, row, act, done=gettext("The registration was cancelled."))
        return self.ask_about(
            request,
            row,
            title=gettext("Cancel the registration of %(name)s?"),
            text=CANCEL_TEXT,
            button=gettext("Cancel and free the place"),
            form=form,
            danger=True,
        )

    def name_of(self, row: Attendee) -> str:
        return row.full_name


def enter(row: Attendee, by: Any) -> None:
    """Check somebody in at the main entry.

    Raises:
        DomainError: `not_in` with the answer that the entry gave.
    """
    result = check_in.scan_attendee(
        checkpoint=check_in.main_checkpoint(row.event), attendee=row, scan_id=uuid.uuid4(), by=by, method="desk"
    )
    if result.answer != Answer.IN:
        raise DomainError("not_in", result.answer.label)


def tell_again(row: Attendee) -> bool:
    """The message of the present state once more; False when there is no address to write to."""
    step = row.steps.order_by("-pk").first()
    if step is None or not row.email:
        return False
    from netevent.notifications.models import Message

    template = message_of(step)
    number = Message.objects.filter(about=row.about, template=template).count()
    queue_again(row, template, f"{step.pk}.{number}")
    return True


def queue_again(row: Attendee, template: str, version: str) -> None:
    from attendees.services.registration import queue_to

    queue_to(row, template, version)


def checked_in_sentence(number: int) -> str:
    return ngettext("%(number)d attendee was checked in.", "%(number)d attendees were checked in.", number) % {"number": number}


def changed_sentence(number: int) -> str:
    return ngettext("%(number)d attendee has the new type.", "%(number)d attendees have the new type.", number) % {"number": number}


def told_sentence(number: int) -> str:
    return ngettext("%(number)d message is on its way.", "%(number)d messages are on their way.", number) % {"number": number}


def reissued_sentence(number: int) -> str:
    return ngettext("%(number)d badge was reissued.", "%(number)d badges were reissued.", number) % {"number": number}


def cancelled_sentence(number: int) -> str:
    return ngettext("%(number)d registration was cancelled.", "%(number)d registrations were cancelled.", number) % {"number": number}
