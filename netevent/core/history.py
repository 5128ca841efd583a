"""Row history: who changed which field, kept by simple-history, without rows for saves that changed nothing."""

from __future__ import annotations

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords


class RowHistory(HistoricalRecords):
    """`HistoricalRecords` with 64-bit keys and no index on copied columns (each would cost a write and answer no question).

    Register it for a translated model in `translation.py`, after the translations.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("history_id_field", models.BigAutoField())
        super().__init__(**options)

    def copy_fields(self, model: type[models.Model]) -> dict[str, models.Field]:
        fields = super().copy_fields(model)
        for field in fields.values():
            field.db_index = False
            field._unique = False
        return fields
