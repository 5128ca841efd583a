"""One registration, cancelled in twenty browsers at one moment."""

from __future__ import annotations

import pytest
from django.urls import reverse

from attendees.models import Attendee, RegistrationStep, Status
from attendees.services.links import personal_token
from attendees.services.places import places_of
from netevent.notifications.models import Message
from tests.factories import make_attendee, make_event
from tests.races.conftest import Site
from tests.races.crowd import Answer, Browser, each, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

BROWSERS = 20


@pytest.fixture
def attendee() -> Attendee:
    return make_attendee(make_event(max_attendees=1))


def cancel(site: Site, attendee: Attendee) -> list[Answer]:
    """Everybody follows the personal link and opens the page that asks; then all of them agree."""
    link = reverse("attendees:personal", args=[personal_token(attendee)])
    page = f"{reverse('attendees:cancel')}?event={attendee.event.code}"
    browsers = site.browsers(BROWSERS)

    def get_ready(browser: Browser) -> int:
        assert browser.open(link).status == 303
        return browser.open(page).status

    assert set(each(browsers, get_ready)) == {200}
    answers = together(browsers, lambda browser: browser.send_form(page))
    for browser in browsers:
        browser.close()
    return answers


def test_twenty_cancels_are_one_with_one_message_and_one_place(site: Site, attendee: Attendee) -> None:
    answers = cancel(site, attendee)

    assert {answer.status for answer in answers} == {303}
    assert list(RegistrationStep.objects.filter(act="cancel").values_list("from_state", "to_state")) == [("confirmed", "cancelled")]
    assert list(Message.objects.values_list("template", flat=True)) == ["cancelled"]
    assert site.notes() == ["place_freed"]
    attendee.refresh_from_db()
    assert attendee.status == Status.CANCELLED
    assert places_of(attendee.event).left() == 1


def test_without_the_condition_one_cancel_happens_many_times(site: Site, attendee: Attendee) -> None:
    """The twin: whoever read `confirmed` cancels, writes to the person and frees a place, once more each."""
    site.without("cancel_without_condition")

    cancel(site, attendee)

    assert RegistrationStep.objects.filter(act="cancel").count() > 1
    assert Message.objects.filter(template="cancelled").count() > 1
    assert site.notes().count("place_freed") > 1
