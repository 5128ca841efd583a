"""What the tests of accounts share."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import translation

from netevent.accounts import languages
from netevent.notifications.models import Message
from netevent.notifications.rendering import render


@pytest.fixture(autouse=True)
def _languages_read_afresh() -> Iterator[None]:
    """A test's rows are rolled back without a signal, and a page leaves its language active."""
    languages.forget()
    yield
    languages.forget()
    translation.deactivate()


@pytest.fixture(autouse=True)
def _seven_languages(request: pytest.FixtureRequest) -> None:
    """Tests that commit empty all tables when they are done; the rows of the migration are made again."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        migration = importlib.import_module("netevent.accounts.migrations.0002_seven_languages")
        migration.add_languages(apps, None)


class Letters:
    """The outbox as a mailbox."""

    def to(self, address: str) -> list[Message]:
        return list(Message.objects.filter(to_address=address).order_by("pk"))

    def last(self, address: str) -> Any:
        return render(self.to(address)[-1])

    def link(self, address: str) -> str:
        """The path of the first link in the newest letter to this address."""
        found = re.search(r"https?://[^/\s]+(/\S*)", self.last(address).body)
        assert found, "no link in the letter"
        return found[1]


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def visitor() -> Client:
    """A browser that checks forms for forgery, as real ones are."""
    return Client(enforce_csrf_checks=False)
