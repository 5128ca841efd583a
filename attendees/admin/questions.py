"""What organisers ask and what people agree to: the questions, the texts, the answers."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from attendees.admin.common import PERSONAL, ForSomeTypes, PersonRows
from attendees.desk_question_forms import ConsentTextForm, QuestionForm
from attendees.models import AskedWhen, Consent, ConsentText, Question, QuestionAnswer
from attendees.question_forms import QuestionFields
from attendees.services.answer_files import file_response
from attendees.services.answer_kinds import readable
from attendees.services.consents import TEXT_FIELDS, consent_texts_of, revise_consent
from attendees.services.question_rules import delete_question, save_question
from attendees.services.questions import questionnaire_of
from events.admin.common import EDIT, LANGUAGE_CODES, language_tabs
from events.models import Event
from netevent.core.admin import TranslatedDeskAdmin
from netevent.core.dates import show_datetime


def preview_page(request: HttpRequest, event: Event) -> HttpResponse:
    """The questions and texts as people see them; nothing can be sent."""
    form = QuestionFields()
    form.ask(questionnaire_of(event))
    form.ask_consents(consent_texts_of(event))
    at_door = QuestionFields()
    at_door.ask(questionnaire_of(event), when=AskedWhen.CHECK_IN)
    context = {"event": event, "form": form, "at_door": at_door, "types": event.attendee_types.order_by("position", "pk")}
    return render(request, "attendees/questions_preview.html", context)


class AskedRows(TranslatedDeskAdmin):
    """A row of what an event asks."""

    event_path = "event"
    change_rights = EDIT
    list_select_related = ("event",)
    list_filter: ClassVar[tuple[str, ...]] = ("event", "is_active", "is_required")
    autocomplete_fields = ("event",)
    exportable = False
    actions_detail = ("preview",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, "event") if obj is not None else fixed

    @action(description=_("Preview"), icon="visibility")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return preview_page(request, self.found(request, object_id).event)


@admin.register(Question)
class QuestionAdmin(ForSomeTypes, AskedRows):  # type: ignore[misc]  # as wherever two bases of the desk meet
    form = QuestionForm
    list_display = ("label", "event", "kind", "when", "is_required", "is_active", "at_desk", "position")
    list_filter = ("event", "kind", "when", "is_active", "is_required")
    search_fields = ("key", *(f"label_{code}" for code in LANGUAGE_CODES))
    ordering = ("event", "position", "pk")
    instead_of_deleting = _("Switch it off instead: it is asked no more, and the answers stay.")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        basics = ("event", ("kind", "key"), ("when", "position"), ("is_required", "is_active", "at_desk"))
        condition = [(_("Of whom and when"), {"fields": ("types", "depends_on", "depends_values")})]
        return [(None, {"fields": basics}), *(condition if self.event_named(request, obj) else []), *self.tabs()]

    def tabs(self) -> list[Any]:
        return language_tabs("label", "help_text", "choices")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        fields = cast("dict[str, Any]", form.base_fields)
        if "depends_on" in fields:
            others = self.rows_for(request).filter(event=self.event_named(request, obj)).exclude(pk=obj.pk if obj else None)
            fields["depends_on"].queryset = others.order_by("position", "pk")
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_question(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_question(obj)


@admin.register(ConsentText)
class ConsentTextAdmin(AskedRows):
    form = ConsentTextForm
    list_display = ("purpose", "version", "event", "is_required", "is_active")
    search_fields = ("purpose", *TEXT_FIELDS)
    ordering = ("event", "purpose", "-version")
    readonly_fields = ("version",)
    instead_of_deleting = _("Switch it off instead: who agreed to it did so.")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        note = _("Other words make a new version; who agreed to the old one agreed to that.")
        shown = ("event", ("purpose", "version"), ("is_required", "is_active"))
        return [(None, {"fields": shown, "description": note}), *language_tabs("text")]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "purpose") if obj is not None else fixed

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        fresh = revise_consent(obj, **{name: form.cleaned_data[name] for name in form.changed_data})
        obj.__dict__.update({name: value for name, value in fresh.__dict__.items() if name != "_state"})


@admin.register(QuestionAnswer)
class QuestionAnswerAdmin(PersonRows):
    event_path = "attendee__event"
    list_display = ("attendee", "question", "shown_value", "updated_at")
    list_select_related = ("attendee", "question")
    list_filter = ("attendee__event", "question")
    search_fields = ("attendee__search_key",)
    ordering = ("-pk",)
    fields = ("attendee", "question", "shown_value", ("created_at", "updated_at"))
    actions_detail = ("download",)

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = QuestionAnswer.objects.all()
        return rows if cast(Any, request.user).is_superuser else rows.filter(attendee__event__in=self.events_with(request, PERSONAL))

    def has_file_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        row = self.row_of(request, obj) if obj is not None else None
        return row is None or (bool(row.file) and self.has_right(request, PERSONAL, row))

    @display(description=_("answer"))
    def shown_value(self, row: QuestionAnswer) -> str:
        return readable(row.question, row.value)

    @action(description=_("Download the file"), permissions=["file"], icon="download")
    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        row = self.found(request, object_id)
        self.need(request, PERSONAL, row)
        return file_response(row)


@admin.register(Consent)
class ConsentAdmin(PersonRows):
    event_path = "attendee__event"
    list_display = ("attendee", "text", "language", "given", "withdrawn")
    list_select_related = ("attendee__event", "text")
    list_filter = ("attendee__event",)
    search_fields = ("attendee__search_key",)
    ordering = ("-pk",)
    fields = ("attendee", "text", "words", "language", ("given_at", "withdrawn_at"))

    def rows_for(self, request: HttpRequest) -> QuerySet[Any]:
        rows = Consent.objects.all()
        return rows if cast(Any, request.user).is_superuser else rows.filter(attendee__event__in=self.events_with(request, PERSONAL))

    @display(description=_("words"))
    def words(self, row: Consent) -> str:
        """As they were read, in the language they were read in."""
        return getattr(row.text, f"text_{row.language}", "") or row.text.text

    @display(description=_("given"), ordering="given_at")
    def given(self, row: Consent) -> str:
        return show_datetime(row.given_at, row.attendee.event.time_zone)

    @display(description=_("withdrawn"), ordering="withdrawn_at")
    def withdrawn(self, row: Consent) -> str:
        return show_datetime(row.withdrawn_at, row.attendee.event.time_zone) or "–"
