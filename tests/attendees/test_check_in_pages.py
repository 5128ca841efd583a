"""The staff's pages: who may stand at the door, what a scan is answered, with and without JavaScript."""

from __future__ import annotations

import json
import uuid

import pytest
from django.urls import reverse

from attendees.exports.qr import qr_png
from attendees.models import Attendee, CheckIn
from attendees.services import badges
from netevent.core.codes import reserved_words
from tests.factories import first_type, make_admin, make_attendee, make_event, make_member, make_running_event, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return make_running_event()


@pytest.fixture
def staff(event, client):
    member = make_member(event, "check-in")
    client.force_login(member.user)
    return member.user


def address(event, name="scan"):
    return reverse(f"staff:{name}", args=[event.pk])


def scan(client, event, text, **more):
    body = {"text": text, "scan_id": str(uuid.uuid4()), **more}
    return client.post(address(event), json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("name", ["event", "check-in", "search", "totals", "walk-in"])
def test_staff_pages_are_for_the_events_team_alone(client, event, name):
    assert client.get(address(event, name)).status_code == 302
    for stranger in (make_user(), make_member(make_event(), "check-in").user, make_member(event, "editor").user):
        client.force_login(stranger)
        assert client.get(address(event, name)).status_code == 404
    for person in (make_member(event, "check-in").user, make_member(event, "organiser").user, make_admin()):
        client.force_login(person)
        assert client.get(address(event, name)).status_code == 200


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", ["event", "check-in", "search", "totals", "walk-in"])
def test_looking_at_an_event_makes_no_entry(client, event, name):
    """It came with the event."""
    assert [checkpoint.is_main for checkpoint in event.checkpoints.all()] == [True]
    event.checkpoints.all().delete()

    assert client.get(address(event, name)).status_code == 404
    assert not event.checkpoints.exists()


def test_scan_by_a_stranger_is_404_and_leaves_no_row(client, event):
    client.force_login(make_user())

    assert scan(client, event, make_attendee(event).code).status_code == 404
    assert not CheckIn.objects.exists()


@pytest.mark.usefixtures("staff")
def test_scan_answers_with_name_and_type_then_with_who_was_first(client, event):
    attendee = make_attendee(event, first_name="Ada", last_name="Lovelace")
    token = badges.badge_for(attendee).token

    first = scan(client, event, f"https://example.org/c/{token}").json()
    second = scan(client, event, attendee.code.lower()).json()

    assert (first["status"], first["state"], first["name"], first["type"]) == ("in", "checked-in", "Ada Lovelace", "Attendee")
    assert (second["status"], second["state"]) == ("already_in", "already-checked-in")
    assert second["earlier"]["by"]
    assert second["earlier"]["time"]


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"text": ""}', '{"text": "\\u0000 "}', '{"text": 1, "scan_id": "x"}', '{"text": "a", "checkpoint": "b"}']
)
def test_scan_with_bad_input_is_422(client, event, body):
    answer = client.post(address(event), body, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


@pytest.mark.usefixtures("staff")
def test_scan_asks_few_queries(client, event, django_assert_max_num_queries):
    token = badges.badge_for(make_attendee(event)).token
    client.get(address(event, "totals"))

    with django_assert_max_num_queries(12):  # the limit's count (no Redis here) and the savepoints of the test's own transaction included
        scan(client, event, token)


@pytest.mark.usefixtures("staff")
def test_scan_too_often_is_429(client, event, settings):
    settings.RATE_LIMITS = {"checkin.device": "2/1m"}

    answers = [scan(client, event, "NOBODY") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(
    ("method", "name", "data"), [("get", "search", {"q": "ada"}), ("get", "check-in", {"q": "ada"}), ("post", "undo", {})]
)
def test_searching_and_undoing_too_often_is_429(client, event, settings, method, name, data):
    settings.RATE_LIMITS = {"checkin.device": "2/1m"}

    answers = [getattr(client, method)(address(event, name), data).status_code for _ in range(3)]

    assert (answers[2], 429 in answers[:2]) == (429, False)
    assert client.get(address(event, "check-in")).status_code == 200


@pytest.mark.usefixtures("staff")
def test_page_works_without_javascript(client, event):
    attendee = make_attendee(event, first_name="Zoë")
    page = client.get(address(event, "check-in"), {"q": "zoe"})
    assert attendee.code in page.content.decode()

    answer = client.post(address(event, "check-in"), {"text": attendee.code})
    again = client.post(address(event, "check-in"), {"text": attendee.code})

    assert b'data-state="checked-in"' in answer.content
    assert b'data-state="already-checked-in"' in again.content
    assert client.post(address(event, "check-in"), {"text": " "}).status_code == 422


@pytest.mark.usefixtures("staff")
def test_search_finds_by_part_of_a_name_and_shows_no_address(client, event):
    make_attendee(event, first_name="Łukasz", last_name="Żółć", email="secret@example.org")
    make_attendee(make_event(), first_name="Łukasz")

    page = client.get(address(event, "search"), {"q": "lukasz zo"}).content.decode()

    assert page.count("Łukasz") == 1
    assert "secret@example.org" not in page
    assert "Łukasz" not in client.get(address(event, "search"), {"q": "l"}).content.decode()


@pytest.mark.usefixtures("staff")
def test_names_from_right_to_left_stay_whole_among_other_words(client, event):
    name = "سارة 3"
    person = make_attendee(event, first_name=name, last_name="", profile={"organisation": "جامعة"})
    found = client.get(address(event, "search"), {"q": "سارة"}).content.decode()
    answer = client.post(address(event, "check-in"), {"text": person.code, "scan_id": str(uuid.uuid4())}).content.decode()
    recent = client.get(address(event, "event")).content.decode()

    assert [f"<bdi>{name}</bdi>" in text for text in (found, answer, recent)] == [True, True, True]


def test_undo_by_the_person_who_scanned(client, event, staff):
    attendee = make_attendee(event)
    scanned = scan(client, event, attendee.code).json()

    answer = client.post(address(event, "undo"), json.dumps({"scan": scanned["scan"]}), content_type="application/json")

    assert answer.json()["status"] == "undone"
    attendee.refresh_from_db()
    assert attendee.first_entry_at is None
    assert CheckIn.objects.get().annulled_by == staff


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("scan_id", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_undo_of_nothing_is_404(client, event, scan_id):
    assert client.post(address(event, "undo"), {"scan": scan_id}).status_code == 404


@pytest.mark.usefixtures("staff")
def test_walk_in_registers_and_checks_in(client, event):
    answer = client.post(address(event, "walk-in"), {"first_name": "Sukarno", "attendee_type": first_type(event).pk})

    assert b'data-state="checked-in"' in answer.content
    assert Attendee.objects.get().first_name == "Sukarno"
    assert client.post(address(event, "walk-in"), {"first_name": " "}).status_code == 422


@pytest.mark.usefixtures("staff")
def test_frame_reads_a_code_and_forgets_the_picture(client, event):
    picture = qr_png("https://example.org/c/x", 6)

    assert client.post(address(event, "frame"), picture, content_type="image/png").json() == {"text": "https://example.org/c/x"}
    assert client.post(address(event, "frame"), b"no picture", content_type="image/jpeg").json() == {"text": ""}


def test_staff_code_leads_its_owner_to_the_event(client, event):
    member = make_member(event, "check-in")
    member.staff_code = "DOOR7"
    member.save()

    assert client.get("/staff/door7").headers["Location"] == "/login?next=/staff/door7"
    client.force_login(member.user)
    assert client.get("/staff/door7").headers["Location"] == address(event, "event")
    client.force_login(make_user())
    assert client.get("/staff/door7").status_code == 404


def test_staff_words_and_codes_never_collide(client):
    assert client.get("/staff/invite/abc")["Location"] == "/staff/dashboard"
    assert client.get("/staff/dashboard")["Location"].startswith("/login")
    assert {"DASHBOARD", "INVITE", "CHECKIN", "REGISTER", "ORGANIZER"} <= reserved_words()


def test_dashboard_lists_my_events_alone(client, event, staff):
    other = make_event()

    page = client.get("/staff/dashboard").content.decode()

    assert event.name in page
    assert other.name not in page


@pytest.mark.usefixtures("staff")
def test_check_in_page_may_use_the_camera(client, event):
    assert "camera=(self)" in client.get(address(event, "check-in")).headers["Permissions-Policy"]
    assert "camera=()" in client.get(address(event, "event")).headers["Permissions-Policy"]


@pytest.mark.usefixtures("staff")
def test_totals_say_who_is_in_expected_and_who_won_t_come(client, event):
    inside, came_anyway, away = (make_attendee(event) for _person in range(3))
    cancelled, waiting = make_attendee(event), make_attendee(event)
    Attendee.objects.filter(pk__in=[came_anyway.pk, away.pk, cancelled.pk, waiting.pk]).update(attendance_status="not_attending")
    Attendee.objects.filter(pk=cancelled.pk).update(status="cancelled")
    Attendee.objects.filter(pk=waiting.pk).update(status="waitlisted")
    for person in (inside, came_anyway):
        scan(client, event, person.code)

    told = client.get(address(event, "totals")).json()

    assert told == {"inside": 2, "expected": 3, "wont_come": 1, "wont_come_text": "1 won't come"}
    assert "1 won&#x27;t come" in client.get(address(event, "check-in")).content.decode()
    page = client.get(address(event, "event"))
    assert page.context["by_type"] == [{"name": "Attendee", "inside": 2, "expected": 3, "wont_come": 1}]
    assert page.content.decode().count("Said they won&#x27;t come") + page.content.decode().count("Said they won't come") >= 2


@pytest.mark.usefixtures("staff")
def test_where_everybody_comes_nothing_is_said_about_it(client, event):
    make_attendee(event)

    assert client.get(address(event, "totals")).json()["wont_come_text"] == ""
    assert "data-door-away hidden" in client.get(address(event, "check-in")).content.decode()
