"""One row lock, taken late and in one order: event, resource, session, agendas by id, attendees by id, counter row."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


def locked(row: Row) -> Row:
    """The same row, read afresh, which nobody else can change until this transaction ends.

    `no_key` lets rows that merely point at it be written meanwhile (a plain lock on an event would hold up every scan of it).
    SQLite ignores the clause: there BEGIN IMMEDIATE is the lock.
    """
    manager: models.Manager[Row] = type(row)._base_manager
    return manager.select_for_update(no_key=True).get(pk=row.pk)
