"""One set of server processes for all races: they load NetEvent once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from django.test import Client

from tests.jobs.processes import database_url
from tests.races.crowd import Browser
from tests.support import ROOT, need

PROCESSES = 4


class Site:
    """NetEvent in several processes."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports

    def browsers(self, count: int, **cookies: str) -> list[Browser]:
        """So many visitors, spread over the processes."""
        return [Browser(port, **cookies) for port, _number in zip(cycle(self.ports), range(count), strict=False)]

    def without(self, name: str) -> None:
        """Take one protection out, everywhere."""
        for browser in self.browsers(len(self.ports)):
            assert browser.ask("POST", f"/-/without/{name}").status == 200
            browser.close()

    def notes(self) -> list[str]:
        """What happened since the test began that leaves no row."""
        return [note for browser in self.browsers(len(self.ports)) for note in browser.ask("GET", "/-/notes").json()]


@pytest.fixture(scope="session")
def servers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    need(hasattr(os, "fork"), "the servers of the race tests are forked, which this system can't")
    with django_db_blocker.unblock():
        environment = {**os.environ, "TEST_DATABASE_URL": database_url(), "NETEVENT_NO_VENV": "1"}
    command = [sys.executable, "-m", "tests.races.server", str(PROCESSES)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Site(json.loads(process.stdout.readline()))
        process.stdin.close()


@pytest.fixture
def site(servers: Site, transactional_db: None) -> Iterator[Site]:
    """The servers with every protection in place, and after the test too."""
    servers.without("nothing")
    yield servers
    servers.without("nothing")


@pytest.fixture
def session_of() -> Callable[[Any], dict[str, str]]:
    """The cookie of somebody who signed in."""

    def sign_in(user: Any) -> dict[str, str]:
        client = Client()
        client.force_login(user)
        return {name: morsel.value for name, morsel in client.cookies.items()}

    return sign_in
