"""The organisers' desk: people at events, their badges and scans."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from attendees.admin_import import AttendeeLists
from attendees.desk_forms import AttendeeForm, NeededReasonForm, NewAttendeeForm, ReasonForm, SheetForm, TypeForm
from attendees.models import Answer, Attendee, AttendeeToken, Badge, CheckIn, Checkpoint, RegistrationStep, Status
from attendees.services import check_in
from attendees.services.badge_jobs import start_badges
from attendees.services.badges import reissue
from attendees.services.registration import PROFILE_FIELDS, Person, cancel_registration, change_type, register_attendee
from events.models import AttendeeType, Event
from events.permissions import Right
from netevent.core.admin import DeskAdmin, ReadOnlyDesk
from netevent.core.admin_filters import VisibleRelatedFilter
from netevent.core.dates import show_date, show_datetime
from netevent.core.errors import DomainError
from netevent.core.text import fold

MANAGE = (Right.MANAGE_ATTENDEES,)
PERSONAL = (Right.SEE_PERSONAL_DATA, Right.MANAGE_ATTENDEES)
STATUS_COLOURS = {
    Status.CONFIRMED: "success",
    Status.WAITLISTED: "info",
    Status.OFFERED: "info",
    Status.PENDING_APPROVAL: "warning",
    Status.AWAITING_PAYMENT: "warning",
    Status.CANCELLED: "danger",
    Status.REJECTED: "danger",
}


def chosen_event(request: HttpRequest) -> str:
    return request.GET.get("event__id__exact", "")


class TypeFilter(VisibleRelatedFilter):
    """The types of the event that the list is narrowed to; of all events at once they would be a jumble."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        event = chosen_event(request)
        rows = model_admin.get_field_queryset(None, field, request).filter(event=event) if event.isdigit() else []
        return [(row.pk, str(row)) for row in rows]


class ArrivedFilter(admin.SimpleListFilter):
    title = _("checked in")
    parameter_name = "arrived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(first_entry_at__isnull=self.value() == "no") if self.value() else queryset


def one_event_of(rows: Iterable[Attendee]) -> Event:
    """The event that all of these belong to.

    Raises:
        DomainError: `several_events`.
    """
    events = {row.event_id: row.event for row in rows}
    if len(events) != 1:
        raise DomainError("several_events", _("Choose attendees of one event."))
    return next(iter(events.values()))


@admin.register(Attendee)
class AttendeeAdmin(AttendeeLists, DeskAdmin):
    event_path = "event"
    view_rights = PERSONAL
    change_rights = MANAGE
    form = AttendeeForm
    list_display = ("name", "event_code", "attendee_type", "shown_status", "arrived", "registered")
    list_display_links = ("name",)
    list_select_related = ("event", "attendee_type")
    list_filter = ("event", ("attendee_type", TypeFilter), "status", ArrivedFilter)
    list_per_page = 50
    search_fields = ("search_key",)
    search_help_text = _("Name, e-mail, organisation or code; accents and capitals don't matter.")
    autocomplete_fields = ("event", "attendee_type")
    actions = ("make_badges", "check_in_chosen", "change_type_chosen", "send_again_chosen", "reissue_chosen", "cancel_chosen")
    actions_detail = ("check_in_one", "change_type_one", {"title": _("More"), "items": ("send_again_one", "reissue_one", "cancel_one")})
    deletable = False  # one row a person and event for ever: who doesn't come is cancelled
    shown_only: ClassVar[tuple[str, ...]] = (
        *("event", "code", "attendee_type", "status", "arrived", "shown_price", "due_at", "email_proved_at"),
        *("source", "timeline", "created_at", "updated_at"),
    )
    about_person = ("email", ("organisation", "role"), "introduction", ("phone", "linkedin"), "language")

    # --- Rights ---
    def has_manage_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_active_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return self.has_change_permission(request, obj) and (row is None or row.is_active)

    # --- The page ---
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        kwargs["form"] = self.form if obj else NewAttendeeForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.shown_only if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        person = (_("Person"), {"fields": (("first_name", "last_name"), *self.about_person)})
        if obj is None:
            return [(_("Registration"), {"fields": ("event", "attendee_type")}), person]
        return [
            (
                _("Registration"),
                {"fields": (("status", "arrived"), ("event", "attendee_type"), ("code", "shown_price"), ("due_at", "email_proved_at"))},
            ),
            person,
            (_("For the team"), {"fields": ("staff_note", ("attendance_status", "priority"))}),
            (_("Course"), {"fields": ("timeline", "source", ("created_at", "updated_at"))}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"language": request.LANGUAGE_CODE, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            if "email" in form.changed_data:
                obj.email_proved_at = None  # nobody has shown yet that the new address is theirs
            obj._history_user = request.user
            obj.save(update_fields=[*form.changed_data, "email_proved_at", "updated_at"])
            return
        told = {name: getattr(obj, name) or "" for name in PROFILE_FIELDS}
        person = Person(obj.first_name, obj.last_name, obj.email or None, language=obj.language, profile=told)
        registered = register_attendee(attendee_type=obj.attendee_type, person=person, source="admin", by=cast(Any, request.user))
        if not registered.is_new:
            raise DomainError(
                "already_registered", _("Somebody is registered with this address."), fields={"email": _("This address is registered.")}
            )
        obj.__dict__.update({k: v for k, v in registered.attendee.__dict__.items() if k != "_state"})
        obj._state.adding = False

    # --- Search ---
    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Folded as the rows' own key is, so that Łukasz is found by lukasz, on both databases alike."""
        return (queryset.search(fold(search_term)) if search_term else queryset), False

    # --- What is shown ---
    @display(description=_("name"), ordering=("search_key"), header=True)
    def name(self, row: Attendee) -> tuple[str, str]:
        return row.full_name, row.email or row.code

    @display(description=_("event"), ordering="event__code")
    def event_code(self, row: Attendee) -> str:
        return row.event.code

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def shown_status(self, row: Attendee) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=_("checked in"), ordering="first_entry_at")
    def arrived(self, row: Attendee) -> str:
        return show_datetime(row.first_entry_at, row.event.time_zone) or "–"

    @display(description=_("registered"), ordering="created_at")
    def registered(self, row: Attendee) -> str:
        return show_date(row.created_at, row.event.time_zone)

    @display(description=_("price as booked"))
    def shown_price(self, row: Attendee) -> str:
        return f"{row.price} {row.currency}"

    @display(description=_("steps"))
    def timeline(self, row: Attendee) -> str:
        """Every change of state, oldest first."""
        words = dict(Status.choices)
        steps = row.steps.select_related("by")
        lines = [
            (
                show_datetime(step.at, row.event.time_zone),
                words.get(step.to_state, step.to_state),
                " · ".join(filter(None, (str(step.by or ""), step.source, step.reason))),
            )
            for step in steps
        ]
        return format_html('<ol class="desk-timeline">{}</ol>', format_html_join("", "<li>{} · <strong>{}</strong> · {}</li>", lines))

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
        return self.ask_for(
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
        self.act_on(request, rows, (Right.CHECK_IN,), lambda row: enter(row, request.user), done=checked_in_sentence)

    @admin.action(description=_("Change type"), permissions=["manage"])
    def change_type_chosen(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> HttpResponse:
        rows = list(queryset.select_related("event"))
        form = TypeForm(request.POST if "confirmed" in request.POST else None, event=one_event_of(rows))
        if form.is_valid():
            chosen = form.cleaned_data["attendee_type"]
            self.act_on(request, rows, MANAGE, lambda row: change_type(row, chosen, by=cast(Any, request.user)), done=changed_sentence)
            return HttpResponseRedirect(request.get_full_path())
        title = ngettext("Change the type of %(number)d attendee", "Change the type of %(number)d attendees", len(rows)) % {
            "number": len(rows)
        }
        text = gettext("Each moves to today's price of the new type and is told by mail.")
        return self.ask_for(request, rows, "change_type_chosen", title=title, text=text, button=gettext("Change type"), form=form)

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
        return self.ask_for(request, rows, "reissue_chosen", title=title, text=text, button=gettext("Reissue"), danger=True)

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
        return self.ask_for(
            request,
            rows,
            "cancel_chosen",
            title=title,
            text=CANCEL_TEXT,
            button=gettext("Cancel and free the place"),
            form=form,
            danger=True,
        )

    def ask_for(self, request: HttpRequest, rows: list[Attendee], name: str, **page: Any) -> HttpResponse:
        return self.ask(request, rows=[row.pk for row in rows], action=name, back=request.get_full_path(), **page)

    # --- The same on one person's page ---
    @action(description=_("Check in"), permissions=["active"], icon="how_to_reg", variant=ActionVariant.PRIMARY)
    def check_in_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        self.need(request, (Right.CHECK_IN,), row)
        if request.method == "POST":
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
            act = lambda: cancel_registration(row, by=cast(Any, request.user), source="admin", reason=why)  # noqa: E731
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

    def ask_about(self, request: HttpRequest, row: Attendee, *, title: str, **page: Any) -> HttpResponse:
        return self.ask(request, title=title % {"name": row.full_name}, back=self.url_of("change", row.pk), **page)


CANCEL_TEXT = _("The place is free at once, the person is told by mail, and the badge opens nothing any more.")


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

    template = "cancelled" if row.status == Status.CANCELLED else f"registered_{row.status}"
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


class PersonRows(ReadOnlyDesk):
    """Facts that name a person: for whoever may see personal data there."""

    view_rights = PERSONAL
    exportable = False


@admin.register(RegistrationStep)
class RegistrationStepAdmin(PersonRows):
    event_path = "event"
    list_display = ("attendee", "act", "from_state", "to_state", "by", "source", "shown_at")
    list_select_related = ("attendee", "by", "event")
    list_filter = ("event", "act", "to_state", "source")
    search_fields = ("attendee__search_key",)
    ordering = ("-pk",)
    fields = (
        "attendee",
        "event",
        ("act", "round"),
        ("from_state", "to_state"),
        ("attendee_type", "price"),
        ("by", "source"),
        "reason",
        "at",
    )

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = RegistrationStep.objects.all()
        return rows if cast(Any, request.user).is_superuser else rows.filter(event__in=self.events_with(request, PERSONAL))

    @display(description=_("at"), ordering="pk")
    def shown_at(self, row: RegistrationStep) -> str:
        return show_datetime(row.at, row.event.time_zone)


@admin.register(Badge)
class BadgeAdmin(PersonRows):
    event_path = "attendee__event"
    list_display = ("attendee", "shown_event", "shown_state", "prints", "shown_printed")
    list_select_related = ("attendee__event",)
    list_filter = ("attendee__event",)
    typed_filters = ("attendee__event",)
    search_fields = ("attendee__search_key",)
    fields = ("attendee", "prints", "shown_printed", "created_at", "revoked_at")

    @display(description=_("event"))
    def shown_event(self, row: Badge) -> str:
        return str(row.attendee.event)

    @display(description=_("state"), label={"live": "success", "revoked": "danger"})
    def shown_state(self, row: Badge) -> tuple[str, str]:
        return ("revoked", gettext("Replaced")) if row.revoked_at else ("live", gettext("Valid"))

    @display(description=_("printed"), ordering="printed_at")
    def shown_printed(self, row: Badge) -> str:
        return show_datetime(row.printed_at, row.attendee.event.time_zone) or "–"


@admin.register(AttendeeToken)
class AttendeeTokenAdmin(PersonRows):
    """Which links live, never the links: they are derived, and shown to nobody but their owner."""

    event_path = "attendee__event"
    list_display = ("attendee", "purpose", "expires_at", "used_at", "revoked_at")
    list_select_related = ("attendee",)
    list_filter = ("purpose",)
    search_fields = ("attendee__search_key",)
    fields = ("attendee", "purpose", "expires_at", "used_at", "revoked_at", "created_at")

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = AttendeeToken.objects.all()
        return (
            rows if cast(Any, request.user).is_superuser else rows.filter(attendee__in=Attendee.objects.visible_to(cast(Any, request.user)))
        )


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
            act = lambda: check_in.undo(row, by=cast(Any, request.user), reason=form.cleaned_data["reason"])  # noqa: E731
            return self.act_once(request, row, act, done=gettext("The check-in was undone."))
        text = gettext("The scan stays on record; the person counts as not here.")
        return self.ask(
            request, title=gettext("Undo this check-in?"), text=text, button=gettext("Undo"), back=self.url_of("change", row.pk), form=form
        )
