"""One row lock, taken late and in one order: event, resource, session, agendas by id, attendees by id, counter row."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from django.db import models

from netevent.core.prepared import Prepared, prepared

Row = TypeVar("Row", bound=models.Model)


def locked(row: Row) -> Row:
    """The same row, read afresh, which nobody else can change until this transaction ends.

    `no_key` lets rows that merely point at it be written meanwhile (a plain lock on an event would hold up every scan of it).
    SQLite ignores the clause: there BEGIN IMMEDIATE is the lock.
    """
    fresh: Row | None = lock_of(type(row)).first(pk=row.pk)
    if fresh is None:
        raise type(row).DoesNotExist(f"{row._meta.label} {row.pk} is gone.")  # type: ignore[attr-defined]
    return fresh


@cache
def lock_of(model: type[models.Model]) -> Prepared[Any]:
    @prepared
    def lock(pk: Any) -> models.QuerySet[Any]:
        return model._base_manager.select_for_update(no_key=True).filter(pk=pk)

    return lock
