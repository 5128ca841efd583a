"""What is done with an event: publish, withdraw, call off, archive."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from events.admin.common import EDIT
from events.desk_act_forms import NewDateForm, ReasonsForm
from events.models import Event, Visibility
from events.services import calling_off, visibility
from events.services.events import publish_checklist, publish_event
from events.signals import calling_off_asked, moving_asked
from netevent.core.admin import TranslatedDeskAdmin
from netevent.core.dates import show_range, show_zone
from netevent.core.signals import collect


class EventActs(TranslatedDeskAdmin):
    """The buttons of an event's page. Each asks first, then does it through its service."""

    actions_detail = (
        "publish",
        "show_page",
        {"title": _("More"), "items": ("unlist", "withdraw", "postpone", "tell_time", "call_off", "archive")},
    )

    def has_edit_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_change_permission(request, obj) and (row is None or row.visibility != Visibility.PUBLISHED)

    def has_to_come_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_change_permission(request, obj) and (row is None or (row.is_public and not row.is_cancelled and not row.is_over()))

    def name_of(self, row: Event) -> str:
        return row.name

    def act(
        self, request: HttpRequest, object_id: str, service: Any, *, title: str, text: str, button: str, done: str, **more: Any
    ) -> HttpResponse:
        """Ask, then do it through the service."""
        event = self.found(request, object_id)
        self.need(request, EDIT, event)
        if request.method == "POST":
            return self.act_once(request, event, lambda: service(event, by=request.user, source="admin"), done=done)
        return self.ask_about(request, event, title=title, text=text, button=button, **more)

    @action(description=_("Publish"), permissions=["publish"], icon="publish", variant=ActionVariant.PRIMARY)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = self.found(request, object_id)
        missing = [str(text) for done, text in publish_checklist(event).values() if not done]
        return self.act(
            request,
            object_id,
            publish_event,
            title=gettext("Publish %(name)s?"),
            text=gettext("Its page becomes public, stands in every list, and people can register as soon as registration opens."),
            button=gettext("Publish"),
            done=gettext("The event is public."),
            notes=missing,
        )

    @action(description=_("Show the page"), icon="open_in_new")
    def show_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(self.found(request, object_id))

    @action(description=_("Publish unlisted"), permissions=["edit"], icon="link")
    def unlist(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.act(
            request,
            object_id,
            visibility.unlist_event,
            title=gettext("Publish %(name)s without listing it?"),
            text=gettext("Whoever knows its address sees the page; no list shows it."),
            button=gettext("Publish unlisted"),
            done=gettext("The event is public for whoever knows its address."),
        )

    @action(description=_("Back to draft"), permissions=["edit"], icon="undo")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.act(
            request,
            object_id,
            visibility.withdraw_event,
            title=gettext("Take %(name)s back?"),
            text=gettext("Its page is out of sight until you publish it again. Registrations stay."),
            button=gettext("Back to draft"),
            done=gettext("The event is a draft again."),
        )

    @action(description=_("Call off"), permissions=["to_come"], icon="event_busy", variant=ActionVariant.DANGER)
    def call_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = self.found(request, object_id)
        self.need(request, EDIT, event)
        form = ReasonsForm(request.POST if request.method == "POST" else None, event=event)
        if form.is_valid():
            act = partial(calling_off.call_off, event, reasons=form.reasons(), by=cast(Any, request.user), source="admin")
            return self.act_once(request, event, act, done=gettext("The event was called off. Everybody is being told; see Jobs."))
        return self.ask_about(
            request,
            event,
            title=gettext("Call %(name)s off?"),
            text=gettext(
                "Its page stays and says that the event was called off, and why. Every registration ends and stays readable; "
                "open offers and payments end, and what was paid becomes due to go back. Everybody is told once. "
                "This can't be taken back: whoever should come after all registers again."
            ),
            notes=collect(calling_off_asked, sender=Event, event=event, user=request.user),
            button=gettext("Call off"),
            form=form,
            danger=True,
        )

    @action(description=_("Postpone"), permissions=["to_come"], icon="event_upcoming")
    def postpone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = self.found(request, object_id)
        self.need(request, EDIT, event)
        with timezone.override(event.zone):
            first = {"starts_at": event.starts_at, "ends_at": event.ends_at}
            form = NewDateForm(request.POST if request.method == "POST" else None, event=event, initial=first)
            if form.is_valid():
                return self.act_once(
                    request, event, lambda: self.move(request, event, form), done=gettext("The event has its new date. Everybody is asked.")
                )
            return self.ask_date(request, event, form).render()

    def move(self, request: HttpRequest, event: Event, form: NewDateForm) -> bool:
        said = form.cleaned_data
        return calling_off.postpone(
            event,
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
            reasons=form.reasons(),
            deadlines=said["deadlines"],
            by=cast(Any, request.user),
            source="admin",
        )

    def ask_date(self, request: HttpRequest, event: Event, form: NewDateForm) -> Any:
        now = gettext("Now: %(when)s. Times are by the event's clocks: %(zone)s.") % {
            "when": show_range(event.starts_at, event.ends_at, event.time_zone),
            "zone": show_zone(event.time_zone, event.starts_at),
        }
        return self.ask_about(
            request,
            event,
            title=gettext("Postpone %(name)s?"),
            text=gettext(
                "Registrations stay, and each person is asked by mail whether they come at the new time. The plan stays on record."
            ),
            notes=[now, *collect(moving_asked, sender=Event, event=event, user=request.user)],
            button=gettext("Postpone and ask everybody"),
            form=form,
        )

    @action(description=_("Tell people about a changed time"), permissions=["to_come"], icon="campaign")
    def tell_time(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = self.found(request, object_id)
        self.need(request, EDIT, event)
        if request.method == "POST":
            act = partial(calling_off.announce_time, event, by=cast(Any, request.user), source="admin")
            return self.act_once(request, event, act, done=gettext("Everybody is being told; see Jobs."))
        return self.ask_about(
            request,
            event,
            title=gettext("Tell everybody when %(name)s takes place?"),
            text=gettext("Each person gets a mail with the time as it is now, and a calendar file that replaces the old entry."),
            notes=[
                show_range(event.starts_at, event.ends_at, event.time_zone),
                *collect(moving_asked, sender=Event, event=event, user=request.user),
            ],
            button=gettext("Tell everybody"),
        )

    @action(description=_("Archive"), permissions=["edit"], icon="inventory_2")
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.act(
            request,
            object_id,
            visibility.archive_event,
            title=gettext("Archive %(name)s?"),
            text=gettext("Its page is gone, its figures stay."),
            button=gettext("Archive"),
            done=gettext("The event was archived."),
        )
