"""Browsers that are listened to, and the mail server of the outbox's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from tests.e2e.browsing import QUIET, Ears
from tests.notifications.conftest import smtp  # noqa: F401 -- a fixture


def put_builtin_rows() -> None:
    """What migrations wrote, which every test that truncates tables takes away: roles, event types, languages."""
    import_module("events.migrations.0002_builtin_rows").make(apps, None)
    import_module("netevent.accounts.migrations.0002_seven_languages").add_languages(apps, None)


@pytest.fixture
def builtin_rows(transactional_db: None) -> None:
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
