"""Job kinds for tests, each gone again after its test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netevent.accounts.models import User
from netevent.jobs import registry
from netevent.jobs.models import Job
from netevent.jobs.registry import job_kind
from netevent.jobs.running import RunningJob
from netevent.jobs.scopes import scopes
from netevent.jobs.services import enqueue
from tests.jobs.processes import worker_process  # noqa: F401 -- a fixture

Work = Callable[[RunningJob], "dict[str, Any] | None"]


@pytest.fixture(autouse=True)
def _own_registries(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    monkeypatch.setattr(scopes, "_checks", {})
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user(email="owner@example.org", first_name="Olga")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user(email="stranger@example.org")


@pytest.fixture
def order(owner: User) -> Callable[..., Job]:
    """A job that does `work`."""

    def make(work: Work = lambda _job: None, **facts: Any) -> Job:
        options = facts.pop("options", {})
        job_kind("tests.work", label="Work", **options)(work)
        return enqueue("tests.work", **{"params": {}, "owner": owner, "scope": ""} | facts)

    return make
