"""Ten devices at the door take one person's money at one moment."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from attendees.models import Attendee, CheckIn, LedgerEntry, LedgerKind, Payment, Receipt, Refund
from events.models import Event
from tests.attendees.money import owing
from tests.factories import make_admin
from tests.races.conftest import Site
from tests.races.crowd import Answer, each, together
from tests.support import only_on

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

DEVICES = 10
SignIn = Callable[[Any], dict[str, str]]


@pytest.fixture
def person() -> Attendee:
    attendee = owing("25.00")
    begun = timezone.now() - timedelta(hours=1)
    Event.objects.filter(pk=attendee.event_id).update(starts_at=begun, ends_at=begun + timedelta(hours=8))
    return attendee


def take(site: Site, person: Attendee, scan_ids: list[uuid.UUID], cookies: dict[str, str]) -> list[Answer]:
    devices = site.browsers(len(scan_ids), **cookies)
    page, door = (reverse(f"staff:{name}", args=[person.event_id]) for name in ("check-in", "take"))
    each(devices, lambda device: device.open(page))

    def send(pair: tuple[Any, uuid.UUID]) -> Answer:
        device, scan_id = pair
        return device.send_json(door, {"code": person.code, "method": "cash", "amount": "25.00", "scan_id": str(scan_id)})

    answers = together(list(zip(devices, scan_ids, strict=True)), send)
    for device in devices:
        device.close()
    return answers


def noted() -> tuple[int, int, int, int]:
    lines = LedgerEntry.objects.filter(kind=LedgerKind.PAYMENT).count()
    return Payment.objects.count(), lines, Receipt.objects.count(), Refund.objects.count()


def test_ten_devices_that_take_the_same_money_note_it_once(site: Site, person: Attendee, session_of: SignIn) -> None:
    answers = take(site, person, [uuid.uuid4() for _device in range(DEVICES)], session_of(make_admin()))

    assert {answer.status for answer in answers} == {200}
    assert Counter(answer.json()["status"] for answer in answers) == {"in": 1, "already_in": DEVICES - 1}
    assert Counter(answer.json()["taken"].startswith("€25.00") for answer in answers) == {True: 1, False: DEVICES - 1}
    assert noted() == (1, 1, 1, 0)


def test_one_press_sent_ten_times_is_one_payment_with_one_answer(site: Site, person: Attendee, session_of: SignIn) -> None:
    answers = take(site, person, [uuid.uuid4()] * DEVICES, session_of(make_admin()))

    assert Counter((answer.status, answer.json()["status"], answer.json()["taken"]) for answer in answers) == {
        (200, "in", "€25.00 in cash"): DEVICES
    }
    assert noted() == (1, 1, 1, 0)
    assert CheckIn.objects.count() == 1


def test_without_the_lock_the_money_is_noted_more_than_once(site: Site, person: Attendee, session_of: SignIn) -> None:
    """The twin on PostgreSQL: who read that it is open believes it."""
    only_on("postgresql")
    site.without("take_without_lock")

    take(site, person, [uuid.uuid4() for _device in range(DEVICES)], session_of(make_admin()))

    assert Payment.objects.count() > 1
