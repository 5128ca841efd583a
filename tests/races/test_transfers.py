"""One place that is passed on to many people, and given up, at one moment."""

from __future__ import annotations

import pytest
from django.urls import reverse

from attendees.models import Attendee, RegistrationStep, Status
from attendees.services.links import personal_token
from attendees.services.places import places_of
from tests.factories import make_attendee, make_event
from tests.races.conftest import Site
from tests.races.crowd import Browser, each, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

BROWSERS = 12


@pytest.fixture
def attendee() -> Attendee:
    return make_attendee(make_event(max_attendees=1))


def test_of_many_transfers_and_cancels_one_wins_and_the_place_is_held_once(site: Site, attendee: Attendee) -> None:
    link = reverse("attendees:personal", args=[personal_token(attendee)])
    address = {name: f"{reverse(f'attendees:{name}')}?event={attendee.event.code}" for name in ("transfer", "cancel")}
    browsers = site.browsers(BROWSERS)
    numbers = {id(browser): number for number, browser in enumerate(browsers)}

    def get_ready(browser: Browser) -> int:
        assert browser.open(link).status == 303
        return browser.open(address["transfer"]).status

    assert set(each(browsers, get_ready)) == {200}

    def go(browser: Browser) -> object:
        number = numbers[id(browser)]
        if number % 4 == 3:
            return browser.send_form(address["cancel"])
        return browser.send_form(address["transfer"], first_name=f"Person {number}", email=f"person{number}@race.example")

    answers = together(browsers, go)
    for browser in browsers:
        browser.close()

    assert all(answer.status in {303, 409} for answer in answers)
    ends = RegistrationStep.objects.filter(attendee=attendee, to_state=Status.CANCELLED)
    assert ends.count() == 1
    taken = Attendee.objects.exclude(pk=attendee.pk)
    assert taken.count() == (1 if ends.get().act == "transfer" else 0)
    assert places_of(attendee.event).left() == 1 - taken.count()
