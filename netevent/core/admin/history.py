"""History, also of what was deleted, in words and only for whoever may see the row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin

from netevent.core.admin.narrowed import remembered
from netevent.core.admin.page import DeskPage
from netevent.core.admin_resources import bare_columns
from netevent.core.dates import show_datetime

HIDDEN_CHANGES = frozenset({"created_at", "updated_at", "search_key"})


class DeskHistory(DeskPage):
    """The list of a row's changes. Nothing is put back from here."""

    object_history_list_template = "admin/history_list.html"

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


def word_of(value: Any) -> str:
    """One entry of a list in a version: a type stands there with its names, price and capacity."""
    if not isinstance(value, dict):
        return str(value)
    return " ".join(
        word_of(next(iter(part.values()), "") if isinstance(part, dict) else part) for part in value.values() if part not in (None, "")
    )
