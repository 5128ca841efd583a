"""Somebody pays on the test provider's page, and an organiser gives the money back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from attendees.models import Attendee, Refund, Status
from attendees.services.links import personal_token
from attendees.services.refunds import send_refund
from tests.attendees.money import owing
from tests.support import need_browser

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "en", "timezone_id": "Europe/Amsterdam"}


@pytest.fixture(autouse=True)
def _browser_is_there():
    need_browser()


def test_somebody_pays_cancels_and_is_refunded(live_server, builtin_rows, settings, open_browser):
    settings.BASE_URL = live_server.url
    attendee = owing("33.33", name_en="Evening of Small Machines", pays_at_door=True)
    page, heard = open_browser(**PHONE)
    page.goto(f"{live_server.url}/attendee/personal/{personal_token(attendee)}?to=payment")
    page.wait_for_selector("main[data-state=payment-due]")

    page.get_by_role("button", name="Online").click()
    page.wait_for_selector("main[data-state=test-payment]")
    page.get_by_role("button", name="Let it fail").click()
    page.wait_for_selector("main[data-state=payment-failed]")
    page.get_by_role("button", name="Online").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_selector("main[data-state=paid]")
    assert "€33.33" in page.get_by_role("main").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Receipt").first.click()
    assert download.value.suggested_filename.endswith(".pdf")

    page.get_by_role("link", name="Back to my page").click()
    page.get_by_role("link", name="Cancel my registration").click()
    page.get_by_role("button", name="Give up my place").click()
    page.get_by_role("link", name="Payment and receipts").click()
    page.wait_for_selector("main[data-state=refund-due]")
    refund = Refund.objects.get()
    assert (refund.amount, Attendee.objects.get().status) == (Decimal("33.33"), Status.CANCELLED)
    send_refund(refund)
    page.reload()
    page.wait_for_selector("main[data-state=refunded]")
    assert "Credit note" in page.get_by_role("main").inner_text()
    assert heard.take() == []
