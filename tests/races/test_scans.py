"""One badge before fifty scanners at one moment."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from attendees.models import CheckIn
from attendees.services.badges import badge_for
from events.models import Event
from tests.factories import make_admin, make_attendee, make_running_event
from tests.races.conftest import Site
from tests.races.crowd import Answer, Browser, each, together
from tests.support import only_on

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SCANNERS, REPEATS = 50, 20
SignIn = Callable[[Any], dict[str, str]]


@pytest.fixture
def event() -> Event:
    return make_running_event()


@pytest.fixture
def badge(event: Event) -> str:
    """What its QR says."""
    return f"https://events.example.org/c/{badge_for(make_attendee(event)).token}"


def scan(site: Site, event: Event, text: str, scan_ids: list[uuid.UUID], cookies: dict[str, str]) -> list[Answer]:
    """A device for each id; all open the page, then all scan."""
    devices = site.browsers(len(scan_ids), **cookies)
    page, door = (reverse(f"staff:{name}", args=[event.pk]) for name in ("check-in", "scan"))
    assert {answer.status for answer in each(devices, lambda device: device.open(page))} == {200}

    def send(pair: tuple[Browser, uuid.UUID]) -> Answer:
        device, scan_id = pair
        return device.send_json(door, {"text": text, "scan_id": str(scan_id)})

    answers = together(list(zip(devices, scan_ids, strict=True)), send)
    for device in devices:
        device.close()
    return answers


def fresh_ids(count: int = SCANNERS) -> list[uuid.UUID]:
    return [uuid.uuid4() for _number in range(count)]


def words(answers: list[Answer]) -> Counter[str]:
    assert {answer.status for answer in answers} == {200}
    return Counter(answer.json()["status"] for answer in answers)


def test_fifty_scans_of_one_badge_let_one_in_and_keep_every_row(site: Site, event: Event, badge: str, session_of: SignIn) -> None:
    answers = scan(site, event, badge, fresh_ids(), session_of(make_admin()))

    assert words(answers) == {"in": 1, "already_in": SCANNERS - 1}
    assert Counter(CheckIn.objects.values_list("answer", flat=True)) == {"in": 1, "already_in": SCANNERS - 1}
    first = CheckIn.objects.get(answer="in")
    assert set(CheckIn.objects.filter(answer="already_in").values_list("earlier", flat=True)) == {first.pk}
    assert first.attendee is not None
    assert first.attendee.first_entry_at == first.scanned_at


def test_one_scan_sent_twenty_times_is_one_row_with_one_answer(site: Site, event: Event, badge: str, session_of: SignIn) -> None:
    answers = scan(site, event, badge, [uuid.uuid4()] * REPEATS, session_of(make_admin()))

    assert words(answers) == {"in": REPEATS}
    assert CheckIn.objects.count() == 1


def test_one_scan_of_an_unknown_badge_sent_twenty_times_is_one_row(site: Site, event: Event, session_of: SignIn) -> None:
    """There is no attendee to lock: the unique scan id alone decides."""
    answers = scan(site, event, "x" * 32, [uuid.uuid4()] * REPEATS, session_of(make_admin()))

    assert words(answers) == {"unknown": REPEATS}
    assert CheckIn.objects.count() == 1


def test_without_the_lock_scans_break_and_their_rows_are_lost(site: Site, event: Event, badge: str, session_of: SignIn) -> None:
    """The twin on PostgreSQL, look and then write: the unique entry still lets one in only, and who scanned meanwhile sees an error."""
    only_on("postgresql")
    site.without("scan_without_lock")

    answers = scan(site, event, badge, fresh_ids(), session_of(make_admin()))

    assert Counter(answer.status for answer in answers)[500] > 0
    assert CheckIn.objects.count() < SCANNERS


def test_with_deferred_transactions_scans_are_sent_away(site: Site, event: Event, badge: str, session_of: SignIn) -> None:
    """The twin on SQLite."""
    only_on("sqlite")
    site.without("lock_only_when_writing")

    answers = scan(site, event, badge, fresh_ids(), session_of(make_admin()))

    assert Counter(answer.status for answer in answers)[503] > 0
    assert CheckIn.objects.count() < SCANNERS
