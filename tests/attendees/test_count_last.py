"""Where places are plenty, a registration is written before it is counted."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendees.models import Attendee, Status
from attendees.services import count_last, registering
from attendees.services.count_last import CountFirst, may_count_last, register_counting_last
from attendees.services.registration import Person
from events.models import Event
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from tests.factories import first_type, make_attendee, make_event
from tests.support import only_on

pytestmark = pytest.mark.django_db

ADA = Person("Ada", "Lovelace", "ada@example.org", language="en")


@pytest.fixture(autouse=True)
def nothing_remembered():
    caches["local"].clear()


def type_of(event):
    kind = first_type(event)
    kind.event = event
    return kind


def test_is_written_as_the_careful_way_writes_it():
    event = make_event(max_attendees=100)

    done = register_counting_last(attendee_type=type_of(event), person=ADA)

    assert (done.state, done.is_new, done.position) == (Status.CONFIRMED, True, None)
    person = Attendee.objects.get()
    assert [(step.act, step.to_state) for step in person.steps.all()] == [("register", "confirmed")]
    assert person.badges.count() == Message.objects.count() == 1
    assert may_count_last(event) is connection.features.has_select_for_update


def test_the_lock_comes_last():
    only_on("postgresql")
    event = make_event(max_attendees=100)
    with CaptureQueriesContext(connection) as asked:
        register_counting_last(attendee_type=type_of(event), person=ADA)
    words = [query["sql"] for query in asked]
    lock = next(number for number, sql in enumerate(words) if "FOR NO KEY UPDATE" in sql)
    assert not [sql for sql in words[lock:] if not sql.startswith("SELECT")]


def test_without_a_place_the_careful_way_decides():
    event = make_event(max_attendees=1)
    make_attendee(event)
    with pytest.raises(CountFirst):
        register_counting_last(attendee_type=type_of(event), person=ADA)


def test_who_waits_goes_first():
    event = make_event(max_attendees=2)
    Attendee.objects.filter(pk=make_attendee(event).pk).update(status=Status.WAITLISTED)
    make_attendee(event)
    with pytest.raises(CountFirst):
        register_counting_last(attendee_type=type_of(event), person=ADA)


def test_the_last_places_are_counted_first_for_a_while():
    event = make_event(max_attendees=count_last.PLENTY)
    register_counting_last(attendee_type=type_of(event), person=ADA)
    assert not may_count_last(event)


def test_an_event_that_was_changed_meanwhile_is_read_again():
    event = make_event(max_attendees=100)
    Event.objects.filter(pk=event.pk).update(updated_at=timezone.now() + timedelta(seconds=1))
    with pytest.raises(CountFirst):
        register_counting_last(attendee_type=type_of(event), person=ADA)


def test_somebody_who_is_known_is_looked_at_carefully():
    event = make_event(max_attendees=100)
    make_attendee(event, email=ADA.email)
    with pytest.raises(CountFirst):
        register_counting_last(attendee_type=type_of(event), person=ADA)


def test_a_closed_registration_is_refused():
    event = make_event(registration_closes_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(DomainError, match="closed"):
        register_counting_last(attendee_type=type_of(event), person=ADA)


@pytest.fixture
def always_tried(monkeypatch):
    monkeypatch.setattr(registering, "may_count_last", lambda _event: True)


def send(client, event, **fields):
    typed = {"first_name": "Ada", "email": "ada@example.org", "language": "en", "idempotency_key": uuid.uuid4().hex}
    return client.post(reverse("attendees:register", args=[event.code]), typed | fields)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("always_tried")
def test_the_page_takes_back_what_was_written_in_vain(client):
    event = make_event(max_attendees=1, has_waiting_list=True)
    assert send(client, event).status_code == 303
    key = uuid.uuid4().hex
    refused = send(client, event, email="grace@example.org", idempotency_key=key)
    assert (refused.status_code, Attendee.objects.count()) == (409, 1)
    waits = send(client, event, email="grace@example.org", accept_waiting_list="on")
    assert waits.status_code == 303
    assert list(Attendee.objects.order_by("pk").values_list("status", "queue_number")) == [("confirmed", None), ("waitlisted", 1)]
    assert Message.objects.count() == 2
    assert [step.act for step in Attendee.objects.get(email="grace@example.org").steps.all()] == ["register"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("always_tried")
def test_the_same_form_twice_is_one_registration(client):
    event, key = make_event(max_attendees=100), uuid.uuid4().hex
    assert [send(client, event, idempotency_key=key).status_code for _time in range(2)] == [303, 303]
    assert Attendee.objects.count() == Message.objects.count() == 1


def test_events_that_refuse_the_same_hour_lock_first():
    assert not may_count_last(make_event(refuses_same_hour=True))
