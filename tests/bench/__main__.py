"""`make bench`: every figure beside the limit it is held against, measured in the same run.

    python -m tests.bench [http] [badges] [lists] [discovery]     all of them without a word

Needs a PostgreSQL (TEST_DATABASE_URL, default postgres://postgres@127.0.0.1:5432/postgres: a database `ne_bench` is made there, and dropped at
the end) and uses the Redis on the standard port when there is one, under keys of its own.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

NAME = "ne_bench"
PARTS = ("http", "badges", "lists", "discovery")


def main() -> None:
    parts = sys.argv[1:] or list(PARTS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ne-bench-", ignore_cleanup_errors=True)))
        stack.callback(choose_environment(folder))
        say_where()
        for part in parts:
            if importlib.util.find_spec(f"tests.bench.bench_{part}") is not None:
                run(part, folder)


def choose_environment(folder: Path) -> object:
    """Production settings on a fresh database; answers what cleans up. Limits are raised: one machine plays a venue full of people."""
    server = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    address = urlsplit(server)._replace(path=f"/{NAME}").geturl()
    make_database(server)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="netevent.settings.production",
        NETEVENT_ENV="production",
        NETEVENT_NO_VENV="1",
        NETEVENT_DATA_DIR=str(folder),
        DATABASE_URL=address,
        REDIS_URL=redis_url(),
        REDIS_PREFIX=f"ne-bench-{os.getpid()}",
        BASE_URL="http://127.0.0.1:8000",
        SECRET_KEY="a key for the benchmark alone, long enough to be taken for one",
        RATE_LIMITS='{"*": "999999999/m"}',
        PAYMENT_TEST_PROVIDER="0",
        EMAIL_URL=f"file://{folder / 'mail'}",
        LOG_LEVEL="WARNING",
    )
    prepare()
    return lambda: clean_up(server)


def make_database(server: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")


def redis_url() -> str:
    import redis

    url = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/0"
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1) as server:
            server.ping()
    except redis.RedisError:
        return ""
    return url


def prepare() -> None:
    """What the `setup` service of compose.yaml does."""
    import django

    django.setup()
    from django.core.management import call_command

    for command in (("migrate",), ("build_assets",), ("collectstatic", "--noinput")):
        call_command(*command, verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123


def clean_up(server: str) -> None:
    import psycopg
    import redis
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL) as keys:
            for key in keys.scan_iter(match=f"{settings.REDIS_PREFIX}:*", count=1000):
                keys.delete(key)


def say_where() -> None:
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    print(
        f"Python {platform.python_version()}, PostgreSQL {version}, {'with' if settings.REDIS_URL else 'no'} Redis, {os.cpu_count()} cores"
    )
    print(
        "Medians of five runs that took turns. Over HTTP: 8 clients, gunicorn with 2 sync workers for each core, limits raised (RATE_LIMITS)."
    )


def run(part: str, folder: Path) -> None:
    print(f"\n{part}", flush=True)
    module = importlib.import_module(f"tests.bench.bench_{part}")
    for line in module.bench(folder) if part == "http" else module.bench():
        print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
