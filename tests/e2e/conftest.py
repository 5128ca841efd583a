"""Browsers that are listened to, and the mail server of the outbox's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.e2e.browsing import QUIET, Ears
from tests.jobs.processes import database_url
from tests.notifications.conftest import smtp  # noqa: F401 -- a fixture
from tests.support import put_builtin_rows


@pytest.fixture(scope="session")
def no_session_stays(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A browser that was closed in the middle of a request leaves a server's thread, which keeps PostgreSQL from dropping the database."""
    yield
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with psycopg.connect(database_url(), autocommit=True) as last:
            last.execute(ended)


@pytest.fixture
def builtin_rows(transactional_db: None, no_session_stays: None) -> None:
    put_builtin_rows()


@pytest.fixture
def open_browser(launch_browser: Callable[..., Any], browser_type_launch_args: dict[str, Any]) -> Iterator[Callable[..., Any]]:
    """A Chromium of one's own, with more arguments; a page in it, and what it causes."""
    opened = []

    def launch(*arguments: str, **options: Any) -> tuple[Any, Ears]:
        browser = launch_browser(args=[*browser_type_launch_args["args"], *QUIET, *arguments])
        opened.append(browser)
        context = browser.new_context(**options)
        return context.new_page(), Ears(context)

    yield launch
    for browser in opened:
        browser.close()
