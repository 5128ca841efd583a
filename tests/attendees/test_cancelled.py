"""After cancelling: the state decides what badge and link do, nothing is revoked, and registering again brings both back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from attendees.models import Answer, Attendee, Badge
from attendees.services import badges, check_in
from attendees.services.registration import Person, cancel_registration, register_attendee
from tests.attendees.pages import browser_of, link_of, page, state_of, text_of
from tests.factories import make_attendee, make_checkpoint, make_running_event, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Attendee:
    """Somebody who cancelled, with a badge and an address."""
    attendee = make_attendee(make_running_event(), email="ada@example.org")
    cancel_registration(attendee, source="desk")
    return attendee


def scan(attendee: Attendee, token: str) -> Any:
    return check_in.scan(checkpoint=make_checkpoint(attendee.event), text=token, scan_id=uuid.uuid4(), by=None)


def come_back(attendee: Attendee) -> None:
    register_attendee(attendee_type=attendee.attendee_type, person=Person("Ada", email=attendee.email), source="desk")
    attendee.refresh_from_db()


def test_badge_answers_cancelled_and_not_revoked(ada: Attendee) -> None:
    assert scan(ada, Badge.objects.get(attendee=ada).token or "").answer == Answer.CANCELLED


def test_a_badge_that_was_replaced_before_stays_revoked(ada: Attendee) -> None:
    old = Badge.objects.get(attendee=ada).token or ""
    badges.reissue(ada)

    assert scan(ada, old).answer == Answer.REVOKED


def test_registering_again_brings_the_same_badge_back(ada: Attendee) -> None:
    token = Badge.objects.get(attendee=ada).token or ""

    come_back(ada)

    assert [badge.token for badge in ada.badges.all()] == [token]
    assert scan(ada, token).answer == Answer.IN


def test_link_still_says_what_became_of_it_and_gives_no_badge(ada: Attendee) -> None:
    browser = browser_of(ada)
    shown = browser.get(page("dashboard", ada))

    assert (shown.status_code, state_of(shown)) == (200, "cancelled")
    assert [word for word in ("badge/download", '<svg class="qr', "QR code of your badge") if word in text_of(shown)] == []
    assert browser.get(page("badge-download", ada)).status_code == 409


def test_link_from_before_opens_the_registration_that_came_back(ada: Attendee) -> None:
    link = link_of(ada)
    come_back(ada)
    browser = Client()
    browser.get(link)

    assert state_of(browser.get(page("dashboard", ada))) == "registered"
    assert browser.get(page("badge-download", ada)).status_code == 200


def test_badge_of_somebody_who_cancelled_leads_the_team_to_their_page(ada: Attendee) -> None:
    boss = Client()
    boss.force_login(make_user(is_superuser=True))
    token = Badge.objects.get(attendee=ada).token

    assert boss.get(f"/c/{token}")["Location"].endswith(f"?found={ada.code}")
    assert Client().get(f"/c/{token}").status_code == 200
