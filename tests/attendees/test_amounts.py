"""Cents: the same on page, mail, receipt, desk and export, however they round."""

from __future__ import annotations

from decimal import Decimal

import pypdfium2
import pytest

from attendees.exports.attendee_list import write_list
from attendees.exports.receipt_pdf import receipt_pdf
from attendees.models import Attendee, LedgerEntry, Receipt, Status, Voucher, VoucherKind
from attendees.services import ledger
from attendees.services.ledger import vat_share
from attendees.services.payments import mark_paid
from attendees.services.refunds import order_refund, send_refund
from attendees.services.registration import register_attendee
from netevent.core.money import show_money
from netevent.notifications.models import Message
from netevent.notifications.rendering import render
from tests.attendees.money import owing, paid_type
from tests.attendees.pages import browser_of, text_of
from tests.factories import make_admin, make_person

pytestmark = pytest.mark.django_db


def printed(receipt: Receipt) -> str:
    return pypdfium2.PdfDocument(receipt_pdf(receipt))[0].get_textpage().get_text_range()


@pytest.mark.parametrize(
    ("price", "vat", "share"),
    [
        ("33.33", "19.00", "5.32"),  # 5.3217
        ("0.30", "19.00", "0.05"),  # 0.0479
        ("119.00", "19.00", "19.00"),
        ("10.00", "7.00", "0.65"),  # 0.6542
        ("1.15", "15.00", "0.15"),
        ("2.99", "0.00", "0.00"),
    ],
)
def test_the_vat_inside_a_price_is_rounded_half_up(price, vat, share):
    assert str(vat_share(Decimal(price), Decimal(vat), "EUR")) == share


def test_half_a_cent_goes_up_and_yen_have_none():
    assert vat_share(Decimal("0.21"), Decimal("5.00"), "EUR") == Decimal("0.01")
    assert vat_share(Decimal("0.63"), Decimal("25.00"), "EUR") == Decimal("0.13")  # 0.126
    assert vat_share(Decimal("0.525"), Decimal("5.00"), "EUR") == Decimal("0.03")  # 0.025
    assert vat_share(Decimal(1500), Decimal(10), "JPY") == 136


def test_three_times_a_third_and_a_tenth_and_two_are_exact():
    kind = paid_type("33.33")
    people = [register_attendee(attendee_type=kind, person=make_person()).attendee for _person in range(3)]
    for person in people:
        mark_paid(person, by=None, method="cash")
    assert -LedgerEntry.objects.filter(kind="payment").balance() == Decimal("99.99")

    parts = owing("0.30")
    for amount in ("0.10", "0.20"):
        mark_paid(parts, by=None, method="cash", amount=Decimal(amount))
    assert (parts.status, ledger.balance(parts)) == (Status.CONFIRMED, 0)


def test_a_voucher_of_a_hundred_percent_leaves_nothing_to_pay_and_no_receipt():
    kind = paid_type("33.33")
    voucher = Voucher.objects.create(event=kind.event, code="ALL", kind=VoucherKind.PERCENT, value=Decimal(100))
    attendee = register_attendee(attendee_type=kind, person=make_person(), voucher=voucher).attendee
    assert (attendee.status, attendee.to_pay, ledger.balance(attendee)) == (Status.CONFIRMED, 0, 0)
    assert not Receipt.objects.exists()


def test_the_same_cents_on_page_mail_receipt_desk_and_export(client, tmp_path):
    """33.33 less a tenth (3.33), paid, and given back in two parts."""
    kind = paid_type("33.33")
    voucher = Voucher.objects.create(event=kind.event, code="TENTH", kind=VoucherKind.PERCENT, value=Decimal(10))
    attendee = register_attendee(attendee_type=kind, person=make_person(language="de"), voucher=voucher).attendee
    browser = browser_of(attendee)
    address = f"/event/{attendee.event.code}/payment?lang=de"
    due = show_money(Decimal("30.00"), "EUR", "de")
    assert due in text_of(browser.get(address))
    asked = render(Message.objects.get(about=attendee.about, template="registered_awaiting_payment"))
    assert due in asked.body

    mark_paid(attendee, by=None, method="transfer")
    parts = [Decimal("10.01"), Decimal("19.99")]
    for part in parts:
        [refund] = order_refund(Attendee.objects.get(pk=attendee.pk), part, by=None)
        send_refund(refund)

    receipt, *notes = Receipt.objects.order_by("number")
    for amount in (Decimal("33.33"), Decimal("-3.33"), Decimal("30.00"), Decimal("4.79")):
        assert show_money(amount, "EUR", "de").replace("\xa0", " ") in printed(receipt).replace("\xa0", " "), amount
    assert [note.amount for note in notes] == [-part for part in parts]
    assert sum(Decimal(line["vat"]) for row in (receipt, *notes) for line in row.lines) == 0
    page = text_of(browser.get(address))
    client.force_login(make_admin())
    desk = text_of(client.get(f"/admin/attendees/attendee/{attendee.pk}/change/"))
    mails = "".join(render(row).body for row in Message.objects.filter(about=attendee.about, template="refunded"))
    for part in parts:
        assert show_money(part, "EUR", "de") in page
        assert show_money(part, "EUR", "de") in mails
        assert show_money(part, "EUR", "en") in desk
    with (tmp_path / "list.csv").open("wb") as out:
        write_list(attendee.event, Attendee.objects.filter(pk=attendee.pk), out, file_format="csv")
    assert "33.33" in (tmp_path / "list.csv").read_text()
