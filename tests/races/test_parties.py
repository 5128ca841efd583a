"""Groups and single people want the same places at one moment; and members come and go while places are offered."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.urls import reverse

from attendees.invariants import promises
from attendees.models import Attendee, Offer, Party, Status
from attendees.services.links import personal_token
from attendees.services.places import places_of
from attendees.services.waiting_list import tend
from events.models import Event
from netevent.notifications.models import Message
from tests.factories import make_event
from tests.races.conftest import Site
from tests.races.crowd import Answer, Browser, each, together
from tests.support import only_on

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SIZE = 3


def sign_up(site: Site, event: Event, groups: int, singles: int) -> None:
    """Everybody opens the form first; then all of them send it."""
    path = reverse("attendees:register", args=[event.code])
    browsers = site.browsers(groups + singles)
    each(browsers, lambda browser: browser.open(path))

    def send(numbered: tuple[int, Browser]) -> Answer:
        number, browser = numbered
        others = {f"first_name_{n}": f"Guest {number}.{n}" for n in range(2, SIZE + 1)} if number < groups else {}
        browser.hidden["people"] = str(1 + len(others))
        return browser.send_form(path, first_name="Ada", email=f"ada{number}@example.org", accept_waiting_list="on", **others)

    mixed = list(enumerate(browsers))
    random.Random(20261121).shuffle(mixed)
    assert Counter(answer.status for answer in together(mixed, send)) == {303: groups + singles}
    for browser in browsers:
        browser.close()


def broken() -> list[str]:
    return [promise.name for promise in promises() if promise.broken]


def test_groups_and_single_people_at_once_get_places_all_or_none(site: Site) -> None:
    event = make_event(max_attendees=20, max_party_size=SIZE)

    sign_up(site, event, groups=16, singles=16)

    states = {party.pk: {*party.members.values_list("status", flat=True)} for party in Party.objects.all()}
    assert all(len(alike) == 1 for alike in states.values())
    assert Attendee.objects.count() == 16 * SIZE + 16
    assert places_of(event).held.total() in {18, 19, 20}  # what is left is too little for the group that came next
    assert Message.objects.count() == 32
    assert not broken()


def test_without_the_lock_groups_get_more_places_than_there_are(site: Site) -> None:
    """The twin on PostgreSQL: each group counts what was free when it looked."""
    only_on("postgresql")
    site.without("count_without_lock")
    event = make_event(max_attendees=20, max_party_size=SIZE)

    sign_up(site, event, groups=16, singles=16)

    assert places_of(event).held.total() > 20


def test_anything_at_once_leaves_groups_whole(site: Site) -> None:
    """People and members cancel, contacts accept and decline, places are offered and kept, all at the same moments and some twice."""
    event = make_event(max_attendees=10, max_party_size=SIZE)
    sign_up(site, event, groups=6, singles=8)
    dice = random.Random(20261121)
    for _round in range(5):
        acts = [lambda browser=browser: browser.ask("POST", f"/-/offer/{event.pk}") for browser in site.browsers(4)]
        acts += cancels(site, event, dice) + answers(site, dice)
        assert {answer.status for answer in together(acts, lambda act: act())} <= {200, 303, 409}
        tend()
        assert not broken()
    held = places_of(event)
    assert held.taken() <= 10
    assert Offer.objects.filter(attendee__party__isnull=False).exists()


def cancels(site: Site, event: Event, dice: random.Random) -> list:
    """Some who hold places or wait open the page that asks, in two browsers each."""
    standing = [*event.attendees.filter(status__in=(Status.CONFIRMED, Status.WAITLISTED)).select_related("event")]
    page, acts = f"{reverse('attendees:cancel')}?event={event.code}", []
    for attendee in dice.sample(standing, min(3, len(standing))):
        link = reverse("attendees:personal", args=[personal_token(attendee)])
        for browser in site.browsers(2):
            assert browser.open(link).status == 303
            assert browser.open(page).status == 200
            acts.append(lambda browser=browser: browser.send_form(page))
    return acts


def answers(site: Site, dice: random.Random) -> list:
    """Yes and no to the same offers at one moment, by any link of a group."""
    acts = []
    for offer in Offer.objects.open():
        page = reverse("attendees:offer", args=[offer.token])
        for browser, answer in zip(site.browsers(2), dice.sample(["accept", "decline", "accept"], 2), strict=True):
            assert browser.open(page).status == 200
            acts.append(lambda browser=browser, page=page, answer=answer: browser.send_form(page, answer=answer))
    return acts
