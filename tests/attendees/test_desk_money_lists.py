"""Vouchers and payments at the desk: what may be chosen, and what is shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from attendees.models import Voucher
from attendees.services.payments import mark_paid
from tests.factories import first_type, make_admin, make_attendee, make_event, make_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_admin())
    return client


def test_voucher_is_for_types_of_its_own_event(desk):
    event, other = make_event(), make_event()
    add = reverse("admin:attendees_voucher_add")
    assert 'name="types"' not in desk.get(add).content.decode()
    assert f'<option value="{first_type(other).pk}"' not in desk.get(f"{add}?event={event.pk}").content.decode()
    typed = {"event": event.pk, "code": "EARLY", "kind": "percent", "value": "10"}

    refused = desk.post(add, {**typed, "types": [first_type(other).pk]})
    assert refused.status_code == 200
    assert not Voucher.objects.exists()

    desk.post(add, {**typed, "types": [first_type(event).pk]})
    assert list(Voucher.objects.get().types.all()) == [first_type(event)]


def test_list_of_payments_says_how_in_words(desk):
    attendee = make_attendee(attendee_type=make_type(make_event(), price=Decimal(20)))
    mark_paid(attendee, by=None, method="cash")

    page = desk.get(reverse("admin:attendees_payment_changelist")).content.decode()

    assert "At the door" in page or "Bank transfer" in page
