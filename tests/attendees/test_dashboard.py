"""My registrations: which, in what order, at what cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendees.services.registration import cancel_registration
from netevent.accounts.services import create_proved_user
from tests.attendees.pages import page, state_of, text_of
from tests.factories import make_attendee, make_event, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return create_proved_user(email="ada@example.org", first_name="Ada")


def register_for(ada, count, **fields):
    return [make_attendee(make_event(**fields), email=ada.email, user=ada) for _ in range(count)]


def test_dashboard_without_registrations_says_what_to_do_first(client):
    client.force_login(make_user())

    shown = client.get(page("dashboard"))

    assert state_of(shown) == "my-registrations"
    assert 'href="/events/"' in text_of(shown)


def test_dashboard_with_one_registration_is_its_page(client, ada):
    (attendee,) = register_for(ada, 1)
    client.force_login(ada)

    assert client.get(page("dashboard")).context["attendee"] == attendee


def test_dashboard_with_several_lists_the_coming_ones_nearest_first_and_the_past(client, ada):
    now = timezone.now()
    far, near, past = (register_for(ada, 1, starts_at=now + timedelta(days=days))[0] for days in (30, 3, -30))
    cancel_registration(near, source="admin")
    client.force_login(ada)

    shown = client.get(page("dashboard"))

    assert [entry["attendee"] for entry in shown.context["upcoming"]] == [near, far]
    assert [entry["attendee"] for entry in shown.context["past"]] == [past]


def test_dashboard_remembers_the_chosen_event_for_the_other_pages(client, ada):
    one, other = register_for(ada, 2)
    client.force_login(ada)
    assert client.get(page("attendance"))["Location"] == page("dashboard")

    client.get(page("dashboard", other))

    assert client.get(page("attendance")).context["event"] == other.event
    assert client.get(page("attendance", one)).context["event"] == one.event


def test_dashboard_shows_what_carries_my_proved_address(client, ada):
    attendee = make_attendee(email="ada@example.org")
    client.force_login(ada)

    assert client.get(page("dashboard")).context["attendee"] == attendee


def test_dashboard_shows_nothing_of_an_address_i_have_not_proved(client):
    make_attendee(email="ada@example.org")
    client.force_login(make_user("ada@example.org"))

    assert state_of(client.get(page("dashboard"))) == "my-registrations"


def test_dashboard_shows_nothing_of_others(client, ada):
    other = make_attendee()
    client.force_login(ada)

    assert client.get(page("dashboard", other)).status_code == 404


def test_dashboard_costs_the_same_whatever_the_number_of_registrations(client, ada):
    register_for(ada, 2)
    client.force_login(ada)
    client.get(page("dashboard"))
    with CaptureQueriesContext(connection) as few:
        client.get(page("dashboard"))
    register_for(ada, 3)
    with CaptureQueriesContext(connection) as many:
        client.get(page("dashboard"))

    assert len(many) == len(few) <= 6


def test_my_page_costs_little(client, ada, django_assert_max_num_queries):
    (attendee,) = register_for(ada, 1)
    client.force_login(ada)
    client.get(page("dashboard", attendee))

    with django_assert_max_num_queries(9):
        client.get(page("dashboard", attendee))
