"""What holds for every test: its own database, its own corner of Redis, and no way out of this machine."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import support

# Playwright's driver keeps an event loop in the main thread; Django would refuse every query there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
HAS_PLAYWRIGHT = importlib.util.find_spec("pytest_playwright") is not None
BROWSER_FIXTURES = {"page", "context", "browser", "new_context"}


def pytest_configure(config: pytest.Config) -> None:
    guard_sockets()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Looks of pages, the start command: minutes that a second database would tell nothing new in."""
    if not os.environ.get("TEST_DATABASE_URL"):
        return
    once = [item for item in items if item.get_closest_marker("any_database")]
    if once:
        config.hook.pytest_deselected(items=once)
        items[:] = [item for item in items if not item.get_closest_marker("any_database")]


def pytest_unconfigure(config: pytest.Config) -> None:
    from django.conf import settings

    if settings.configured:
        forget_redis_keys(settings.REDIS_URL, settings.REDIS_PREFIX)


def forget_redis_keys(url: str, prefix: str) -> None:
    """Remove this run's keys, and nobody else's."""
    if not url:
        return
    import redis

    with redis.Redis.from_url(url) as server:
        keys = list(server.scan_iter(match=f"{prefix}:*", count=1000))
        if keys:
            server.delete(*keys)


def guard_sockets() -> None:
    """Nothing a test does may leave this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(original: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            outward = self.family in {socket.AF_INET, socket.AF_INET6} and self.type == socket.SOCK_STREAM
            if outward and not is_loopback(address[0]):
                raise RuntimeError(f"A test wanted to connect to {address[0]}.")
            return original(self, address)

        return call

    socket.socket.connect = guarded(connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded(connect_ex)  # type: ignore[method-assign]


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before fixtures are looked up: without the driver there is no `page`, and the reason is what should be read."""
    if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
        support.need_browser()


@pytest.fixture(autouse=True, scope="session")
def _static_folder() -> None:
    """WhiteNoise warns about a missing one, and a warning is an error here."""
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def sample_data() -> Path:
    """The folder of sample files; the test is skipped where there is none."""
    return support.sample_data()


@pytest.fixture(scope="session", autouse=True)
def _builtin_rows_come_back() -> None:
    """A flush empties all tables, also of what the next test on this worker takes for granted."""
    from django.apps import apps
    from django.db.models.signals import post_migrate

    post_migrate.connect(support.put_builtin_rows, sender=apps.get_app_config("analytics"))


@pytest.fixture(autouse=True)
def _languages_without_a_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """A page asks for the languages on offer; a test without a database gets those of the settings."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & {*request.fixturenames}:
        yield
        return
    from netevent.accounts import languages

    known, languages._table = languages._table, languages.built_in_table()
    yield
    languages._table = known


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """A test starts without what another one left in a cache."""
    from django.core.cache import caches

    yield
    for cache in caches.all(initialized_only=True):
        if "Dummy" not in type(cache).__name__ and "DatabaseCache" not in type(cache).__name__:
            cache_clear(cache)


def cache_clear(cache: Any) -> None:
    """`clear()` of the Redis cache flushes the whole server, so that one forgets its own keys only."""
    if "Redis" in type(cache).__name__:
        from django.conf import settings

        forget_redis_keys(settings.REDIS_URL, settings.REDIS_PREFIX)
    else:
        cache.clear()


if HAS_PLAYWRIGHT:

    @pytest.fixture(scope="session")
    def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
        """The system's Chromium; root needs it without its sandbox."""
        sandbox = [] if os.name == "nt" or os.geteuid() else ["--no-sandbox"]
        arguments = [*browser_type_launch_args.get("args", []), *sandbox, "--disable-dev-shm-usage"]
        return {**browser_type_launch_args, "executable_path": support.chromium(), "args": arguments}
