"""A button that many press at the same moment does its act once."""

from __future__ import annotations

import pytest

from attendees.models import RegistrationStep
from attendees.services.calling_off import end_some
from attendees.services.mailing import keep_draft, send_mailing
from attendees.services.registration import cancel_registration
from events.models import Event
from events.services.calling_off import call_off
from netevent.jobs.models import Job
from netevent.notifications.models import Message
from tests.core.races import together
from tests.factories import make_attendee, make_event, make_organiser, make_user

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_calling_off_pressed_by_six_is_one_version_and_one_job() -> None:
    event = make_event()
    make_attendee(event)

    answers = together(6, lambda _n: call_off(Event.objects.get(pk=event.pk), reasons={"en": "Rain"}))

    assert sorted(answers, key=str) == [False] * 5 + [True]
    assert event.history.count() == 2
    assert Job.objects.filter(kind="attendees.call_off").count() == 1


def test_two_workers_and_somebody_who_cancels_end_each_registration_once() -> None:
    event = make_event()
    people = [make_attendee(event) for _n in range(6)]
    call_off(event, reasons={"en": "Rain"})

    def act(number: int) -> object:
        if number < 2:
            return end_some(Event.objects.get(pk=event.pk), by=None, source="admin")
        return cancel_registration(people[number], source="admin")

    answers = together(4, act)

    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    ended = RegistrationStep.objects.filter(to_state="cancelled").values_list("attendee", flat=True)
    assert sorted(ended) == [person.pk for person in people]
    assert Message.objects.filter(template__in=("event_cancelled", "cancelled")).count() == 6


def test_sending_pressed_by_four_is_one_job() -> None:
    owner = make_user()
    event = make_event(organiser=make_organiser(owner))
    make_attendee(event)
    mailing = keep_draft(event, owner, texts={"en": {"subject": "News", "text": "News"}}, choice={})

    answers = together(4, lambda _n: send_mailing(type(mailing).objects.get(pk=mailing.pk), owner))

    assert sum(isinstance(answer, Job) for answer in answers) == 1, answers
    assert [answer for answer in answers if not isinstance(answer, Job)] == [None] * 3
    assert Job.objects.filter(kind="attendees.mailing").count() == 1
