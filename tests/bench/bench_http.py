"""Scans, registrations and the event page over HTTP, beside bare Django views on the same server and database.

Everything that is compared runs in turns within each round, so that whatever else the machine does meets both sides.
"""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from tests.bench.harness import ROUNDS, Figure, Process, free_port, gunicorn, load, wait_for, wait_until_served

SCANS, REGISTRATIONS, ROW_VIEWS, PAGES = 600, 250, 1200, 2000  # in a round
STAFF = 8
CSRF = "b" * 32
FIRST_PAGE_WAIT = 90


@dataclass
class Stage:
    """Rows to work on, each used once, and the two servers."""

    event_id: int
    code: str
    page: str
    staff: list[str]
    people: list[str]
    badges: list[str]
    ours: int
    bare: int

    def head(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.ours}",
            "User-Agent: bench",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def scans(self, count: int) -> list[bytes]:
        """Each of a badge that nobody scanned yet, by eight devices."""
        path = f"/staff/{self.event_id}/checkin/scan"
        taken, self.badges = self.badges[:count], self.badges[count:]
        return [self.scan(path, session, token) for session, token in zip(cycle(self.staff), taken, strict=False)]

    def scan(self, path: str, session: str, token: str) -> bytes:
        body = json.dumps({"text": f"https://events.example.org/c/{token}", "scan_id": str(uuid.uuid4())}).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": CSRF, "Cookie": cookies(session)}
        return self.head("POST", path, headers, body)

    def registrations(self, count: int) -> list[bytes]:
        """Each by another person who is signed in, with the form as the page sends it."""
        taken, self.people = self.people[:count], self.people[count:]
        return [self.registration(session) for session in taken]

    def registration(self, session: str) -> bytes:
        fields = {
            "first_name": "Zoë",
            "last_name": "Kowalska-Wiśniewska",
            "organisation": "Institute",
            "role": "Engineer",
            "language": "en",
        }
        hidden = {"csrfmiddlewaretoken": CSRF, "idempotency_key": uuid.uuid4().hex}
        body = urlencode({**hidden, **fields}).encode()
        headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies(session)}
        return self.head("POST", f"/event/register/{self.code}", headers, body)

    def pages(self, count: int) -> list[bytes]:
        headers = {"Accept": "text/html", "Accept-Language": "en"}
        return [self.head("GET", self.page, headers)] * count

    def rows(self, count: int) -> list[bytes]:
        return [self.head("GET", f"/row/{1 + number * 7919 % 1000}", {"Accept": "text/html"}) for number in range(count)]

    def cached(self, count: int) -> list[bytes]:
        return [self.head("GET", "/cached", {"Accept": "text/html", "Accept-Language": "en"})] * count


def cookies(session: str) -> str:
    return f"sessionid={session}; csrftoken={CSRF}"


@dataclass
class Figures:
    row: Figure
    cached: Figure
    scan: Figure
    registration: Figure
    page: Figure
    scan_beside: Figure
    registration_beside: Figure

    def lines(self) -> list[str]:
        own = max(share for figure in vars(self).values() for share in figure.own)
        return [
            self.row.line(),
            self.scan.held_against(self.row, 1 / 4, 1 / 2),
            self.registration.held_against(self.row, 1 / 10, 1 / 5),
            self.cached.line(),
            self.page.held_against(self.cached, 1 / 3),
            self.scan_beside.held_against(self.scan, 0.9),
            self.registration_beside.held_against(self.registration, 0.9),
            f"the load itself took at most {own:.0%} of one core",
        ]


def new_figures() -> Figures:
    return Figures(
        row=Figure("bare view, one SELECT and one UPDATE"),
        cached=Figure("bare cached view"),
        scan=Figure("scans"),
        registration=Figure("registrations, signed in"),
        page=Figure("event page, anonymous"),
        scan_beside=Figure("scans beside the worker"),
        registration_beside=Figure("registrations beside the worker"),
    )


def bench(folder: Path) -> list[str]:
    """Run it all; lines to print. Django is set up, the database is migrated and empty but for what migrations bring."""
    from tests.bench import stage as made

    figures = new_figures()
    ours, bare = free_port(), free_port()
    stage = made.build(ours, bare, ROUNDS * 2 + 1)
    log = str(folder / "servers.log")
    servers = [gunicorn("netevent.wsgi:application", ours, log)]
    try:
        size = wait_until_served(f"http://127.0.0.1:{ours}{stage.page}", FIRST_PAGE_WAIT)
        servers.append(gunicorn("tests.bench.bare:application", bare, log, BENCH_PAGE_BYTES=str(size), DJANGO_SETTINGS_MODULE=""))
        wait_until_served(f"http://127.0.0.1:{bare}/cached", FIRST_PAGE_WAIT)
        warm_up(stage)
        for number in range(ROUNDS):
            one_round(stage, figures, log, number)
    finally:
        for server in servers:
            server.stop()
    return figures.lines()


def warm_up(stage: Stage) -> None:
    load(stage.bare, stage.rows(200), None, 200)
    load(stage.ours, stage.scans(SCANS // 2), None, 200)
    load(stage.ours, stage.registrations(REGISTRATIONS // 2), None, 303)


def one_round(stage: Stage, figures: Figures, log: str, number: int) -> None:
    load(stage.bare, stage.cached(PAGES), figures.cached, 200)
    load(stage.ours, stage.pages(PAGES), figures.page, 200)
    load(stage.bare, stage.rows(ROW_VIEWS), figures.row, 200)
    halves = [lambda: acts(stage, figures.scan, figures.registration), lambda: beside_worker(stage, figures, log)]
    for half in halves[:: -1 if number % 2 else 1]:  # whoever comes second finds larger tables: in turns
        half()


def acts(stage: Stage, scan: Figure, registration: Figure) -> None:
    load(stage.ours, stage.scans(SCANS), scan, 200)
    load(stage.ours, stage.registrations(REGISTRATIONS), registration, 303)


def beside_worker(stage: Stage, figures: Figures, log: str) -> None:
    """The same while a worker sends the mail of these very registrations, and has nothing left over from before."""
    from tests.bench import stage as made

    made.forget_mail()
    worker = Process([sys.executable, "manage.py", "background"], {}, log)
    try:
        made.wait_for_worker()
        acts(stage, figures.scan_beside, figures.registration_beside)
        wait_for(made.mail_was_sent, "the worker sends the mail", 120)
    finally:
        worker.stop()
