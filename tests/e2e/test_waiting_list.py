"""Somebody joins from the waiting list in a real browser: asks to wait, is written to when a place becomes free, takes it, and pays."""

from __future__ import annotations

import email
import email.policy
import re
from decimal import Decimal

import pytest

from attendees import tasks
from attendees.models import Attendee, Offer, OfferState, RegistrationStep, Status
from attendees.services.ledger import balance
from attendees.services.payments import mark_paid
from attendees.services.registration import cancel_registration
from netevent.notifications.services import deliver_due
from tests.attendees.money import owing
from tests.support import need_browser

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "en", "timezone_id": "Europe/Amsterdam"}


@pytest.fixture(autouse=True)
def _browser_is_there():
    need_browser()


@pytest.fixture
def holder(live_server, builtin_rows, settings):
    """Who has the one place of an event that costs something, and has paid."""
    settings.BASE_URL = live_server.url
    holder = owing("33.33", name_en="Evening of Small Machines", time_zone="Europe/Amsterdam", max_attendees=1)
    mark_paid(holder, by=None, method="cash")
    return holder


def join_the_waiting_list(page, address, event):
    page.goto(f"{address}/event/register/{event.code}")
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("Last name").fill("Żółć-Nowak")
    page.get_by_label("E-mail").fill("zoe@example.org")
    page.get_by_role("button", name="Join the waiting list").click()
    page.wait_for_selector("main[data-state=waitlisted]")


def last_letter_to(smtp, address):
    mails = (email.message_from_bytes(raw, policy=email.policy.default) for raw in smtp.mails)
    return [mail for mail in mails if mail["To"] == address][-1]


def link_in(letter, where):
    return re.search(rf"http://\S+/attendee/{where}/\S+", letter.get_body(("plain",)).get_content())[0]


def test_somebody_joins_from_the_waiting_list_and_pays(live_server, holder, smtp, open_browser):
    page, heard = open_browser(**PHONE)
    join_the_waiting_list(page, live_server.url, holder.event)
    deliver_due()
    assert "/attendee/offer/" not in last_letter_to(smtp, "zoe@example.org").get_body(("plain",)).get_content()

    cancel_registration(holder)
    tasks.tend_waiting_lists()
    assert deliver_due() == {"sent": 2}
    page.goto(link_in(last_letter_to(smtp, "zoe@example.org"), "offer"))
    page.wait_for_selector("main[data-state=offered]")
    assert "€33.33" in page.get_by_role("main").inner_text()
    page.get_by_role("button", name="Take the place").click()

    page.wait_for_selector("main[data-state=payment-due]")
    page.get_by_role("link", name="Pay now").click()
    page.get_by_role("button", name="Online").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_selector("main[data-state=paid]")
    page.get_by_role("link", name="Back to my page").click()
    page.wait_for_selector("main[data-state=registered]")
    assert page.locator(".qr-panel svg").is_visible()
    assert heard.take() == []

    zoe = Attendee.objects.get(email="zoe@example.org")
    assert (zoe.status, balance(zoe), Offer.objects.get().state) == (Status.CONFIRMED, Decimal(0), OfferState.ACCEPTED)
    assert list(RegistrationStep.objects.filter(attendee=zoe).order_by("pk").values_list("act", flat=True)) == [
        *("register", "offer", "accept", "pay"),
    ]
    deliver_due()
    assert "/attendee/personal/" in link_in(last_letter_to(smtp, "zoe@example.org"), "personal")


def test_who_no_longer_needs_the_place_says_so_in_the_browser(live_server, holder, smtp, open_browser):
    page, heard = open_browser(**PHONE)
    join_the_waiting_list(page, live_server.url, holder.event)
    cancel_registration(holder)
    tasks.tend_waiting_lists()
    deliver_due()

    page.goto(link_in(last_letter_to(smtp, "zoe@example.org"), "offer"))
    page.get_by_role("button", name="I don't need the place").click()

    page.wait_for_selector("main[data-state=cancelled]")
    page.go_back()
    page.reload()
    page.wait_for_selector("main[data-state=offer-over]")
    assert Offer.objects.get().state == OfferState.DECLINED
    assert heard.take() == []
