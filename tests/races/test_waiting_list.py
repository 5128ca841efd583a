"""Twenty people give their places back at one moment, and twenty others are offered one each; and everybody does anything at once."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.urls import reverse

from attendees.invariants import promises
from attendees.models import Attendee, Offer, OfferState, RegistrationStep, Status
from attendees.services.links import personal_token
from attendees.services.places import places_of
from attendees.services.waiting_list import offer_freed_places
from events.models import Event
from netevent.notifications.models import Message
from tests.factories import make_attendee, make_event
from tests.races.conftest import Site
from tests.races.crowd import Answer, Browser, each, together
from tests.support import only_on

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PEOPLE = 20
MORE = 10  # who wait and get nothing


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


def test_anything_at_once_breaks_no_promise(site: Site) -> None:
    """People cancel, accept, decline and are offered places, all at the same moments and some twice."""
    event = make_event(max_attendees=6)
    for _number in range(18):
        make_attendee(event)
    dice = random.Random(20260711)
    for _round in range(4):
        acts = [lambda browser=browser: browser.ask("POST", f"/-/offer/{event.pk}") for browser in site.browsers(4)]
        holders = list(event.attendees.filter(status=Status.CONFIRMED).select_related("event"))
        leaving = dice.sample(holders, min(3, len(holders)))
        acts += [lambda pair=pair: pair[0].send_form(pair[1]) for pair in ready_to_cancel(site, leaving + leaving)]
        acts += answers_to_offers(site, dice)
        assert {answer.status for answer in together(acts, lambda act: act())} <= {200, 303, 409}
        assert not [promise.name for promise in promises() if promise.broken]
    offer_freed_places(event)
    states = Counter(event.attendees.values_list("status", flat=True))
    assert (
        states[Status.CONFIRMED] + states[Status.OFFERED] == 6 or not states[Status.WAITLISTED]
    )  # a place is free only where nobody waits
    assert Offer.objects.filter(state=OfferState.ACCEPTED).exists()


def answers_to_offers(site: Site, dice: random.Random) -> list:
    """Everybody who was offered a place says yes and no at one moment, in two browsers: one of the two counts."""
    acts = []
    for offer in Offer.objects.open():
        page = reverse("attendees:offer", args=[offer.token])
        for browser, answer in zip(site.browsers(2), dice.sample(["accept", "decline", "accept"], 2), strict=True):
            assert browser.open(page).status == 200
            acts.append(lambda browser=browser, page=page, answer=answer: browser.send_form(page, answer=answer))
    return acts
