"""Import and export of a table at the desk: a person reads and writes only their own rows, whatever the file says."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from import_export.resources import ModelResource, modelresource_factory
from import_export.widgets import ForeignKeyWidget
from modeltranslation.translator import NotRegistered, translator

# What opens doors, or only serves the machine.
NEVER = frozenset(
    {"nonce", "digest", "password", "search_key", "claim", "lease_until", "once_key", "data_hash", "seen_version", "import_key"}
)


class DeskResource(ModelResource):
    """Rows through the desk's narrowing, of the page that it belongs to.

    Rows in a file are told by a natural key (a code, a name) or are new: a primary key in the file means nothing, since it would let
    one organiser write over another's row.
    """

    def __init__(self, *, request: Any = None, desk: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.request, self.desk = request, desk
        for field in self.fields.values():
            if isinstance(field.widget, ForeignKeyWidget):
                field.widget = NarrowedKey(desk, request, field.widget.model)

    def get_queryset(self) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = self.desk.rows_for(self.request)
        return rows

    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        return super().get_instance(instance_loader, row) if self.get_import_id_fields() else None

    def validate_instance(self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True) -> None:
        super().validate_instance(instance, import_validation_errors, validate_unique)
        if not self.desk.may_import_row(self.request, instance):
            raise ValidationError(_("You can't add or change this row."))


class NarrowedKey(ForeignKeyWidget):
    """A key to a row that this person may see; any other is unknown."""

    def __init__(self, desk: Any, request: Any, model: type[models.Model]) -> None:
        super().__init__(model)
        self.desk, self.request = desk, request

    def get_queryset(self, value: Any, row: Any, *args: Any, **kwargs: Any) -> Any:
        return self.desk.related_rows(self.request, self.model)


def resource_of(model: type[models.Model], *, key: str = "", leave_out: tuple[str, ...] = ()) -> type[ModelResource]:
    """The resource of a table: its columns in their order, translated ones once a language, without secrets.

    Args:
        key: the column that tells a row apart in a file; without one every imported row is new.
    """
    hidden = NEVER | bare_columns(model) | set(leave_out)
    fields = [field.name for field in model._meta.concrete_fields if field.name not in hidden and not field.primary_key]
    return modelresource_factory(
        model,
        resource_class=DeskResource,
        meta_options={
            "fields": fields,
            "export_order": fields,
            "import_id_fields": [key] if key else [],
            "clean_model_instances": True,
            "skip_unchanged": True,
            "report_skipped": True,
            "use_transactions": True,
            "store_instance": False,
        },
    )


def bare_columns(model: type[models.Model]) -> frozenset[str]:
    """A translated field's bare column holds whatever language was written last: it is no part of a file."""
    try:
        return frozenset(translator.get_options_for_model(model).all_fields)
    except NotRegistered:
        return frozenset()
