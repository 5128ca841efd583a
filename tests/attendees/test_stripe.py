"""Stripe Checkout, through the official library, against a server of our own that answers as Stripe does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from attendees.models import Payment, Refund, Status
from attendees.providers.stripe import from_minor_units, minor_units
from attendees.services.checkouts import begin_checkout, end_terms
from attendees.services.ledger import balance
from attendees.services.refunds import order_refund, send_refund
from attendees.services.registration import cancel_registration
from netevent.core.errors import DomainError
from tests.attendees.fake_stripe import SECRET, FakeStripe, signed
from tests.attendees.money import owing

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe(settings) -> Iterator[FakeStripe]:
    fake = FakeStripe()
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API_BASE = "sk_test_fake", SECRET, fake.address
    yield fake
    fake.stop()


def call(client, event, **options):
    body, signature = signed(event, **options)
    return client.post("/payments/webhook/stripe", body, content_type="application/json", headers={"Stripe-Signature": signature})


@pytest.mark.parametrize(("amount", "currency", "units"), [("12.34", "EUR", 1234), ("500", "JPY", 500), ("0.10", "USD", 10)])
def test_amounts_travel_in_the_smallest_coin(amount, currency, units):
    assert minor_units(Decimal(amount), currency) == units
    assert from_minor_units(units, currency) == Decimal(amount)


def test_a_checkout_is_made_once_at_the_price_of_the_type(stripe):
    attendee = owing("33.33")
    payment = begin_checkout(attendee)
    again = begin_checkout(attendee)
    [session] = stripe.sessions.values()

    assert (payment.reference, payment.checkout_url) == (session["id"], session["url"])
    assert again == payment
    assert (session["amount_total"], session["currency"], session["client_reference_id"]) == (3333, "eur", payment.key)


def test_yen_have_no_smaller_coin(stripe):
    begin_checkout(owing("1500", currency="JPY"))
    assert [(s["amount_total"], s["currency"]) for s in stripe.sessions.values()] == [(1500, "jpy")]


def test_its_notice_confirms_the_place_and_copies_change_nothing(stripe, client):
    attendee = owing("33.33")
    event = stripe.pay(begin_checkout(attendee).reference)
    assert [call(client, event).status_code for _copy in range(3)] == [200, 200, 200]
    attendee.refresh_from_db()
    assert (attendee.status, balance(attendee)) == (Status.CONFIRMED, 0)


@pytest.mark.parametrize("options", [{"secret": "whsec_other"}, {"at": 1_700_000_000}])
def test_a_notice_with_another_signature_or_an_old_one_is_refused(stripe, client, options):
    attendee = owing("33.33")
    assert call(client, stripe.pay(begin_checkout(attendee).reference), **options).status_code == 400
    attendee.refresh_from_db()
    assert attendee.status == Status.AWAITING_PAYMENT


def test_without_a_secret_nothing_is_believed(stripe, client, settings):
    event = stripe.pay(begin_checkout(owing("33.33")).reference)
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert call(client, event, secret="").status_code == 400


def test_a_refund_goes_back_through_the_provider_and_its_notice_adds_nothing(stripe, client):
    attendee = owing("50.00")
    payment = begin_checkout(attendee)
    call(client, stripe.pay(payment.reference))
    for amount in ("20.01", "29.99"):
        [refund] = order_refund(attendee, Decimal(amount), by=None)
        assert send_refund(refund)
    assert [refund["amount"] for refund in stripe.refunds.values()] == [2001, 2999]
    assert call(client, stripe.charge_refunded(payment.reference, 5000)).status_code == 200
    assert Refund.objects.count() == 2
    assert balance(attendee) == 0


def test_refunded_at_the_provider_s_before_its_paid_notice_comes(stripe, client):
    attendee = owing("50.00")
    payment = begin_checkout(attendee)
    paid = stripe.pay(payment.reference)
    call(client, stripe.charge_refunded(payment.reference, 1000))
    call(client, paid)
    assert [(refund.state, str(refund.amount)) for refund in Refund.objects.all()] == [("done", "10.00")]


def test_a_refund_that_is_refused_is_shown_and_may_be_tried_again(stripe, client):
    attendee = owing("50.00")
    call(client, stripe.pay(begin_checkout(attendee).reference))
    attendee.refresh_from_db()
    cancel_registration(attendee)
    refund, stripe.refuses = Refund.objects.get(), "insufficient_funds"
    with pytest.raises(DomainError, match="refund_failed"):
        send_refund(refund)
    refund.refresh_from_db()
    assert (refund.state, refund.error) == ("failed", "insufficient_funds")

    stripe.refuses = ""
    assert send_refund(refund)
    assert balance(attendee) == 0


def test_a_provider_that_is_away_is_said_and_another_try_works(stripe):
    attendee, stripe.is_away = owing("50.00"), True
    with pytest.raises(DomainError, match="provider_away"):
        begin_checkout(attendee)
    stripe.is_away = False
    assert begin_checkout(attendee).checkout_url
    assert Payment.objects.count() == 2


def test_the_end_of_the_term_asks_first_and_closes_the_provider_s_page(stripe):
    paid, unpaid = owing("50.00"), owing("50.00")
    stripe.pay(begin_checkout(paid).reference)
    session = stripe.sessions[begin_checkout(unpaid).reference]
    assert end_terms(timezone.now() + timedelta(hours=1)) == 1
    paid.refresh_from_db()
    assert (paid.status, session["status"]) == (Status.CONFIRMED, "expired")
