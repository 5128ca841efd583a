"""Cents: the same on page, mail, receipt, desk, export and API, however they round."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from io import BytesIO

import pypdfium2
import pytest
from openpyxl import load_workbook

from attendees.exports.attendee_list import write_list
from attendees.exports.receipt_pdf import receipt_pdf
from attendees.models import Attendee, LedgerEntry, Receipt, Refund, Status, Voucher, VoucherKind
from attendees.services import ledger
from attendees.services.amounts import Amounts, accounts_at, amounts_of
from attendees.services.column_sets import AMOUNTS
from attendees.services.ledger import vat_share
from attendees.services.payments import mark_paid
from attendees.services.refunds import order_refund, send_refund
from attendees.services.registration import cancel_registration, register_attendee
from attendees.services.settlement import OWED
from netevent.core.money import show_money
from netevent.notifications.models import Message
from netevent.notifications.rendering import render
from tests.attendees.money import owing, paid_type
from tests.attendees.pages import browser_of, text_of
from tests.factories import make_admin, make_person, make_user

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


def test_the_same_cents_on_page_mail_receipt_desk_export_and_api(client, tmp_path):
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
    told = {"Price": "33.33", "Discount": "33.33", "To pay": "0.00", "Paid": "30.00", "Given back": "30.00", "Still open": "0.00"}
    assert exported(attendee) == told
    assert amounts_of(Attendee.objects.get(pk=attendee.pk)) == tuple(Decimal(text) for text in told.values())
    owner = make_user()
    Attendee.objects.filter(pk=attendee.pk).update(user=owner)
    client.force_login(owner)
    said = client.get(f"/api/v1/events/{attendee.event.code}/registrations/me").json()
    assert [said[name] for name in Amounts._fields] == list(told.values())


def exported(attendee: Attendee) -> dict[str, str]:
    """The amounts as the list says them, which are those of its numbers in a spreadsheet."""
    people, columns = Attendee.objects.filter(pk=attendee.pk), ("price", *AMOUNTS)
    out, sheet = BytesIO(), BytesIO()
    write_list(attendee.event, people, out, file_format="csv", columns=columns)
    write_list(attendee.event, people, sheet, file_format="xlsx", columns=columns)
    headings, row = csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig")))
    cells = next(load_workbook(sheet).active.iter_rows(min_row=2))
    assert [(cell.data_type, cell.number_format) for cell in cells] == [("n", "0.00")] * len(columns)
    assert [f"{cell.value:.2f}" for cell in cells] == row
    return dict(zip(headings, row, strict=True))


def test_what_is_open_is_the_same_one_by_one_and_for_a_whole_list():
    """At each step of an account, also halfway: the sums of the list are those of the payment page."""
    partly, back, kept, waits = (owing("33.33", refund_percent=50) for _person in range(4))
    mark_paid(partly, by=None, method="cash", amount=Decimal("0.10"))
    order_refund(partly, Decimal("0.05"), by=None)  # ordered, not sent: it is owed again
    mark_paid(back, by=None, method="cash")
    order_refund(back, Decimal("3.33"), by=None)
    mark_paid(kept, by=None, method="cash")
    cancel_registration(kept)
    Attendee.objects.filter(pk=waits.pk).update(status=Status.WAITLISTED)

    def told(attendee: Attendee) -> list[str]:
        fresh = Attendee.objects.get(pk=attendee.pk)
        amounts = amounts_of(fresh)
        assert accounts_at(fresh.event).amounts(fresh.pk, status=fresh.status, price=fresh.price, discount=fresh.discount) == amounts
        assert amounts.still_open == (ledger.still_to_pay(fresh) if fresh.status in OWED else 0)
        return [str(amount) for amount in amounts]

    assert told(partly) == ["33.33", "0.00", "33.33", "0.10", "0.00", "33.28"]
    assert told(back) == ["33.33", "3.33", "30.00", "33.33", "0.00", "0.00"]
    assert told(kept) == ["33.33", "0.00", "33.33", "33.33", "0.00", "0.00"]
    assert told(waits) == ["33.33", "0.00", "33.33", "0.00", "0.00", "0.00"]
    [refund] = refunds_of(kept)
    send_refund(refund)
    assert told(kept) == ["33.33", "0.00", "33.33", "33.33", "16.67", "0.00"]  # half of 33.33 is kept


def refunds_of(attendee: Attendee) -> list[Refund]:
    return list(Refund.objects.filter(payment__attendee=attendee))
