"""What tests ask the machine for.

Only `.ci/run` sets NETEVENT_TEST_STRICT=1: there nothing is skipped for want of a server, a browser or a file.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STRICT = os.environ.get("NETEVENT_TEST_STRICT") == "1"


def need(condition: object, why: str) -> None:
    """Go on when the condition holds; else skip, or fail where everything has to be there.

    `why` names what is missing and how to get it.
    """
    if not condition:
        (pytest.fail if STRICT else pytest.skip)(why)


def only_on(vendor: str) -> None:
    """For a test about one database: skips on the other, which is no want, since the tests run on both."""
    from django.db import connection

    if connection.vendor != vendor:
        pytest.skip(f"about {vendor}, this run is on {connection.vendor}")


def only_with_redis() -> str:
    """For a test about Redis: its address. Skips in a run without one, which is no want, since the tests run with and without."""
    url = os.environ.get("TEST_REDIS_URL", "")
    if not url:
        pytest.skip("about Redis, and TEST_REDIS_URL is not set")
    return url


def sample_data() -> Path:
    """The folder of sample files: TEST_DATA_DIR, default ../shared/data."""
    folder = Path(os.environ.get("TEST_DATA_DIR") or ROOT.parent / "shared" / "data")
    need(folder.is_dir(), f"the sample files are not in {folder}; set TEST_DATA_DIR")
    return folder


@cache
def chromium() -> str:
    """The system's Chromium, or nothing."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), "")


def need_browser() -> None:
    need(importlib.util.find_spec("pytest_playwright"), "the browser driver is missing; install requirements/dev.txt")
    need(chromium(), "no Chromium on this machine")


def put_builtin_rows(plan: object = None, **_signal: object) -> None:
    """What migrations wrote, which every test that truncates tables takes away: roles, event types, reasons, languages.

    As a receiver of `post_migrate` it acts after a flush, which has no plan.
    """
    if plan:
        return
    from importlib import import_module

    from django.apps import apps

    import_module("events.migrations.0002_builtin_rows").make(apps, None)
    import_module("attendees.migrations.0003_shared_reasons").make(apps, None)
    import_module("netevent.accounts.migrations.0002_seven_languages").add_languages(apps, None)
