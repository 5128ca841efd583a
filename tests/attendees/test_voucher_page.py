"""Vouchers and ways to pay on the registration form."""

from __future__ import annotations

from decimal import Decimal

import pytest

from attendees.models import Attendee, PaysBy, Status, Voucher, VoucherKind
from events.models import AttendeeType
from tests.attendees.money import paid_type
from tests.attendees.pages import text_of

pytestmark = pytest.mark.django_db


def send(client, event, **fields):
    told = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org", "language": "en", **fields}
    return client.post(f"/event/register/{event.code}", told)


@pytest.fixture
def kind():
    return paid_type("33.33", pays_at_door=True)


def make_voucher(kind_of_place, code="SPRING", **fields):
    fields.setdefault("kind", VoucherKind.PERCENT)
    fields.setdefault("value", Decimal(50))
    return Voucher.objects.create(event=kind_of_place.event, code=code, **fields)


def test_the_form_asks_for_a_code_only_where_there_are_any(client, kind):
    assert 'name="voucher"' not in text_of(client.get(f"/event/register/{kind.event.code}"))
    make_voucher(kind)
    assert 'name="voucher"' in text_of(client.get(f"/event/register/{kind.event.code}"))


def test_a_code_in_any_case_takes_off_its_share(client, kind):
    make_voucher(kind)
    assert send(client, kind.event, voucher=" spring ", pays_by="door").status_code == 303
    attendee = Attendee.objects.get()
    assert (str(attendee.price), str(attendee.discount), str(attendee.to_pay)) == ("33.33", "16.67", "16.66")
    assert (attendee.pays_by, attendee.due_at) == (PaysBy.DOOR, None)


def test_a_wrong_code_is_told_and_nothing_is_lost(client, kind):
    make_voucher(kind)
    answer = send(client, kind.event, voucher="WINTER")
    assert answer.status_code == 422
    assert "We don&#x27;t know this code." in text_of(answer)
    assert "Lovelace" in text_of(answer)
    assert not Attendee.objects.exists()


def test_guessing_codes_is_limited(client, kind, settings):
    settings.RATE_LIMITS = {"code.ip": "2/h"}
    make_voucher(kind)
    for number in range(3):
        answer = send(client, kind.event, voucher=f"WRONG{number}")
    assert answer.status_code == 429


def test_a_used_up_code_is_told_at_its_field(client, kind):
    make_voucher(kind, max_uses=1, kind=VoucherKind.FREE)
    assert send(client, kind.event, voucher="SPRING").status_code == 303
    assert send(client, kind.event, voucher="SPRING", email="bob@example.org").status_code == 422
    assert Attendee.objects.get().status == Status.CONFIRMED


def test_a_code_opens_hidden_types(client, kind):
    hidden = AttendeeType.objects.create(event=kind.event, code="SPEAKER", name_en="Speaker", hidden=True)
    make_voucher(kind, shows_hidden=True, kind=VoucherKind.FREE)
    address = f"/event/register/{kind.event.code}"
    assert "Speaker" not in text_of(client.get(address))
    assert "Speaker" in text_of(client.get(f"{address}?voucher=spring"))
    assert send(client, kind.event, attendee_type="SPEAKER").status_code == 422
    assert send(client, kind.event, attendee_type="SPEAKER", voucher="SPRING").status_code == 303
    assert Attendee.objects.get().attendee_type == hidden


def test_the_price_is_never_read_from_the_form(client, kind):
    send(client, kind.event, price="0.01", discount="33.33")
    assert str(Attendee.objects.get().to_pay) == "33.33"
