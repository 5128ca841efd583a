"""Alive and ready, for whoever looks after the machines."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection

from netevent.core.policies import policy
from netevent.core.signals import Part, collect, readiness

log = logging.getLogger("netevent.health")

HEARTBEAT = "core.heartbeat"
SILENT_AFTER = 60
LEAST_FREE_MB = 100


@policy("public", methods=("GET",))
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing, so that a slow database doesn't get the web server killed."""
    return HttpResponse("ok\n", content_type="text/plain")


@policy("public", methods=("GET",))
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when all parts do their work, else 503; which one doesn't is in the body."""
    parts = all_parts()
    ready = all(part.ok for part in parts)
    body = {"ready": ready, "parts": {part.name: {"ok": part.ok, **part.detail} for part in parts}}
    response = JsonResponse(body, status=200 if ready else 503)
    response.headers["Cache-Control"] = "no-store"
    if not ready:
        response.headers["Retry-After"] = "5"
    return response


def all_parts() -> list[Part]:
    """The floor's own parts, then what the apps add. Without a database theirs are not asked."""
    own = [
        tried("database", database),
        tried("cache", shared_cache),
        tried("broker", broker),
        tried("worker", worker),
        tried("disk", disk),
    ]
    return own + (collect(readiness) if own[0].ok else [])


def tried(name: str, ask: Callable[[], Part]) -> Part:
    try:
        return ask()
    except Exception as error:  # whatever it is, the part does not work, and why is for the log
        log.warning("%s is not ready: %s", name, error)
        return Part(name, False, {"error": type(error).__name__})


def database() -> Part:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return Part("database", True, {"kind": connection.vendor, "ms": round((time.perf_counter() - started) * 1000, 1)})


def shared_cache() -> Part:
    """Written and read back under a name of this process."""
    name, value = f"core.ready.{os.getpid()}", time.time_ns()
    caches["default"].set(name, value, 60)
    return Part("cache", caches["default"].get(name) == value)


def broker() -> Part:
    if not settings.REDIS_URL:
        folder = Path(settings.BROKER_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        return Part("broker", os.access(folder, os.W_OK), {"kind": "files"})
    with Connection(settings.REDIS_URL, connect_timeout=1, transport_options={"socket_connect_timeout": 1, "socket_timeout": 1}) as link:
        link.ensure_connection(max_retries=1, timeout=1)
    return Part("broker", True, {"kind": "redis"})


def worker() -> Part:
    seconds = worker_silence()
    return Part("worker", seconds is not None and seconds <= SILENT_AFTER, {"seconds_ago": seconds})


def disk() -> Part:
    free = shutil.disk_usage(settings.DATA_DIR).free // 2**20
    return Part("disk", free >= LEAST_FREE_MB, {"free_mb": free})


def beat() -> None:
    """A worker is alive: called by the worker itself, as a task that a scheduler sends."""
    caches["default"].set(HEARTBEAT, time.time(), 3600)


def worker_silence() -> int | None:
    """Seconds since a worker was heard of; None when none was, within the hour."""
    heard = caches["default"].get(HEARTBEAT)
    return None if heard is None else max(0, round(time.time() - heard))
