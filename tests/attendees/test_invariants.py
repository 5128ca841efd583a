"""The audit: quiet when all is well, and each promise bites when it is broken behind the services' back."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from attendees.invariants import promises
from attendees.models import Attendee, CheckIn, Consent, QuestionAnswer, RegistrationStep
from attendees.services import check_in
from events.models import Event
from tests.factories import make_attendee, make_checkpoint, make_consent_text, make_event, make_question, make_running_event, make_type

pytestmark = pytest.mark.django_db


def broken():
    return {promise.name for promise in promises() if promise.broken}


@pytest.fixture
def event():
    event = make_running_event(max_attendees=2)
    people = [make_attendee(event) for _ in range(4)]
    check_in.scan(checkpoint=make_checkpoint(event), text=people[0].code, scan_id=uuid.uuid4(), by=None)
    return event


@pytest.mark.usefixtures("event")
def test_audit_is_quiet_when_all_is_well():
    assert broken() == set()


def too_few_places(event):
    Event.objects.filter(pk=event.pk).update(max_attendees=1)


def entry_without_a_scan(event):
    Attendee.objects.filter(event=event, first_entry_at=None).update(first_entry_at=timezone.now())


def scan_without_an_entry(event):
    Attendee.objects.filter(event=event).update(first_entry_at=None)


def foreign_type(event):
    Attendee.objects.filter(pk=event.attendees.first().pk).update(attendee_type=make_type(make_event()))


def foreign_checkpoint(event):
    CheckIn.objects.update(checkpoint=make_checkpoint(make_event()))


def lost_steps(event):
    RegistrationStep.objects.filter(event=event).delete()


def one_spot_for_two(event):
    Attendee.objects.filter(status="waitlisted").update(queue_number=1)


def foreign_answer(event):
    QuestionAnswer.objects.create(attendee=event.attendees.first(), question=make_question(make_event()), value="x")


def foreign_consent(event):
    Consent.objects.create(attendee=event.attendees.first(), text=make_consent_text(make_event()))


@pytest.mark.parametrize(
    ("harm", "promise"),
    [
        (too_few_places, "no_event_above_capacity"),
        (entry_without_a_scan, "entry_is_first_scan"),
        (scan_without_an_entry, "entry_is_first_scan"),
        (foreign_type, "type_of_same_event"),
        (foreign_checkpoint, "type_of_same_event"),
        (lost_steps, "state_is_last_step"),
        (one_spot_for_two, "queue_numbers_once"),
        (foreign_answer, "told_at_same_event"),
        (foreign_consent, "told_at_same_event"),
    ],
)
def test_audit_finds_what_was_broken(event, harm, promise):
    harm(event)

    assert promise in broken()
