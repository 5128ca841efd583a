"""Indexes, triggers and tables that Django's models can't say: named SQL for one database, kept outside numbered migrations.

On SQLite a later `AlterField` rebuilds its table and drops the table's triggers without a word, so these are made after every `migrate`
that had something to do, and whenever one is missing or its SQL has changed. A role without the right to make them is left alone otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from netevent.core.signals import Finding


@dataclass(frozen=True)
class DatabaseObject:
    """One of them.

    Args:
        kind: index, table or trigger.
        vendor: postgresql or sqlite.
        table: it is made where this table is, and nowhere else.
        sql: begins with CREATE and names it.
        after: what fills it once it is made.
    """

    name: str
    kind: str
    vendor: str
    table: str
    sql: str
    after: str = ""

    @property
    def fingerprint(self) -> str:
        return f"netevent {hashlib.sha256(self.sql.encode()).hexdigest()[:16]}"


known: dict[tuple[str, str], DatabaseObject] = {}


def register(*objects: DatabaseObject) -> None:
    """Called by an app's `ready`; the order of registration is the order of making."""
    known.update({(item.vendor, item.name): item for item in objects})


def expected(using: str = "default") -> list[DatabaseObject]:
    """Those of this database whose tables are there."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    return [item for item in known.values() if item.vendor == connection.vendor and item.table in tables]


def present(using: str = "default") -> dict[str, str]:
    """Name → what the database knows about it: its text on SQLite, the fingerprint in its comment on PostgreSQL."""
    sqlite = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    postgresql = (
        "SELECT c.relname, obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = ANY(current_schemas(false))"
    )
    with connections[using].cursor() as cursor:
        cursor.execute(sqlite if connections[using].vendor == "sqlite" else postgresql)
        return dict(cursor.fetchall())


def wrong(using: str = "default") -> list[DatabaseObject]:
    """What is missing, or was made from another text."""
    there = present(using)
    return [item for item in expected(using) if there.get(item.name) not in {item.sql, item.fingerprint}]


def make(objects: list[DatabaseObject], using: str = "default") -> None:
    with connections[using].cursor() as cursor:
        for item in objects:
            cursor.execute(f"DROP {item.kind.upper()} IF EXISTS {item.name}")
            cursor.execute(item.sql)
            if item.vendor == "postgresql":
                cursor.execute(f"COMMENT ON {item.kind.upper()} {item.name} IS '{item.fingerprint}'")
        for item in objects:
            if item.after:
                cursor.execute(item.after)


def clear_the_way(using: str, plan: Any = None, **signal: Any) -> None:
    """Triggers stand in the way of a table's rebuild; without them, what they kept in step is filled anew afterwards."""
    if not plan or connections[using].vendor != "sqlite":
        return
    with connections[using].cursor() as cursor:
        for item in known.values():
            if item.kind == "trigger" and item.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {item.name}")


def make_again(using: str, plan: Any = None, **signal: Any) -> None:
    """After `migrate`; a flush sends no plan, and touches none of them."""
    if plan is not None and (found := wrong(using)):
        make(found, using)


def connect(core: AppConfig) -> None:
    pre_migrate.connect(clear_the_way, sender=core, dispatch_uid="core.database_objects.before")
    post_migrate.connect(make_again, sender=core, dispatch_uid="core.database_objects.after")


def findings() -> Iterator[Finding]:
    """For `doctor`."""
    names = ", ".join(item.name for item in wrong())
    if names:
        yield Finding("database objects", "problem", f"missing or changed: {names}", "Run `manage.py migrate` as the database's owner.")
    else:
        yield Finding("database objects", "ok", f"all {len(expected())} as they should be")
