"""One row lock, taken late and in one order: names, event, resource, session, agendas by id, attendees by id, counter row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

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


def hold_names(names: Iterable[str]) -> None:
    """Whoever else holds one of these names waits until this transaction ends: for rows that are not there yet, and so can't be locked.

    An advisory lock on PostgreSQL, by 64 bits of the name: two that share them merely wait for each other. On SQLite BEGIN IMMEDIATE is the lock.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted({int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True) for name in names})
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
