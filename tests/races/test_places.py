"""Two hundred people want fifty places at one moment."""

from __future__ import annotations

from collections import Counter

import pytest
from django.urls import reverse

from attendees.models import Attendee, Status
from events.models import Event
from netevent.notifications.models import Message
from tests.factories import make_event
from tests.races.conftest import Site
from tests.races.crowd import Answer, Browser, each, together
from tests.support import only_on

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PEOPLE, PLACES = 200, 50


def sign_up(site: Site, event: Event, people: int = PEOPLE) -> list[Answer]:
    """Everybody opens the form first; then all of them send it."""
    path = reverse("attendees:register", args=[event.code])
    browsers = site.browsers(people)
    assert {answer.status for answer in each(browsers, lambda browser: browser.open(path))} == {200}

    def send(numbered: tuple[int, Browser]) -> Answer:
        number, browser = numbered
        fields = {"first_name": "Ada", "last_name": f"Lovelace {number}", "email": f"ada{number}@example.org"}
        return browser.send_form(path, accept_waiting_list="on", **fields)

    answers = together(list(enumerate(browsers)), send)
    for browser in browsers:
        browser.close()
    return answers


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_two_hundred_sign_ups_for_fifty_places_fill_them_and_queue_the_rest(site: Site) -> None:
    event = make_event(max_attendees=PLACES)

    answers = sign_up(site, event)

    assert statuses(answers) == {303: PEOPLE}
    assert Counter(Attendee.objects.values_list("status", flat=True)) == {Status.CONFIRMED: PLACES, Status.WAITLISTED: PEOPLE - PLACES}
    queue = Attendee.objects.filter(status=Status.WAITLISTED).order_by("queue_number").values_list("queue_number", flat=True)
    assert list(queue) == list(range(1, PEOPLE - PLACES + 1))
    assert Message.objects.count() == PEOPLE


def test_forms_that_are_sent_twice_at_once_get_one_answer_each(site: Site) -> None:
    """The second of two is not told that there is no place left: the first one took the last."""
    event = make_event(max_attendees=8, has_waiting_list=False)
    path = reverse("attendees:register", args=[event.code])
    people = site.browsers(16)
    each(people, lambda browser: browser.open(path))
    seconds = [Browser(port, **browser.cookies) for browser, port in zip(people, reversed(site.ports * 4), strict=True)]
    for first, second in zip(people, seconds, strict=True):
        second.hidden = first.hidden

    def send(numbered: tuple[int, Browser]) -> Answer:
        number, browser = numbered
        return browser.send_form(path, first_name="Ada", email=f"ada{number}@example.org")

    answers = together([*enumerate(people), *enumerate(seconds)], send)

    pairs = Counter((one.status, two.status) for one, two in zip(answers[:16], answers[16:], strict=True))
    assert pairs == {(303, 303): 8, (409, 409): 8}
    assert Attendee.objects.count() == Message.objects.count() == 8


def test_without_the_lock_more_are_confirmed_than_there_are_places(site: Site) -> None:
    """The twin on PostgreSQL: the same count, of a row that nobody holds."""
    only_on("postgresql")
    site.without("count_without_lock")

    answers = sign_up(site, make_event(max_attendees=PLACES))

    assert statuses(answers) == {303: PEOPLE}  # nobody notices
    assert Attendee.objects.filter(status=Status.CONFIRMED).count() > PLACES


def test_without_a_transaction_more_are_confirmed_than_there_are_places(site: Site) -> None:
    """The twin on SQLite, where the write lock taken at BEGIN is the lock: count, then write."""
    only_on("sqlite")
    site.without("count_without_transaction")

    sign_up(site, make_event(max_attendees=PLACES))

    assert Attendee.objects.filter(status=Status.CONFIRMED).count() > PLACES


def test_with_deferred_transactions_people_are_sent_away(site: Site) -> None:
    """The other twin on SQLite: who counted before somebody else wrote can't write any more, however long they wait."""
    only_on("sqlite")
    site.without("lock_only_when_writing")

    answers = sign_up(site, make_event(max_attendees=PLACES), people=40)

    assert statuses(answers)[503] > 0
    assert Attendee.objects.count() < 40
