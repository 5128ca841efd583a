"""Landing, discovery, the event page, its calendar file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone
from icalendar import Calendar

from events.models import Tag, Visibility
from tests.factories import make_admin, make_attendee, make_event, make_member, make_type, make_user, money

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_pages():
    caches["local"].clear()


def titles(response):
    return [card.event.name for card in response.context["cards"]]


def test_landing_shows_the_next_events(client):
    for days in (3, 1, 2, 4):
        make_event(name_en=f"In {days}", starts_at=timezone.now() + timedelta(days=days))

    assert titles(client.get("/")) == ["In 1", "In 2", "In 3"]


@pytest.mark.parametrize("visibility", [Visibility.DRAFT, Visibility.UNLISTED, Visibility.CANCELLED, Visibility.ARCHIVED])
def test_discovery_lists_published_events_only(client, visibility):
    make_event(visibility=visibility)

    assert titles(client.get("/events/")) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Cheap talk", "Paid talk"]),
        ("q=PAID", ["Paid talk"]),
        ("q=warsztaty", ["Cheap talk"]),
        ("city=Gent", ["Paid talk"]),
        ("price=paid", ["Paid talk"]),
        ("price=free&city=Gent", []),
        ("tag=python", ["Cheap talk"]),
        ("sort=name", ["Cheap talk", "Paid talk"]),
        ("sort=-price", ["Cheap talk", "Paid talk"]),
        ("when=past", ["Old talk"]),
        ("from=not-a-date&page=999", ["Cheap talk", "Paid talk"]),
    ],
)
def test_discovery_filters_live_in_the_address(client, query, found):
    cheap = make_event(name_en="Cheap talk", name_pl="Tanie warsztaty", starts_at=timezone.now() + timedelta(days=1))
    cheap.tags.add(Tag.objects.create(name="python"))
    make_event(name_en="Paid talk", city="Gent", attendee_types=[{"name_en": "Full", "price": money("10")}])
    make_event(name_en="Old talk", starts_at=timezone.now() - timedelta(days=30))

    assert titles(client.get(f"/events/?{query}")) == found


@pytest.mark.parametrize("path", ["/", "/events/"])
def test_lists_ask_the_same_number_of_queries_for_one_and_many(client, path, django_assert_max_num_queries):
    for n in range(12):
        event = make_event(max_attendees=5)
        event.tags.add(Tag.objects.create(name=f"tag {n}"))
        make_attendee(event)

    with django_assert_max_num_queries(10):
        client.get(path)


def test_event_page_asks_few_queries(client, django_assert_max_num_queries):
    event = make_event(max_attendees=5)
    for _ in range(4):
        make_attendee(event, attendee_type=make_type(event))

    with django_assert_max_num_queries(10):
        assert client.get(event.get_absolute_url()).status_code == 200


def test_event_page_is_kept_for_strangers_by_language_and_never_for_people(client, django_assert_num_queries):
    event = make_event(name_en="Apple", name_de="Apfel")
    address = event.get_absolute_url()
    assert b"Apple" in client.get(address).content

    with django_assert_num_queries(0):
        assert b"Apple" in client.get(address).content
    assert b"Apfel" in client.get(address, headers={"accept-language": "de"}).content

    member = make_member(event, "organiser")
    client.force_login(member.user)
    answer = client.get(address)
    assert "private" in answer.headers["Cache-Control"]
    assert str(member.user) in answer.content.decode()


def test_event_page_takes_the_code_in_any_case(client):
    event = make_event(code="CONF2027")

    assert client.get("/event/conf2027/").headers["Location"] == "/event/CONF2027/"
    assert client.get("/event/CONF2027/").context["event"] == event


def test_event_page_of_a_draft_is_for_its_team(client):
    event = make_event(visibility=Visibility.DRAFT)
    address = event.get_absolute_url()

    assert client.get(address).status_code == 404
    client.force_login(make_user())
    assert client.get(address).status_code == 404
    client.force_login(make_member(event, "viewer").user)
    assert client.get(address).status_code == 200


def test_event_page_says_full_and_offers_the_waiting_list(client):
    event = make_event(max_attendees=1)
    make_attendee(event)

    assert b"Join the waiting list" in client.get(event.get_absolute_url()).content


def test_event_page_escapes_what_people_write(client):
    event = make_event(name_en="<script>alert(1)</script>", description_en="<img src=x onerror=alert(1)>")
    page = client.get(event.get_absolute_url()).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_calendar_file_has_one_entry_with_zone_and_stable_uid(client):
    event = make_event(name_en="Talk; with, signs\r\nEND:VEVENT", time_zone="Europe/Warsaw")
    first = Calendar.from_ical(client.get(f"/event/{event.code}/calendar.ics").content)
    event.city = "Gent"
    event.save()
    second = Calendar.from_ical(client.get(f"/event/{event.code}/calendar.ics").content)

    (before,), (after,) = first.walk("VEVENT"), second.walk("VEVENT")
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert before["DTSTART"].params["TZID"] == "Europe/Warsaw"
    assert before["DTSTART"].dt == event.starts_at
    assert "END:VEVENT" in before["SUMMARY"]


def test_organiser_request_waits_for_an_admin(client, settings):
    settings.ORGANIZER_SIGNUP = "approval"
    user, _admin = make_user(), make_admin()
    client.force_login(user)

    answer = client.post("/register/organizer", {"name": "Chess club", "legal_name": "Chess club e.V."}, follow=True)

    assert b'data-state="pending-approval"' in answer.content
    assert not user.is_staff
    again = client.post("/register/organizer", {"name": "Again", "legal_name": "Again"})
    assert again.status_code == 409


def test_organiser_request_is_granted_at_once_where_sign_up_is_open(client, settings):
    settings.ORGANIZER_SIGNUP = "open"
    user = make_user()
    client.force_login(user)

    client.post("/register/organizer", {"name": "Chess club", "legal_name": "Chess club e.V."})

    assert user.is_staff


def test_organiser_request_with_bad_input_is_422(client):
    client.force_login(make_user())

    assert client.post("/register/organizer", {"name": " ", "legal_name": ""}).status_code == 422
