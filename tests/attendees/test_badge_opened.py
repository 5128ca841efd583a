"""One QR, read by who asks."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from attendees.models import Badge, CheckIn
from attendees.services.badges import badge_for, reissue
from attendees.services.registration import cancel_registration
from netevent.core.tokens import derive, new_nonce
from tests.attendees.pages import browser_of, state_of, text_of
from tests.factories import make_attendee, make_event, make_member, make_user

pytestmark = pytest.mark.django_db


def opened(token):
    return reverse("attendees:badge-opened", args=[token])


@pytest.fixture
def event():
    return make_event()


@pytest.fixture
def grace(event):
    return make_attendee(
        event,
        first_name="Grace",
        last_name="Hopper",
        email="grace@navy.example",
        profile={"organisation": "Navy", "role": "Admiral", "phone": "555"},
    )


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_an_attendee_of_the_same_event_sees_the_public_card_and_no_more(event, grace):
    answer = browser_of(make_attendee(event)).get(opened(badge_for(grace).token))

    assert (answer.status_code, state_of(answer)) == (200, "person")
    shown = text_of(answer)
    assert all(word in shown for word in ("Grace Hopper", "Navy", "Admiral"))
    assert not any(word in shown for word in ("grace@navy.example", "555", grace.code))


def test_a_team_member_with_the_right_is_led_to_check_in(event, grace):
    answer = signed_in(make_member(event, "check-in").user).get(opened(badge_for(grace).token))

    assert answer["Location"] == f"/staff/{event.pk}/checkin?found={grace.code}"
    assert not CheckIn.objects.exists()


def test_my_own_badge_leads_to_my_page(grace):
    assert browser_of(grace).get(opened(badge_for(grace).token))["Location"] == f"/attendee/dashboard?event={grace.event.code}"


def test_everybody_else_gets_one_page_whether_the_token_is_known_or_not(event, grace):
    other_event = make_event()
    outsiders = {
        "nobody": Client(),
        "a user": signed_in(make_user()),
        "attendee elsewhere": browser_of(make_attendee(other_event)),
        "team elsewhere": signed_in(make_member(other_event).user),
        "team without the right": signed_in(make_member(event, "viewer").user),
        "cancelled here": browser_of(cancelled(make_attendee(event))),
    }
    for who, browser in outsiders.items():
        pages = [browser.get(opened(token)) for token in (badge_for(grace).token, derive("badge", new_nonce()), "x")]
        assert {answer.status_code for answer in pages} == {200}, who
        assert {state_of(answer) for answer in pages} == {"sign-in-to-connect"}, who
        assert len({without_token(text_of(answer)) for answer in pages}) == 1, who
        assert "Grace" not in text_of(pages[0]), who


def cancelled(attendee):
    cancel_registration(attendee, source="admin")
    return attendee


def without_token(page):
    return re.sub(r"/c/[A-Za-z0-9_-]+|%2Fc%2F[A-Za-z0-9_-]+", "/c/…", re.sub(r'value="[A-Za-z0-9]{64}"', "", page))


def test_a_replaced_badge_shows_nobody(event, grace):
    token = badge_for(grace).token
    reissue(grace)

    assert state_of(browser_of(make_attendee(event)).get(opened(token))) == "sign-in-to-connect"


def test_the_badge_of_somebody_who_cancelled_shows_nobody(event, grace):
    token = badge_for(grace).token
    cancelled(grace)

    assert state_of(browser_of(make_attendee(event)).get(opened(token))) == "sign-in-to-connect"


def test_opening_a_badge_changes_nothing(event, grace):
    token = badge_for(grace).token
    viewer = browser_of(make_attendee(event))
    before = list(Badge.objects.order_by("pk").values())

    viewer.get(opened(token))

    assert list(Badge.objects.order_by("pk").values()) == before
    assert viewer.post(opened(token)).status_code == 405


def test_guessing_badges_is_stopped_for_strangers_also_when_the_next_one_is_right(client, settings, event, grace):
    settings.RATE_LIMITS = {"code.ip": "2/10m"}

    answers = [client.get(opened(token)).status_code for token in ("x1", "x2", badge_for(grace).token)]

    assert answers == [200, 200, 429]
