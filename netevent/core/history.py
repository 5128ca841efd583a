"""Row history: who changed which field, kept by simple-history, without rows for saves that changed nothing."""

from __future__ import annotations

from typing import Any

from django.db import models
from simple_history.manager import HistoryDescriptor
from simple_history.models import HistoricalRecords

from netevent.core.inserts import PreparedInsert


class OneManagerClass:
    """`row.history`: simple-history makes a new manager class at each look, and each new history row is such a look."""

    def __init__(self, descriptor: HistoryDescriptor) -> None:
        self.model = descriptor.model
        self.manager = descriptor.manager_class.from_queryset(descriptor.queryset_class)

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        return self.manager(self.model, instance)


class RowHistory(HistoricalRecords):
    """`HistoricalRecords` with 64-bit keys and no index on copied columns (each would cost a write and answer no question).

    Register it for a translated model in `translation.py`, after the translations.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("history_id_field", models.BigAutoField())
        options.setdefault("bases", [PreparedInsert])
        super().__init__(**options)

    def finalize(self, sender: type[models.Model], **kwargs: Any) -> None:
        super().finalize(sender, **kwargs)
        if isinstance(found := sender.__dict__.get(self.manager_name), HistoryDescriptor):
            setattr(sender, self.manager_name, OneManagerClass(found))

    def copy_fields(self, model: type[models.Model]) -> dict[str, models.Field]:
        fields = super().copy_fields(model)
        for field in fields.values():
            field.db_index = False
            field._unique = False
        return fields
