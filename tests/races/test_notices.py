"""Ten copies of a provider's notice, sent to several processes at one moment."""

from __future__ import annotations

import json

import pytest

from attendees.models import Attendee, LedgerEntry, LedgerKind, Payment, Receipt, Status
from attendees.providers.test import SIGNATURE, signed_notice
from attendees.services.checkouts import begin_checkout
from netevent.notifications.models import Message
from tests.attendees.money import owing
from tests.races.conftest import Site
from tests.races.crowd import Answer, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

COPIES = 10


@pytest.fixture
def payment() -> Payment:
    return begin_checkout(owing("50.00"))


def tell(site: Site, payment: Payment, notices: list[str]) -> list[Answer]:
    browsers = site.browsers(len(notices))
    calls = list(zip(browsers, notices, strict=True))

    def call(each: tuple) -> Answer:
        browser, notice = each
        body = json.dumps({"id": notice, "outcome": "paid", "key": payment.key, "reference": payment.reference})
        headers = {"Content-Type": "application/json", SIGNATURE: signed_notice(body.encode())}
        return browser.ask("POST", "/payments/webhook/test", body, headers)

    answers = together(calls, call)
    for browser in browsers:
        browser.close()
    return answers


@pytest.mark.parametrize("notices", [["same"] * COPIES, [f"n{number}" for number in range(COPIES)]], ids=["copies", "several"])
def test_ten_notices_of_a_payment_apply_once(site: Site, payment: Payment, notices: list[str]) -> None:
    answers = tell(site, payment, notices)

    assert {answer.status for answer in answers} == {200}
    assert LedgerEntry.objects.filter(kind=LedgerKind.PAYMENT).count() == 1
    assert Receipt.objects.count() == 1
    assert Message.objects.filter(template="paid").count() == 1
    assert Attendee.objects.get().status == Status.CONFIRMED


def test_without_the_claim_a_payment_is_noted_many_times(site: Site, payment: Payment) -> None:
    """The twin: whoever read `open` notes it and writes to the person."""
    site.without("notice_without_claim")

    tell(site, payment, ["same"] * COPIES)

    assert Message.objects.filter(template="paid").count() > 1
