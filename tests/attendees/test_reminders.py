"""The reminder before an event, and the answer to it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from attendees.models import Attendee, Status
from attendees.services.profile import set_attendance
from attendees.services.reminders import remind_all
from attendees.tasks import remind
from netevent.notifications.services import deliver_due
from tests.attendees.pages import browser_of, link_of, page, text_of
from tests.factories import make_attendee, make_event

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=5)


def registered(event=None, **fields):
    attendee = make_attendee(event or make_event(starts_at=in_days(2)))
    Attendee.objects.filter(pk=attendee.pk).update(created_at=LONG_AGO, **fields)
    attendee.refresh_from_db()
    return attendee


def in_days(number):
    return timezone.now() + timedelta(days=number)


def test_people_are_reminded_once():
    registered()

    assert [remind_all(), remind_all()] == [1, 0]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.CANCELLED},
        {"status": Status.WAITLISTED},
        {"attendance_status": "not_attending"},
        {"email": None},
        {"erased_at": LONG_AGO},
        {"created_at": timezone.now()},
    ],
)
def test_who_needs_no_reminder_gets_none(fields):
    attendee = registered()
    Attendee.objects.filter(pk=attendee.pk).update(**fields)

    assert remind_all() == 0


@pytest.mark.parametrize(
    "event", [{"starts_at": in_days(4)}, {"starts_at": in_days(-1)}, {"visibility": "cancelled"}, {"visibility": "draft"}]
)
def test_only_events_that_are_near_and_on_remind(event):
    attendee = registered()
    type(attendee.event).objects.update(**{"ends_at": None, **event})

    assert remind_all() == 0


def test_an_event_that_moved_reminds_again():
    attendee = registered()
    remind_all()
    type(attendee.event).objects.update(starts_at=in_days(1))

    assert remind_all() == 1


def test_many_people_cost_few_queries(django_assert_max_num_queries):
    event = make_event(starts_at=in_days(2))
    for _ in range(5):
        registered(event)

    with django_assert_max_num_queries(8):
        assert remind_all() == 5


def test_the_link_in_the_reminder_asks_and_a_button_answers():
    attendee = registered()
    remind()
    deliver_due()
    link = re.search(r"http://[^/]+(/attendee/personal/\S+\?to=attendance)", mail.outbox[0].body)[1]
    client = Client()

    asked = client.get(link)

    assert asked["Location"] == page("attendance", attendee)
    assert Attendee.objects.get().attendance_status == "attending"
    client.post(asked["Location"], {"attendance_status": "not_attending"})
    assert Attendee.objects.get().attendance_status == "not_attending"
    assert Attendee.objects.get().status == Status.CONFIRMED


@pytest.mark.parametrize("to", ["https://evil.example/", "cancel", "x"])
def test_a_personal_link_leads_to_named_pages_alone(to):
    attendee = make_attendee()

    assert Client().get(f"{link_of(attendee)}?to={to}")["Location"] == page("dashboard", attendee)


def test_the_page_says_that_no_place_is_freed_and_offers_to_cancel():
    shown = text_of(browser_of(make_attendee()).get(page("attendance")))

    assert "frees no place" in shown
    assert page("cancel") in shown


@pytest.mark.parametrize("answer", ["attending", "not_attending"])
def test_answering_settles_being_asked_again(answer):
    attendee = make_attendee()
    Attendee.objects.update(asked_again_at=timezone.now())
    client = browser_of(attendee)
    assert "another date" in text_of(client.get(page("attendance")))

    client.post(page("attendance"), {"attendance_status": answer})

    fresh = Attendee.objects.get()
    assert (fresh.attendance_status, fresh.asked_again_at) == (answer, None)
    assert set_attendance(fresh, answer) is False
