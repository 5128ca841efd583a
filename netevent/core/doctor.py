"""What is configured, reachable and pending, in plain words, with a fix for each thing that is not as it should be."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from netevent.core import database_objects, health
from netevent.core.cache import RedisAway, ask
from netevent.core.checks import demo_accounts
from netevent.core.policies import routes
from netevent.core.rates import rates
from netevent.core.signals import Finding, collect, doctor_checks

LEVELS = ("ok", "hint", "warning", "problem")


def findings() -> list[Finding]:
    """The floor's own, then what the apps add. A part that fails is itself a finding."""
    own = [
        finding
        for part in (environment, database, migrations, database_objects.findings, redis, broker, worker, disk, mail, limits, guards)
        for finding in tried(part)
    ]
    if any(finding.name == "database" and finding.level == "problem" for finding in own):
        return own
    return own + collect(doctor_checks)


def tried(part: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(part())
    except Exception as error:  # the doctor never falls ill himself
        return [Finding(part.__name__, "problem", f"could not be examined: {type(error).__name__}: {error}", "Look at the log.")]


def environment() -> Iterator[Finding]:
    kind = settings.NETEVENT_ENV
    yield Finding(
        "environment",
        "ok",
        f"{kind}, Python {sys.version.split()[0]}, data in {settings.DATA_DIR}, links begin with {settings.BASE_URL}",
    )
    count = demo_accounts()
    if count and settings.IS_PRODUCTION:
        yield Finding(
            "demo accounts",
            "problem",
            f"{count} accounts with a published password may sign in",
            "Deactivate or delete them on the desk.",
        )


def database() -> Iterator[Finding]:
    try:
        part = health.database()
    except DatabaseError as error:
        reason = str(error).partition("\n")[0]
        yield Finding("database", "problem", f"does not answer: {reason}", "Start the server, or correct DATABASE_URL.")
        return
    version = sqlite3.sqlite_version if connection.vendor == "sqlite" else ".".join(map(str, connection.get_database_version()))
    yield Finding("database", "ok", f"{connection.display_name} {version}, answers in {part.detail['ms']} ms")
    if connection.vendor == "sqlite" and settings.IS_PRODUCTION:
        yield Finding(
            "database",
            "hint",
            "SQLite serves one machine and one writer at a time",
            "Use PostgreSQL for more than one small event.",
        )


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _backwards in pending[:3])
        yield Finding("migrations", "problem", f"{len(pending)} are not applied: {names}", "Run `manage.py migrate`.")
    else:
        yield Finding("migrations", "ok", "all applied")


def redis() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        level = "hint" if settings.IS_PRODUCTION else "ok"
        yield Finding(
            "redis",
            level,
            "none: cache and limits in the database, broker in files",
            "Set REDIS_URL when there are several machines." if level == "hint" else "",
        )
        return
    try:
        ask(lambda client: client.ping())
    except RedisAway as error:
        yield Finding(
            "redis",
            "problem",
            f"does not answer ({error}); NetEvent goes on without it, slower",
            "Start it, or correct REDIS_URL.",
        )
    else:
        yield Finding("redis", "ok", "answers")


def broker() -> Iterator[Finding]:
    part = health.tried("broker", health.broker)
    if part.ok:
        yield Finding("broker", "ok", f"{part.detail['kind']}: messages can be left for the worker")
    else:
        yield Finding(
            "broker",
            "problem",
            "nothing can be left for the worker",
            "Start Redis, or make the data directory writable.",
        )


def worker() -> Iterator[Finding]:
    seconds = health.worker_silence()
    if seconds is None or seconds > health.SILENT_AFTER:
        heard = "was not heard of within the hour" if seconds is None else f"was last heard of {seconds} s ago"
        yield Finding(
            "worker",
            "problem",
            f"{heard}: no mail is sent, no job runs",
            "Run `manage.py background` (or `manage.py start`).",
        )
    else:
        yield Finding("worker", "ok", f"heard of {seconds} s ago")


def disk() -> Iterator[Finding]:
    part = health.disk()
    free = part.detail["free_mb"]
    yield Finding(
        "disk",
        "ok" if part.ok else "problem",
        f"{free} MB free",
        "" if part.ok else f"Make room in {settings.DATA_DIR}.",
    )


def mail() -> Iterator[Finding]:
    if settings.BREVO_API_KEY:
        yield Finding("mail", "ok", "through Brevo")
    elif settings.EMAIL_FILE_PATH:
        level, fix = ("problem", "Set EMAIL_URL or BREVO_API_KEY.") if settings.IS_PRODUCTION else ("ok", "")
        yield Finding("mail", level, f"to files in {settings.EMAIL_FILE_PATH}: nobody receives it", fix)
    else:
        yield Finding("mail", "ok", f"through {settings.EMAIL_HOST}:{settings.EMAIL_PORT}")
    if settings.IS_PRODUCTION and settings.DEFAULT_FROM_EMAIL.endswith("@localhost>"):
        yield Finding(
            "mail",
            "warning",
            "is sent from netevent@localhost, which receivers refuse",
            "Set DEFAULT_FROM_EMAIL to an address of your domain.",
        )


def limits() -> Iterator[Finding]:
    off = [name for name, rate in rates(settings.RATE_LIMITS).items() if rate is None]
    if off:
        level = "warning" if settings.IS_PRODUCTION else "hint"
        yield Finding("limits", level, f"switched off: {', '.join(off)}", "Take them out of RATE_LIMITS.")
    else:
        yield Finding(
            "limits",
            "ok",
            f"{len(settings.RATE_LIMITS)} of {len(rates({}))} are set otherwise" if settings.RATE_LIMITS else "as published",
        )


def guards() -> Iterator[Finding]:
    bare = [route["route"] for route in routes() if not route["policy"]]
    if bare:
        yield Finding("routes", "warning", f"nobody has said who may open {', '.join(bare[:5])}", "Name a policy beside the view.")
