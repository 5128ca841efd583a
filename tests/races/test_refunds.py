"""Ten organisers give one payment back at one moment, in full or in part."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from attendees.models import Attendee, LedgerEntry, LedgerKind, Receipt, ReceiptKind, Refund, RefundState
from attendees.models.money import cents
from attendees.services.payments import mark_paid
from attendees.services.refunds import order_refund
from netevent.core.signals import collect, invariants
from netevent.notifications.models import Message
from tests.attendees.money import owing
from tests.factories import make_admin
from tests.races.conftest import Site
from tests.races.crowd import Answer, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TIMES, PAID = 10, Decimal("50.00")
SignIn = Callable[[Any], dict[str, str]]


@pytest.fixture
def attendee() -> Attendee:
    attendee = owing(str(PAID))
    mark_paid(attendee, by=None, method="cash")
    return attendee


@pytest.fixture
def press(site: Site, session_of: SignIn) -> Callable[..., list[Answer]]:
    """The same form of the desk, sent by all at once."""

    def send(path: str, **fields: str) -> list[Answer]:
        desks = site.browsers(TIMES, **session_of(make_admin()))
        for desk in desks:
            assert desk.open(reverse("admin:attendees_attendee_changelist")).status == 200
        answers = together(desks, lambda desk: desk.send_form(path, **fields))
        for desk in desks:
            desk.close()
        return answers

    return send


def give_back(press: Callable[..., list[Answer]], attendee: Attendee, amount: str) -> list[Answer]:
    return press(reverse("admin:attendees_attendee_refund_one", args=[attendee.pk]), amount=amount, send="on")


def ordered() -> Decimal:
    return sum(Refund.objects.values_list("amount", flat=True), Decimal(0))


def broken() -> set[str]:
    return {promise.name for promise in collect(invariants) if promise.broken}


@pytest.mark.parametrize(("amount", "times"), [("50.00", 1), ("20.00", 2), ("7.50", 6)], ids=["all of it", "in parts", "in small parts"])
def test_never_more_goes_back_than_was_paid(press: Any, attendee: Attendee, amount: str, times: int) -> None:
    answers = give_back(press, attendee, amount)

    assert {answer.status for answer in answers} <= {302, 403}  # the button is gone for whoever comes when all went back
    assert list(Refund.objects.values_list("amount", "state")) == [(Decimal(amount), RefundState.DONE)] * times
    assert cents(sum(LedgerEntry.objects.filter(kind=LedgerKind.REFUND).values_list("amount", flat=True))) == times * Decimal(amount)
    assert Receipt.objects.filter(kind=ReceiptKind.CREDIT_NOTE).count() == times
    assert Message.objects.filter(template="refunded").count() == times
    assert broken() == set()


def test_what_is_due_is_sent_once(press: Any, attendee: Attendee) -> None:
    [refund] = order_refund(attendee, PAID, by=None)

    answers = press(reverse("admin:attendees_refund_changelist"), action="send_chosen", confirmed="1", _selected_action=str(refund.pk))

    assert {answer.status for answer in answers} == {302}
    assert LedgerEntry.objects.filter(kind=LedgerKind.REFUND).count() == 1
    assert Message.objects.filter(template="refunded").count() == 1
    assert broken() == set()


@pytest.mark.parametrize("amount", ["50.00", "20.00"], ids=["all of it", "in parts"])
def test_without_the_lock_more_goes_back_than_was_paid(site: Site, press: Any, attendee: Attendee, amount: str) -> None:
    """The twin: what went back already is added up, and then written, by all of them."""
    site.without("refund_without_lock")

    give_back(press, attendee, amount)

    assert ordered() > PAID
    assert "refunds_within_payment" in broken()
