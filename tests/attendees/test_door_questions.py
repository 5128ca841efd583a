"""Questions at the entrance: who is asked, what staff see, and what it costs where nothing is asked."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendees.models import Answer, CheckIn
from attendees.services.badges import badge_for
from attendees.services.questions import answers_of, save_answers
from tests.attendees.pages import state_of, text_of
from tests.factories import make_attendee, make_event, make_member, make_question, make_running_event, make_type, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return make_running_event()


@pytest.fixture
def staff(event):
    client, user = Client(), make_user()
    make_member(event, "check-in", user)
    client.force_login(user)
    return client


def scan(client, event, attendee, **said):
    body = {"text": attendee.code, "scan_id": str(uuid.uuid4()), **said}
    return client.post(reverse("staff:scan", args=[event.pk]), body, content_type="application/json").json()


def ask_page(event, attendee):
    return reverse("staff:answers", args=[event.pk, attendee.code])


def test_scan_tells_what_is_marked_for_the_desk_and_nothing_else(event, staff):
    marked = make_question(event, key="diet", kind="choice", choices={"v": "Vegan"}, at_desk=True, label_en="Diet")
    secret = make_question(event, key="why", label_en="Why")
    attendee = make_attendee(event)
    save_answers(attendee, [marked, secret], {"diet": "v", "why": "secret"})

    answer = scan(staff, event, attendee)
    page = staff.post(reverse("staff:check-in", args=[event.pk]), {"text": attendee.code})

    assert (answer["status"], answer["told"]) == ("in", [{"question": "Diet", "answer": "Vegan"}])
    assert "Vegan" in text_of(page)
    assert "secret" not in text_of(page)


def test_open_questions_keep_out_until_they_are_answered(event, staff):
    make_question(event, key="table", when="check_in", is_required=True, label_en="Which table?")
    make_question(event, key="more", when="check_in")
    attendee = make_attendee(event)

    first = scan(staff, event, attendee)
    assert (first["status"], first["state"], first["may_undo"]) == ("needs_answers", "needs-answers", False)
    assert first["ask"].startswith(ask_page(event, attendee))

    shown = staff.get(first["ask"])
    assert "Which table?" in text_of(shown)
    empty = staff.post(first["ask"], {"answer_table": " "})
    assert (empty.status_code, CheckIn.objects.filter(answer="in").count()) == (422, 0)

    scan_id = str(uuid.uuid4())
    done = [staff.post(first["ask"], {"answer_table": "7", "scan_id": scan_id}) for _ in range(2)]

    assert [state_of(page) for page in done] == ["checked-in", "checked-in"]
    assert answers_of(attendee) == {"table": "7"}
    assert list(CheckIn.objects.order_by("pk").values_list("answer", flat=True)) == ["needs_answers", "in"]
    assert scan(staff, event, attendee)["status"] == "already_in"


def test_same_scan_again_keeps_its_first_answer(event, staff):
    table = make_question(event, key="table", when="check_in", is_required=True)
    attendee, scan_id = make_attendee(event), str(uuid.uuid4())
    first = scan(staff, event, attendee, scan_id=scan_id)
    save_answers(attendee, [table], {"table": "7"})

    assert scan(staff, event, attendee, scan_id=scan_id)["status"] == first["status"] == "needs_answers"
    assert scan(staff, event, attendee)["status"] == "in"


def test_questions_come_after_every_other_refusal_and_before_already_in():
    order = [answer.value for answer in Answer]

    assert order.index("wrong_type") < order.index("needs_answers") < order.index("already_in")


def test_only_who_is_asked_has_to_answer(event, staff):
    guests = make_type(event, code="GUEST")
    diet = make_question(event, key="diet", kind="yes_no")
    make_question(event, key="for-guests", when="check_in", is_required=True, types=[guests])
    make_question(event, key="after-yes", when="check_in", is_required=True, depends_on=diet, depends_values=["yes"])
    guest, eater, other = make_attendee(attendee_type=guests), make_attendee(event), make_attendee(event)
    save_answers(eater, [diet], {"diet": True})
    save_answers(other, [diet], {"diet": False})

    assert [scan(staff, event, person)["status"] for person in (guest, eater, other)] == ["needs_answers", "needs_answers", "in"]


def test_page_is_for_the_events_own_staff_and_people(event, staff):
    make_question(event, key="table", when="check_in", is_required=True)
    stranger, other = Client(), make_user()
    make_member(make_event(), "owner", other)
    stranger.force_login(other)

    assert stranger.get(ask_page(event, make_attendee(event))).status_code == 404
    assert staff.get(ask_page(event, make_attendee(make_event()))).status_code == 404
    assert Client().get(ask_page(event, make_attendee(event))).status_code == 302


def test_registration_questions_are_not_shown_at_the_entrance(event, staff):
    secret = make_question(event, key="why", label_en="Why?")
    make_question(event, key="table", when="check_in", is_required=True)
    attendee = make_attendee(event)
    save_answers(attendee, [secret], {"why": "secret"})

    page = text_of(staff.get(ask_page(event, attendee)))

    assert "Why?" not in page
    assert "secret" not in page


def test_walk_in_is_asked_what_the_entrance_asks(event, staff):
    make_question(event, key="why", is_required=True)
    make_question(event, key="table", when="check_in", is_required=True)
    kind = event.attendee_types.get().pk

    page = staff.post(reverse("staff:walk-in", args=[event.pk]), {"first_name": "Wanda", "attendee_type": kind})

    assert state_of(page) == "needs-answers"
    assert "checkin/answers/" in text_of(page)


def statements(client, event, attendee):
    badge_for(attendee)
    with CaptureQueriesContext(connection) as queries:
        assert scan(client, event, attendee)["status"] == "in"
    return len(queries)


def test_event_that_asks_nothing_at_the_entrance_pays_no_statement_for_it(event, staff):
    scan(staff, event, make_attendee(event))
    without = statements(staff, event, make_attendee(event))
    make_question(event, key="why", is_required=False)

    assert statements(staff, event, make_attendee(event)) == without
    make_question(event, key="diet", at_desk=True)
    assert statements(staff, event, make_attendee(event)) > without
