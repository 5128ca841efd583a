"""New rows of the tables that every registration and every scan writes: their INSERT is put together once.

Django writes an INSERT's words afresh for each row, which costs more than the database needs to carry it out. Everything else of `save` stays
Django's: signals, defaults, `pre_save` of each field, returned keys.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connections, models

Columns = tuple[Any, ...]


class PreparedInsert(models.Model):
    """Base of such a table's model. Values that are expressions, and fields that write their own placeholder, go Django's way."""

    class Meta:
        abstract = True

    def _do_insert(self, manager: Any, using: str, fields: list[Any], returning_fields: list[Any], raw: bool) -> list[Any]:
        connection: Any = connections[using]
        statement = insert_into(manager.model, connection.vendor, tuple(fields), tuple(returning_fields))
        values = [getattr(self, field.attname) if raw else field.pre_save(self, add=True) for field in fields]
        if not statement or any(hasattr(value, "resolve_expression") for value in values):
            return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]  # not in the stubs
        ready = [field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(statement, ready)
            return [connection.ops.fetch_returned_insert_columns(cursor, ())]


@cache
def insert_into(model: type[models.Model], vendor: str, fields: Columns, returning: Columns) -> str:
    """The statement with a place for each value; empty where only Django can write it."""
    connection: Any = next(known for known in connections.all() if known.vendor == vendor)
    by_field = any(hasattr(field, "get_placeholder") for field in fields) or any(hasattr(field, "from_db_value") for field in returning)
    if by_field or not (fields and returning and connection.features.can_return_columns_from_insert):
        return ""
    quoted = connection.ops.quote_name
    columns, places = ", ".join(quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    returned, _parameters = connection.ops.return_insert_columns(returning)
    return f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ({places}) {returned}"  # noqa: S608 -- names of the model alone
