"""The desk's one base: rows narrowed to the person everywhere, acts through services, one page one act.

`get_queryset` alone leaks: through list filters, foreign-key fields, both history views (also of deleted rows), imports and the answer to
somebody else's id. Whatever a person may not see is 404 here, for every door of a table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import tzinfo
from typing import Any, ClassVar, TypeVar, cast

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import NestedObjects, unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, router, transaction
from django.db.models import ProtectedError, Q, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportModelAdmin
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline, TranslationTabularInline
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm

from netevent.core import limits
from netevent.core.admin_fields import ZonedDateTimeField
from netevent.core.admin_filters import Filter, narrowed_filter
from netevent.core.admin_resources import bare_columns, resource_of
from netevent.core.dates import show_datetime
from netevent.core.errors import DomainError, TooOften
from netevent.core.formats import CSV, JSON, XLSX
from netevent.core.models import IdempotencyKey, RateCount
from netevent.core.tables import refuse_bombs

HIDDEN_CHANGES = frozenset({"created_at", "updated_at", "search_key"})
Row = TypeVar("Row", bound=models.Model)
Rights = Sequence[str]
EVENT_ITSELF = "pk"


def remembered(request: HttpRequest, key: Any, ask: Callable[[], Any]) -> Any:
    """Asked once a request: the theme asks every permission several times a page."""
    known = request.__dict__.setdefault("_desk_answers", {})
    if key not in known:
        known[key] = ask()
    return known[key]


def visible_rows(model: type[models.Model], user: Any) -> models.QuerySet[Any]:
    """The rows of a table that its queryset's `visible_to` allows; a table that can't say is for admins alone."""
    rows = model._default_manager.all()
    if user.is_superuser:
        return rows
    visible = getattr(rows, "visible_to", None)
    return rows.filter(pk__in=visible(user).values("pk")) if visible else rows.none()


def model_at(model: type[models.Model], path: str) -> Any:
    """The model at the end of a lookup such as `attendee__event`."""
    for part in [] if path == EVENT_ITSELF else path.split("__"):
        model = cast(Any, model._meta.get_field(part)).related_model
    return model


class Narrowed:
    """What a page and an inline have in common: which rows a person may see and choose, and what they may do with them.

    `event_path` leads from a row to its event (`pk` for the event itself); there `view_rights` and `change_rights` are asked, of which any
    one is enough. Tables that belong to no event say `may_open`, `may_see`, `may_add` and `may_change` themselves; what says nothing is
    the admins' alone.
    """

    model: type[models.Model]
    admin_site: AdminSite
    event_path: ClassVar[str] = ""
    view_rights: ClassVar[Rights] = ()
    change_rights: ClassVar[Rights] = ()
    addable: ClassVar[bool] = True
    changeable: ClassVar[bool] = True
    deletable: ClassVar[bool] = True

    # --- Rows ---
    def rows_for(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows this person may see."""
        rows = visible_rows(self.model, request.user)
        if self.event_path and self.view_rights and not cast(Any, request.user).is_superuser:
            rows = rows.filter(**{f"{self.event_path}__in": self.events_with(request, self.view_rights)})
        return rows

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        if cast(Any, request.user).is_superuser:
            return rows
        return rows.filter(pk__in=self.rows_for(request).order_by().values("pk"))

    def related_rows(self, request: HttpRequest, model: type[models.Model]) -> models.QuerySet[Any]:
        """The rows of another table that this person may choose from: as its own page narrows them."""
        page = self.admin_site._registry.get(model)
        return page.rows_for(request) if isinstance(page, Narrowed) else visible_rows(model, request.user)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        model = db_field.remote_field.model
        rows = self.related_rows(request, model)
        if self.change_rights and db_field.name == self.event_path:  # who only looks at an event adds nothing to it
            rows = rows.filter(pk__in=self.events_with(request, self.change_rights).values("pk"))
        page = self.admin_site._registry.get(model)
        ordering = page.get_ordering(request) if page else ()
        return rows.order_by(*ordering) if ordering else rows

    # --- Rights at events ---
    def event_model(self) -> Any:
        return model_at(self.model, self.event_path)

    def events_with(self, request: HttpRequest, rights: Rights) -> models.QuerySet[Any]:
        """Events where this person has one of these rights; without any named, those they help to run."""
        events = self.event_model()._default_manager.all()
        if not rights:
            return cast("models.QuerySet[Any]", events.run_by(request.user))
        return cast(
            "models.QuerySet[Any]",
            events.filter(Q(*(Q(pk__in=events.run_by(request.user, r).values("pk")) for r in rights), _connector=Q.OR)),
        )

    def event_of(self, row: Any) -> Any:
        """The key of a row's event."""
        if self.event_path == EVENT_ITSELF:
            return row.pk
        *before, last = self.event_path.split("__")
        for part in before:
            row = getattr(row, part)
        return getattr(row, f"{last}_id")

    def has_right(self, request: HttpRequest, rights: Rights, row: Any) -> bool:
        """Does this person have one of these rights at the row's event?"""
        if cast(Any, request.user).is_superuser:
            return True
        if not self.event_path or not rights or row is None:
            return False
        event = self.event_of(row)
        model = self.event_model()
        ask = lambda: self.events_with(request, rights).filter(pk=event).exists()  # noqa: E731 -- one line, read once
        return bool(event and remembered(request, (model, tuple(rights), event), ask))

    def has_right_somewhere(self, request: HttpRequest, rights: Rights) -> bool:
        if cast(Any, request.user).is_superuser:
            return True
        if not self.event_path:
            return False
        ask = lambda: self.events_with(request, rights).exists()  # noqa: E731
        return bool(remembered(request, (self.event_model(), tuple(rights)), ask))

    # --- What a person may do: tables say it in these; superusers aren't asked ---
    def may_open(self, request: HttpRequest) -> bool:
        return self.has_right_somewhere(request, self.view_rights)

    def may_see(self, request: HttpRequest, row: Any) -> bool:
        ask = lambda: self.rows_for(request).filter(pk=row.pk).exists()  # noqa: E731
        return bool(remembered(request, (type(self), row.pk), ask))

    def may_add(self, request: HttpRequest) -> bool:
        return bool(self.change_rights) and self.has_right_somewhere(request, self.change_rights)

    def may_change(self, request: HttpRequest, row: Any) -> bool:
        return self.has_right(request, self.change_rights, row)

    def may_change_some(self, request: HttpRequest) -> bool:
        return self.may_add(request)

    def may_delete(self, request: HttpRequest, row: Any) -> bool:
        return self.may_change(request, row)


class DeskAdmin(Narrowed, SimpleHistoryAdmin, ImportExportModelAdmin, ModelAdmin):
    """A table's pages at the desk. See `Narrowed` for what a subclass says."""

    warn_unsaved_form = True
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = True
    save_on_top = False
    show_full_result_count = False
    skip_admin_log = True  # its log names rows; our own log keeps numbers
    import_form_class = ImportForm
    export_form_class = SelectableFieldsExportForm
    formats = (CSV, XLSX, JSON)
    object_history_list_template = "admin/history_list.html"
    typed_filters: ClassVar[Sequence[str]] = ("event", "organiser")
    exportable: ClassVar[bool] = True
    importable: ClassVar[bool] = False
    import_key: ClassVar[str] = ""
    instead_of_deleting: ClassVar[Any] = ""  # what to do with a row that is in use
    not_in_files: ClassVar[tuple[str, ...]] = ()
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateTimeField: {"form_class": ZonedDateTimeField}}

    # --- Permissions, as Django asks for them ---
    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if cast(Any, request.user).is_superuser:
            return True
        if obj is None:
            return bool(remembered(request, (type(self), "open"), lambda: self.may_open(request)))
        row = self.row_of(request, obj)
        return row is not None and self.may_see(request, row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        if not self.addable or cast(Any, request.user).is_superuser:
            return self.addable
        return bool(remembered(request, (type(self), "add"), lambda: self.may_add(request)))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.changeable:
            return False
        if cast(Any, request.user).is_superuser:
            return True
        if obj is None:
            return self.changes_some(request)
        row = self.row_of(request, obj)
        return row is not None and self.may_see(request, row) and self.may_change(request, row)

    def changes_some(self, request: HttpRequest) -> bool:
        return bool(remembered(request, (type(self), "change"), lambda: self.may_change_some(request)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.deletable:
            return False
        if cast(Any, request.user).is_superuser:
            return True
        if obj is None:
            return self.changes_some(request)
        row = self.row_of(request, obj)
        return row is not None and self.may_see(request, row) and self.may_delete(request, row)

    def row_of(self, request: HttpRequest, given: Any) -> Any:
        """The row itself: the theme hands over its key as text."""
        if isinstance(given, models.Model):
            return given
        return remembered(request, (type(self), "row", str(given)), lambda: super(DeskAdmin, self).get_object(request, unquote(str(given))))

    # --- A stranger's row does not exist ---
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise Http404
        try:
            return super().changelist_view(request, extra_context)
        except TooOften:
            raise
        except DomainError as refusal:
            self.message_user(request, str(refusal.message), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    # --- One page, one act ---
    def one_act(self, request: HttpRequest, object_id: str | None) -> AbstractContextManager[Any]:
        """Stands around a whole POST: form and inlines are one act. A versioned table answers with `one_version`."""
        return nullcontext()

    def zone_of(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        """By whose clocks times are typed and shown on this page: those of the row's event."""
        if self.event_path and self.event_path != EVENT_ITSELF:
            event_id = (
                self.event_of(self.row_of(request, object_id))
                if object_id and self.row_of(request, object_id)
                else request.POST.get(self.event_path)
            )
            event = self.events_with(request, ()).filter(pk=event_id).first() if str(event_id or "").isdigit() else None
            if event is not None:
                return cast(tzinfo, event.zone)
        return timezone.get_current_timezone()

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with timezone.override(self.zone_of(request, object_id)):
            response = self.saved_or_refused(request, object_id, form_url, extra_context)
            return response.render() if isinstance(response, TemplateResponse) else response  # while the zone still holds

    def saved_or_refused(self, request: HttpRequest, *args: Any) -> HttpResponse:
        """The form, saved in one act; what a service refuses is shown above it with everything typed still there."""
        view = super().changeform_view
        if request.method != "POST":
            return view(request, *args)
        try:
            with transaction.atomic(), self.one_act(request, args[0]):
                return view(request, *args)
        except TooOften:
            raise
        except DomainError as refusal:
            request._desk_refusal = refusal  # type: ignore[attr-defined]
        except IntegrityError:  # somebody was faster, or the form couldn't see the other row
            request._desk_refusal = DomainError("conflict", _("Another row stands in the way of this one. Please look again."))  # type: ignore[attr-defined]
        return view(request, *args)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "_desk_refusal", None)
        return refused_form(form, refusal) if refusal else form

    # --- Deleting ---
    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, {"advice": self.instead_of_deleting, **(extra_context or {})})
        except DomainError as refusal:
            self.message_user(request, str(refusal.message), messages.ERROR)
            return HttpResponseRedirect(self.url_of("change", unquote(object_id)))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one row.

        Raises:
            DomainError: `in_use` when somebody else's facts hang on it.
        """
        try:
            with transaction.atomic():
                obj.delete()
        except (ProtectedError, RestrictedError) as error:
            raise DomainError("in_use", _("%(name)s is still in use and can't be deleted.") % {"name": capfirst(str(obj))}) from error

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """What would go, in numbers: Django's page lists every row that hangs on these, also other people's."""
        rows = list(objs)
        collector = NestedObjects(using=router.db_for_write(self.model), origin=rows)
        collector.collect(rows)
        lacking = {str(self.opts.verbose_name)} if any(not self.has_delete_permission(request, row) for row in rows) else set()
        counts = {str(model._meta.verbose_name_plural): len(instances) for model, instances in cast(Any, collector.model_objs).items()}
        return [str(row) for row in rows], counts, lacking, counted(collector.protected)

    # --- History, also of what was deleted ---
    def has_history(self) -> bool:
        return hasattr(self.model._meta, "simple_history_manager_attribute")

    def past(self) -> Any:
        return getattr(self.model, cast(Any, self.model._meta).simple_history_manager_attribute)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.may_see_past(request, unquote(object_id)):
            raise Http404
        if not self.has_history():
            return super(SimpleHistoryAdmin, self).history_view(request, object_id, extra_context)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None) -> HttpResponse:
        """A past state is read in the list of changes; nothing is put back from here."""
        raise Http404

    def may_see_past(self, request: HttpRequest, object_id: str) -> bool:
        try:
            if self.get_queryset(request).filter(pk=object_id).exists():
                return True
            if not self.has_history() or self.model._base_manager.filter(pk=object_id).exists():
                return False
            last = self.past().filter(**{cast(Any, self.model._meta.pk).attname: object_id}).first()
        except (ValueError, ValidationError):
            return False
        return last is not None and (cast(Any, request.user).is_superuser or self.may_see_deleted(request, last))

    def may_see_deleted(self, request: HttpRequest, record: Any) -> bool:
        """By the event that the deleted row belonged to."""
        return "__" not in self.event_path and self.has_right(request, self.view_rights or self.change_rights, record)

    def has_view_history_or_change_history_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # `may_see_past` has asked, for rows that are gone too

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return _("Changes of %(name)s") % {"name": obj}

    def set_history_delta_changes(self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True) -> None:
        """Each record with its moment and the fields that changed, in words."""
        records = list(historical_records)
        for record, before in zip(records, [*records[1:], None], strict=True):
            record.desk_when = show_datetime(record.history_date)
            record.desk_changes = list(self.changes_of(request, record, before))

    def changes_of(self, request: HttpRequest, record: Any, before: Any) -> Iterator[dict[str, str]]:
        """What a record changed: a version says it itself, other records are compared with the one before."""
        if hasattr(record, "version_number"):
            pairs = {name: (old, new) for name, (old, new) in record.changes.items()}
        else:
            names = (
                [field.attname for field in record.tracked_fields if field.name not in HIDDEN_CHANGES | bare_columns(self.model)]
                if before
                else []
            )
            pairs = {name: (getattr(before, name), getattr(record, name)) for name in names}
        for name, (old, new) in pairs.items():
            if old != new:
                yield {"label": self.label_of(name), "old": self.in_words(request, name, old), "new": self.in_words(request, name, new)}

    def column(self, name: str) -> Any:
        return next((field for field in self.model._meta.concrete_fields if name in (field.name, field.attname)), None)

    def label_of(self, name: str) -> str:
        field = self.column(name)
        return capfirst(str(field.verbose_name if field else name.replace("_", " ")))

    def in_words(self, request: HttpRequest, name: str, value: Any) -> str:
        """A value as a person reads it; a related row that this person may not see stays a number."""
        field = self.column(name)
        if value in (None, "", []):
            return ""
        if field is not None and field.is_relation:
            row = remembered(
                request, (field.related_model, value), lambda: self.related_rows(request, field.related_model).filter(pk=value).first()
            )
            return str(row or f"#{value}")
        if field is not None and field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, models.DateTimeField):
            moment = parse_datetime(value) if isinstance(value, str) else value
            return show_datetime(moment) if moment else str(value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return ", ".join(word_of(entry) for entry in value) if isinstance(value, list) else word_of(value)

    # --- Files in and out ---
    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.exportable and self.has_view_permission(request)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.importable and self.has_add_permission(request)

    def may_import_row(self, request: HttpRequest, row: Any) -> bool:
        return bool(cast(Any, request.user).is_superuser) or self.may_change(request, row)

    def get_resource_classes(self, request: HttpRequest) -> list[Any]:
        return [resource_of(self.model, key=self.import_key, leave_out=self.not_in_files)]

    def get_resource_kwargs(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"request": request, "desk": self}

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[Any]:
        return list(self.get_queryset(request).values_list("pk", flat=True))

    def export_action(self, request: HttpRequest) -> HttpResponse:
        if not self.has_export_permission(request):
            raise Http404
        if request.method == "POST":
            limits.hit("export.user", request.user.pk)
        try:
            return cast(HttpResponse, super().export_action(request))
        except IncorrectLookupParameters:  # a filter of some other list
            return HttpResponseRedirect(request.path)

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not self.has_import_permission(request):
            raise Http404
        upload = request.FILES.get("import_file")
        if upload is not None:
            try:
                refuse_heavy(upload)
            except DomainError as refusal:
                self.message_user(request, str(refusal.message), messages.ERROR)
                return HttpResponseRedirect(request.path)
        return cast(HttpResponse, super().import_action(request, **kwargs))

    # --- Lists ---
    def get_list_filter(self, request: HttpRequest) -> list[Filter]:
        return [narrowed_filter(self.model, spec, self.typed_filters) for spec in super().get_list_filter(request)]

    # --- The log keeps numbers, no names: what a person is called is forgotten in one place ---
    def note(self, request: HttpRequest, row: Any, act: int, message: Any = "") -> LogEntry:
        return LogEntry.objects.create(
            user_id=cast(int, request.user.pk),
            content_type=ContentType.objects.get_for_model(row, for_concrete_model=False),
            object_id=str(row.pk),
            object_repr=f"{self.opts.verbose_name} {row.pk}"[:200],
            action_flag=act,
            change_message=json.dumps(message) if isinstance(message, list) else message,
        )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self.note(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self.note(request, obj, CHANGE, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> list[LogEntry]:
        return [self.note(request, row, DELETION) for row in queryset]

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> list[dict[str, Any]]:
        message = super().construct_change_message(request, form, formsets, add)
        for change in message:
            for details in change.values():
                details.pop("object", None)
        return message

    # --- Acts ---
    def found(self, request: HttpRequest, object_id: Any) -> Any:
        """The row of a button's address; a stranger's is 404."""
        return self.get_object(request, unquote(str(object_id)))

    def need(self, request: HttpRequest, rights: Rights, row: Any) -> None:
        """404 for whoever lacks these rights at the row's event."""
        if not self.has_right(request, rights, row):
            raise Http404

    def url_of(self, page: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def act_on(
        self, request: HttpRequest, rows: Iterable[Row], rights: Rights, act: Callable[[Row], Any], *, done: Callable[[int], str]
    ) -> int:
        """Do one thing to each chosen row, where the person has the right for it; say how many, and what was refused why.

        `act` answers False when there was nothing to do. `done` makes the sentence for a number of rows.
        """
        count, refusals = 0, dict[str, int]()
        for row in rows:
            try:
                if not self.has_right(request, rights, row):
                    raise DomainError("forbidden", _("You may not do this at that event."))
                count += act(row) is not False
            except TooOften:
                raise
            except DomainError as refusal:
                refusals[str(refusal.message)] = refusals.get(str(refusal.message), 0) + 1
        self.tell(request, count, refusals, done)
        return count

    def tell(self, request: HttpRequest, count: int, refusals: dict[str, int], done: Callable[[int], str]) -> None:
        if count or not refusals:
            self.message_user(request, done(count), messages.SUCCESS if count else messages.INFO)
        for reason, number in refusals.items():
            text = ngettext("%(number)d row was left as it is: %(reason)s", "%(number)d rows were left as they are: %(reason)s", number)
            self.message_user(request, text % {"number": number, "reason": reason}, messages.WARNING)

    def act_once(self, request: HttpRequest, row: Any, act: Callable[[], Any], *, done: str) -> HttpResponse:
        """A button's act on one row, then its page again with the answer."""
        try:
            act()
        except TooOften:
            raise
        except DomainError as refusal:
            reasons = [str(refusal.message), *(str(text) for text in refusal.fields.values())]
            self.message_user(request, " ".join(reasons), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(self.url_of("change", row.pk))

    def ask(
        self, request: HttpRequest, *, title: str, text: str, button: str, back: str, form: forms.Form | None = None, **more: Any
    ) -> HttpResponse:
        """A page that asks before something is done: a GET changes nothing. Its form posts to the same address.

        `more` may hold `rows` (keys of an action's rows), `action` (its name), `danger` and `notes` (lines to show).
        """
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "text": text,
            "button": button,
            "back": back,
            "form": form,
            "media": self.media,
            **more,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/ask.html", context, status=422 if form is not None and form.is_bound else 200)


class NoLanguageCompulsory:
    """One language is enough, whichever: a form asks for at least one."""

    def patch_translation_field(self, db_field: Any, field: forms.Field, request: HttpRequest, **kwargs: Any) -> None:
        super().patch_translation_field(db_field, field, request, **kwargs)  # type: ignore[misc]
        if hasattr(db_field, "translated_field"):
            field.required = False


class TranslatedDeskAdmin(NoLanguageCompulsory, DeskAdmin, TranslationAdmin):  # type: ignore[misc]  # two libraries, one page
    """The same for a table with translated columns: a field a language, in fieldsets that name them."""


class ReadOnlyDesk(DeskAdmin):
    """Rows that are facts: read, filtered and exported, never typed."""

    addable = changeable = deletable = False


class DeskInline(Narrowed):
    """Rows shown inside their parent's page. The rights are asked at the parent's event (`event_path` from the parent)."""

    parent_model: type[models.Model]
    extra = 0
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateTimeField: {"form_class": ZonedDateTimeField}}

    def event_model(self) -> Any:
        return model_at(self.parent_model, self.event_path)

    def rows_for(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Whoever may see the parent sees what stands in it, unless the inline asks for `view_rights`."""
        return self.model._default_manager.all()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super(Narrowed, self).get_queryset(request)  # type: ignore[misc]

    def may_look(self, request: HttpRequest, parent: Any) -> bool:
        return not self.view_rights or parent is None or self.has_right(request, self.view_rights, parent)

    def may_write(self, request: HttpRequest, parent: Any) -> bool:
        if cast(Any, request.user).is_superuser:
            return True
        return self.may_add(request) if parent is None else self.may_change(request, parent)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(cast(Any, request.user).is_superuser) or self.may_look(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.addable and self.may_write(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.changeable and self.may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.deletable and self.may_write(request, obj)


class NamedColumns:
    """The heading of a column names its fields for the eye; this names them for whoever listens."""

    def formfield_for_dbfield(self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and field.label:
            field.widget.attrs.setdefault("aria-label", str(field.label))
        return field


class DeskTabularInline(NamedColumns, DeskInline, TabularInline):
    pass


class DeskStackedInline(DeskInline, StackedInline):
    pass


class TranslatedTabularInline(NamedColumns, NoLanguageCompulsory, DeskInline, TabularInline, TranslationTabularInline):  # type: ignore[misc]
    pass


class TranslatedStackedInline(NoLanguageCompulsory, DeskInline, StackedInline, TranslationStackedInline):  # type: ignore[misc]
    pass


def refuse_heavy(upload: Any) -> None:
    """A file that is large, or would be once it is unpacked, is refused before anything of it is read.

    Raises:
        DomainError: `file_too_large`, or as `refuse_bombs`.
    """
    if upload.size > settings.MAX_IMPORT_MB * 1024 * 1024:
        raise DomainError("file_too_large", _("The file is larger than %(limit)s MB.") % {"limit": settings.MAX_IMPORT_MB}, status=422)
    content = upload.read()
    upload.seek(0)
    if content.startswith(b"PK"):
        refuse_bombs(content)


def word_of(value: Any) -> str:
    """One entry of a list in a version: a type stands there with its names, price and capacity."""
    if not isinstance(value, dict):
        return str(value)
    return " ".join(
        word_of(next(iter(part.values()), "") if isinstance(part, dict) else part) for part in value.values() if part not in (None, "")
    )


def refused_form(form: type[forms.ModelForm], refusal: DomainError) -> type[forms.ModelForm]:
    """The same form with a service's refusal among its errors."""

    def clean(self: Any) -> Any:
        cleaned = super(shown, self).clean()
        for name, text in refusal.fields.items():
            if name in self.fields:
                self.add_error(name, str(text))
        self.add_error(None, str(refusal.message))
        return cleaned

    shown: Any = type(form.__name__, (form,), {"clean": clean})
    return cast("type[forms.ModelForm]", shown)


def counted(rows: Iterable[models.Model]) -> list[str]:
    """`3 events`: how many rows of which kind."""
    numbers: dict[Any, int] = {}
    for row in rows:
        numbers[row._meta] = numbers.get(row._meta, 0) + 1
    return [f"{number} × {meta.verbose_name if number == 1 else meta.verbose_name_plural}" for meta, number in numbers.items()]


def own_models() -> list[type[models.Model]]:
    """The tables of our own apps, without histories and link tables."""
    ours = [
        config
        for config in apps.get_app_configs()
        if config.name.partition(".")[0] in {"netevent", "events", "attendees"} or config.name in OUR_LATER_APPS
    ]
    return [model for config in ours for model in config.get_models() if not hasattr(model, "history_type")]


OUR_LATER_APPS = ("sessions_app", "networking", "analytics")


# --- The floor's own tables ------------------------------------------------------------------------------------------------
@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyDesk):
    list_display = ("key", "actor", "status", "created_at")
    fields = ("actor", "key", "status", "lease_until", "created_at")
    search_fields = ("key", "actor")
    exportable = False


@admin.register(RateCount)
class RateCountAdmin(ReadOnlyDesk):
    list_display = ("key", "window_start", "count")
    search_fields = ("key",)
    exportable = False
