"""gunicorn's settings: sync workers, two for each core, which share what was loaded before they were forked."""

from __future__ import annotations

import gc
import os
from typing import Any

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"  # inside a container
workers = int(os.environ.get("WEB_CONCURRENCY") or 2 * (os.cpu_count() or 1))
worker_class = "sync"
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- a heartbeat file that must never wait for a disk
preload_app = True
timeout = 60
max_requests = 20_000
max_requests_jitter = 2_000
forwarded_allow_ips = "*"  # the application itself counts the proxies it trusts: TRUSTED_PROXY_COUNT


def when_ready(_server: Any) -> None:
    """The last moment before the workers are forked.

    They get no connection and no pool, whose threads would stay behind. What is loaded is left out of garbage collection: full collections
    showed as slow requests, and copied pages between workers.
    """
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]
    gc.collect()
    gc.freeze()
