"""Messages to attendees: written, looked at as one of them would see it, then sent once to each; and what became of those sent."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.mail import EmailMultiAlternatives
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from unfold.decorators import display

from attendees.mailing_forms import EventChoiceForm, MailingForm
from attendees.models import Attendee, Status
from attendees.services.mailing import (
    PLACEHOLDERS,
    delivery_of,
    discard,
    event_of,
    keep_draft,
    languages_of,
    receivers,
    send_mailing,
    subject_of,
)
from events.models import Event
from events.permissions import Right
from netevent.core.admin import ReadOnlyDesk
from netevent.core.dates import show_datetime
from netevent.core.errors import DomainError, TooOften
from netevent.notifications.models import Mailing, Message
from netevent.notifications.scopes import scopes

# A mail as it is: its own styles and nothing else, shown in a frame of our own page.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; sandbox"
NAMES = dict(settings.LANGUAGES)


def mail_to(mailing: Mailing, person: Attendee) -> EmailMultiAlternatives:
    """How it reads. What listens to messages connects in its turn when Django is ready, not when the desk is put together."""
    from attendees.mailing_text import preview

    return preview(mailing, person)


@admin.register(Mailing)
class MailingAdmin(ReadOnlyDesk):
    list_display = ("subject", "event_code", "shown_when", "count", "delivered", "failed", "by")
    list_display_links = ("subject",)
    list_select_related = ("by",)
    ordering = ("-pk",)
    fields = ("scope",)
    addable = True
    exportable = False

    # --- Rights: whoever sends messages at the event ---
    def events_to_write_to(self, request: HttpRequest) -> QuerySet[Event]:
        return Event.objects.run_by(cast(Any, request.user), Right.MESSAGES)

    def may_open(self, request: HttpRequest) -> bool:
        return bool(scopes.of(request.user))

    def may_add(self, request: HttpRequest) -> bool:
        return self.events_to_write_to(request).exists()

    def may_write(self, request: HttpRequest, mailing: Mailing) -> bool:
        return self.events_to_write_to(request).filter(pk=mailing.choice.get("event")).exists()

    def draft(self, request: HttpRequest, object_id: Any) -> Mailing:
        """One that this person may change and send; anything else doesn't exist for them."""
        mailing = cast(Mailing, self.found(request, object_id))
        if not self.may_write(request, mailing):
            raise Http404
        return mailing

    # --- Pages ---
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = (("edit", self.edit_view), ("send", self.send_view), ("discard", self.discard_view), ("mail", self.mail_view))
        pages = [path(f"<int:pk>/{name}/", view(call), name=f"notifications_mailing_{name}") for name, call in own]
        return [*pages, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Choose the event, then write."""
        events = self.events_to_write_to(request)
        named = request.GET.get("event", "")
        if not named:
            form = EventChoiceForm(events=events)
            if not events.exists():
                raise Http404
            return self.page(request, "choose", title=gettext("Message to attendees"), form=form)
        event = events.filter(pk=named).first() if named.isdigit() else None
        if event is None:
            raise Http404
        return self.write(request, event, None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self.draft(request, pk)
        if mailing.queued_at is not None:
            return HttpResponseRedirect(self.url_of("change", mailing.pk))
        return self.write(request, event_of(mailing), mailing)

    def write(self, request: HttpRequest, event: Event, draft: Mailing | None) -> HttpResponse:
        form = MailingForm(request.POST if request.method == "POST" else None, event=event, draft=draft)
        if form.is_valid():
            try:
                kept = keep_draft(event, cast(Any, request.user), texts=form.texts(), choice=form.choice(), draft=draft)
                return HttpResponseRedirect(self.url_of("change", kept.pk))
            except DomainError as refusal:
                form.add_error(None, str(refusal.message))
        words = [(f"{{{name}}}", label) for name, label in PLACEHOLDERS.items()]
        back = self.url_of("change", draft.pk) if draft else self.url_of("changelist")
        return self.page(request, "write", title=gettext("Message to attendees"), form=form, event=event, placeholders=words, back=back)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A draft with its look and its button; one that was sent with what became of it."""
        mailing = cast(Mailing, self.found(request, object_id))
        event = event_of(mailing)
        counts = languages_of(event, mailing.choice) if mailing.queued_at is None else {}
        chosen = request.GET.get("language", "")
        person = self.one_of(event, mailing, chosen)
        states = dict(Message.State.choices)
        more = {
            "mailing": mailing,
            "subject": subject_of(mailing),
            "event": event,
            "whom": self.whom(event, mailing),
            "number": sum(counts.values()),
            "languages": [(code, NAMES.get(code, code), number) for code, number in sorted(counts.items())],
            "chosen": person.language if person else "",
            "person": person,
            "mail": mail_to(mailing, person) if person else None,
            "deliveries": [(states[state], number) for state, number in delivery_of(mailing).items()],
            "when": show_datetime(mailing.queued_at, event.time_zone),
            "may_write": self.may_write(request, mailing),
            "messages_url": f"{reverse('admin:notifications_message_changelist')}?template__exact=mailing",
        }
        return self.page(request, "mailing", title=subject_of(mailing), **more)

    def one_of(self, event: Event, mailing: Mailing, language: str) -> Attendee | None:
        """Somebody who would get it, reading this language when there is one."""
        rows = receivers(event, mailing.choice).select_related("event", "attendee_type")
        return (rows.filter(language=language).first() if language else None) or rows.first()

    def whom(self, event: Event, mailing: Mailing) -> list[str]:
        choice, states = mailing.choice, dict(Status.choices)
        kinds = event.attendee_types.filter(pk__in=choice.get("types", []))
        arrived = {"yes": gettext("checked in"), "no": gettext("not checked in")}.get(choice.get("arrived", ""), "")
        parts = [", ".join(kind.name for kind in kinds), ", ".join(str(states[state]) for state in choice.get("states", [])), arrived]
        return [part for part in parts if part] or [gettext("whoever is registered or waits")]

    def mail_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML of the mail alone, for the frame on its page."""
        mailing = cast(Mailing, self.found(request, pk))
        event = event_of(mailing)
        person = self.one_of(event, mailing, request.GET.get("language", ""))
        if person is None:
            raise Http404
        html, _kind = mail_to(mailing, person).alternatives[0]
        return xframe_options_sameorigin(lambda _request: HttpResponse(str(html), headers={"Content-Security-Policy": MAIL_POLICY}))(
            request
        )

    # --- Acts ---
    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self.draft(request, pk)
        if request.method == "POST":
            try:
                job = send_mailing(mailing, cast(Any, request.user))
            except TooOften:
                raise
            except DomainError as refusal:
                self.message_user(request, str(refusal.message), messages.ERROR)
            else:
                if job is not None:
                    return redirect("jobs:detail", job.pk)
                self.message_user(request, gettext("This message was sent already."), messages.INFO)
        return HttpResponseRedirect(self.url_of("change", mailing.pk))

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        mailing = self.draft(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(self.url_of("change", mailing.pk))
        try:
            discard(mailing, cast(Any, request.user))
        except DomainError as refusal:
            self.message_user(request, str(refusal.message), messages.ERROR)
            return HttpResponseRedirect(self.url_of("change", mailing.pk))
        return HttpResponseRedirect(self.url_of("changelist"))

    def page(self, request: HttpRequest, name: str, *, title: str, form: Any = None, **more: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "back": self.url_of("changelist"),
            "media": self.media + form.media if form else self.media,
            **more,
        }
        refused = form is not None and form.is_bound and bool(form.errors)
        return TemplateResponse(request, f"admin/mailings/{name}.html", context, status=422 if refused else 200)

    # --- The list ---
    def get_queryset(self, request: HttpRequest) -> QuerySet[Mailing]:
        rows = super().get_queryset(request)
        return rows.annotate(
            n_sent=Count("messages", filter=Q(messages__state="sent")), n_failed=Count("messages", filter=Q(messages__state="failed"))
        )

    @display(description=_("subject"))
    def subject(self, row: Mailing) -> str:
        return subject_of(row)

    @display(description=_("event"))
    def event_code(self, row: Mailing) -> str:
        return str(row.choice.get("code", "–"))

    @display(description=_("sent"), ordering="queued_at")
    def shown_when(self, row: Mailing) -> str:
        return show_datetime(row.queued_at) or gettext("Draft")

    @display(description=_("delivered"), ordering="n_sent")
    def delivered(self, row: Any) -> int:
        return int(row.n_sent)

    @display(description=_("failed"), ordering="n_failed")
    def failed(self, row: Any) -> int:
        return int(row.n_failed)
