"""What is done with an event: publish, withdraw, call off, archive."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from events.admin.common import EDIT
from events.models import Visibility
from events.services import visibility
from events.services.events import publish_checklist, publish_event
from netevent.core.admin import TranslatedDeskAdmin


class EventActs(TranslatedDeskAdmin):
    """The buttons of an event's page. Each asks first, then does it through its service."""

    actions_detail = (
        "publish",
        "show_page",
        {"title": _("More"), "items": ("unlist", "withdraw", "call_off", "archive")},
    )

    def has_edit_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_change_permission(request, obj) and (row is None or row.visibility != Visibility.PUBLISHED)

    def act(
        self, request: HttpRequest, object_id: str, service: Any, *, title: str, text: str, button: str, done: str, **more: Any
    ) -> HttpResponse:
        """Ask, then do it through the service."""
        event = self.found(request, object_id)
        self.need(request, EDIT, event)
        if request.method == "POST":
            return self.act_once(request, event, lambda: service(event, by=request.user, source="admin"), done=done)
        return self.ask(request, title=title % {"name": event.name}, text=text, button=button, back=self.url_of("change", event.pk), **more)

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

    @action(description=_("Call off"), permissions=["edit"], icon="event_busy", variant=ActionVariant.DANGER)
    def call_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.act(
            request,
            object_id,
            visibility.cancel_event,
            title=gettext("Call %(name)s off?"),
            text=gettext("Its page stays and says that the event was called off. Nobody can register any more."),
            button=gettext("Call off"),
            done=gettext("The event was called off."),
            danger=True,
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
