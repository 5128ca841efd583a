"""Twenty people give their places back at one moment, and twenty others are offered one each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from attendees.invariants import promises
from attendees.models import Attendee, Offer, RegistrationStep, Status
from attendees.services.links import personal_token
from attendees.services.places import places_of
from attendees.services.registration import cancel_registration
from events.models import Event
from netevent.notifications.models import Message
from tests.factories import make_admin, make_attendee, make_event
from tests.races.conftest import Site
from tests.races.crowd import Answer, Browser, each, together
from tests.support import only_on

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PEOPLE = 20
MORE = 10  # who wait and get nothing
SignIn = Callable[[Any], dict[str, str]]


@pytest.fixture
def event() -> Event:
    """As many places as people have them, and a queue that is longer."""
    event = make_event(max_attendees=PEOPLE)
    for _number in range(PEOPLE * 2 + MORE):
        make_attendee(event)
    return event


def ready_to_cancel(site: Site, people: list[Attendee]) -> list[tuple[Browser, str]]:
    """Everybody has opened the page that asks."""
    if not people:
        return []
    page = f"{reverse('attendees:cancel')}?event={people[0].event.code}"
    links = [reverse("attendees:personal", args=[personal_token(attendee)]) for attendee in people]

    def get_ready(pair: tuple[Browser, str]) -> tuple[Browser, str]:
        browser, link = pair
        assert browser.open(link).status == 303
        assert browser.open(page).status == 200
        return browser, page

    return each(list(zip(site.browsers(len(people)), links, strict=True)), get_ready)


def cancel_and_offer(site: Site, event: Event) -> None:
    """All who have a place give it back, and as many workers look after the queue meanwhile; then once more, as the sweep does."""
    holders = list(event.attendees.filter(status=Status.CONFIRMED).select_related("event").order_by("pk"))
    cancels = [lambda pair=pair: pair[0].send_form(pair[1]) for pair in ready_to_cancel(site, holders)]
    workers = [lambda browser=browser: browser.ask("POST", f"/-/offer/{event.pk}") for browser in site.browsers(PEOPLE)]

    answers: list[Answer] = together([*cancels, *workers], lambda act: act())

    assert {answer.status for answer in answers} <= {200, 303}
    together(workers, lambda act: act())


def test_twenty_cancels_at_once_offer_twenty_people_one_place_each(site: Site, event: Event) -> None:
    queue = list(event.attendees.waiting().values_list("pk", flat=True))

    cancel_and_offer(site, event)

    assert sorted(Offer.objects.open().values_list("attendee", flat=True)) == sorted(queue[:PEOPLE])  # the first ones, in turn
    assert Offer.objects.count() == RegistrationStep.objects.filter(act="offer").count() == PEOPLE
    assert Message.objects.filter(template="offer").count() == PEOPLE
    assert places_of(event).held.total() == PEOPLE
    assert not [promise.name for promise in promises() if promise.broken]


def test_without_the_lock_more_places_are_offered_than_there_are(site: Site, event: Event) -> None:
    """The twin on PostgreSQL: each worker counts what was free when it looked."""
    only_on("postgresql")
    site.without("offer_without_lock")

    cancel_and_offer(site, event)

    assert Offer.objects.count() > PEOPLE
    assert places_of(event).held.total() > PEOPLE


def offer_by_hand(site: Site, event: Event, session_of: SignIn) -> None:
    """Two organisers press "Offer a place" for each who waits, twice, all at one moment."""
    waiting = list(event.attendees.waiting().values_list("pk", flat=True))
    presses = []
    for cookies in (session_of(make_admin()), session_of(make_admin())):
        for browser, pk in zip(site.browsers(len(waiting) * 2, **cookies), waiting * 2, strict=True):
            page = reverse("admin:attendees_attendee_offer_one", args=[pk])
            assert browser.open(page).status == 200
            presses.append(lambda browser=browser, page=page: browser.send_form(page))

    answers: list[Answer] = together(presses, lambda press: press())

    assert {answer.status for answer in answers} <= {302, 403}  # the button is gone for whoever comes later


@pytest.fixture
def two_places() -> Event:
    """Free, and four people who wait for them."""
    event = make_event(max_attendees=2)
    holders = [make_attendee(event) for _number in range(6)][:2]
    for holder in holders:
        cancel_registration(holder)
    return event


def test_two_organisers_who_offer_the_same_places_offer_each_once(site: Site, two_places: Event, session_of: SignIn) -> None:
    offer_by_hand(site, two_places, session_of)

    assert Offer.objects.open().count() == Offer.objects.count() == RegistrationStep.objects.filter(act="offer").count() == 2
    assert Message.objects.filter(template="offer").count() == 2
    assert places_of(two_places).left() == 0
    assert not [promise.name for promise in promises() if promise.broken]


def test_without_the_lock_two_organisers_offer_more_places_than_there_are(site: Site, two_places: Event, session_of: SignIn) -> None:
    """The twin on PostgreSQL."""
    only_on("postgresql")
    site.without("offer_without_lock")

    offer_by_hand(site, two_places, session_of)

    assert Offer.objects.count() > 2
    assert "no_event_above_capacity" in {promise.name for promise in promises() if promise.broken}
