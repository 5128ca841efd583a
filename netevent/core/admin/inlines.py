"""Rows inside their parent's page."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db import models
from django.http import HttpRequest
from modeltranslation.admin import TranslationStackedInline, TranslationTabularInline
from unfold.admin import StackedInline, TabularInline

from netevent.core.admin.base import NoLanguageCompulsory
from netevent.core.admin.narrowed import Narrowed, model_at
from netevent.core.admin_fields import ZonedDateTimeField


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
