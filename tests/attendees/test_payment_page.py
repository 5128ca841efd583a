"""The payment page in each of its states, the test provider's page, the webhook, receipts; and the desk."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from attendees.models import Attendee, Payment, PaysBy, ProviderNotice, Receipt, Refund, Status
from attendees.providers.test import SIGNATURE, signed_notice
from attendees.services.checkouts import begin_checkout, end_terms
from attendees.services.payments import choose_how, mark_paid, receive
from attendees.services.refunds import order_refund, send_refund
from attendees.services.registration import cancel_registration
from netevent.notifications.models import Message
from netevent.notifications.rendering import render
from tests.attendees.money import owing
from tests.attendees.pages import state_of
from tests.factories import make_admin, make_attendee, make_member, make_person, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(client):
    """Somebody signed in who owes 50 euros."""
    user = make_user("payer@example.org")
    client.force_login(user)
    person = make_person("payer@example.org", user=user)
    return owing("50.00", person=person, pays_at_door=True)


def page(client, attendee, query=""):
    return client.get(f"/event/{attendee.event.code}/payment{query}")


def text_of(pdf: bytes) -> str:
    return pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()


def test_the_page_asks_how_and_leads_to_the_provider_and_back(client, payer):
    answer = page(client, payer)
    assert (answer.status_code, state_of(answer)) == (200, "payment-due")
    assert "€50.00" in answer.content.decode()

    sent = client.post(answer.wsgi_request.path, {"pays_by": "online"})
    assert sent.status_code == 303
    payment = Payment.objects.get()
    assert sent.headers["Location"] == payment.checkout_url
    assert state_of(page(client, payer)) == "payment-waiting"

    address = f"/payments/test/{payment.key}"
    assert client.get(address).status_code == 200
    back = client.post(address, {"do": "pay"})
    assert back.status_code == 303
    assert "back=paid" in back.headers["Location"]
    assert state_of(page(client, payer, "?back=paid")) == "paid"


def test_a_payment_that_fails_says_so_and_may_be_tried_again(client, payer):
    payment = begin_checkout(payer)
    client.post(f"/payments/test/{payment.key}", {"do": "fail"})
    assert state_of(page(client, payer)) == "payment-failed"
    client.post(f"/event/{payer.event.code}/payment", {"pays_by": "online"})
    assert Payment.objects.count() == 2


def test_coming_back_asks_the_provider_whose_notice_is_late(client, payer):
    from attendees.providers import Outcome
    from attendees.providers.test import TestProvider

    TestProvider().decide(begin_checkout(payer).key, Outcome.PAID)
    assert state_of(page(client, payer, "?back=paid")) == "paid"


def test_a_bank_transfer_shows_where_to_and_under_which_reference(client, payer):
    payer.event.organiser.bank_details = "NL91 ABNA 0417 1643 00"
    payer.event.organiser.save()
    client.post(f"/event/{payer.event.code}/payment", {"pays_by": "transfer"})
    content = page(client, payer).content.decode()
    assert "NL91 ABNA 0417 1643 00" in content
    assert payer.code in content


def test_each_other_state_has_its_word(client, payer):
    choose_how(payer, PaysBy.DOOR)
    assert state_of(page(client, payer)) == "payment-due"
    choose_how(payer, PaysBy.TRANSFER)
    end_terms(timezone.now() + timedelta(days=30))
    assert state_of(page(client, payer)) == "payment-expired"
    receive(Payment.objects.create(attendee=payer, provider="transfer", key="late", amount=Decimal(50), currency="EUR"))
    assert state_of(page(client, payer)) == "paid"
    cancel_registration(Attendee.objects.get(pk=payer.pk))
    assert state_of(page(client, payer)) == "refund-due"
    send_refund(Refund.objects.get())
    assert state_of(page(client, payer)) == "refunded"


def test_a_free_registration_has_nothing_to_pay(client):
    user = make_user("free@example.org")
    client.force_login(user)
    attendee = make_attendee(email="free@example.org")
    Attendee.objects.filter(pk=attendee.pk).update(user=user)
    assert state_of(page(client, attendee)) == "nothing-to-pay"


def test_the_page_is_its_person_s_alone(client, payer):
    client.force_login(make_user())
    assert page(client, payer).status_code == 404
    receive(begin_checkout(payer))
    assert client.get(f"/attendee/receipt/{Receipt.objects.get().pk}").status_code == 404
    client.logout()
    assert page(client, payer).status_code == 302


def test_the_test_provider_is_gone_where_the_setting_says_so(client, payer, settings):
    payment = begin_checkout(payer)
    settings.PAYMENT_TEST_PROVIDER = False
    assert client.get(f"/payments/test/{payment.key}").status_code == 404
    assert client.post("/payments/webhook/test", b"{}", content_type="application/json").status_code == 400


def test_a_webhook_is_believed_by_its_signature_alone_and_once(client, payer):
    payment = begin_checkout(payer)
    body = json.dumps({"id": "n1", "outcome": "paid", "key": payment.key, "reference": payment.reference}).encode()

    def call(signature):
        return client.post("/payments/webhook/test", body, content_type="application/json", headers={SIGNATURE: signature})

    assert call("forged").status_code == 400
    assert not ProviderNotice.objects.exists()
    assert [call(signed_notice(body)).status_code for _copy in range(3)] == [200, 200, 200]
    payer.refresh_from_db()
    assert payer.status == Status.CONFIRMED
    assert client.post("/payments/webhook/nobody", b"{}", content_type="application/json").status_code == 404


def test_the_same_cents_everywhere(client, payer):
    """Three times 33.33 less a tenth, plus 0.10: page, mail, receipt, desk, each in its place."""
    receive(begin_checkout(payer))
    [refund] = order_refund(payer, Decimal("33.33"), by=None)
    send_refund(refund)
    receipt, note = Receipt.objects.order_by("number")

    content = page(client, payer).content.decode()
    assert "€50.00" in content
    assert "€33.33" in content
    pdf = client.get(f"/attendee/receipt/{receipt.pk}")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert "€50.00" in text_of(pdf.content)
    assert "€7.98" in text_of(pdf.content)
    assert payer.full_name in text_of(pdf.content)
    assert "€33.33" in text_of(client.get(f"/attendee/receipt/{note.pk}").content)
    mails = {message.template: render(message) for message in Message.objects.filter(about=payer.about)}
    assert "€50.00" in mails["paid"].body
    assert "€33.33" in mails["refunded"].body
    client.force_login(make_admin())
    desk = client.get(f"/admin/attendees/attendee/{payer.pk}/change/").content.decode()
    assert "€50.00" in desk
    assert "€33.33" in desk


def test_the_desk_marks_paid_and_gives_back_by_right(client, payer):
    address = reverse("admin:attendees_attendee_mark_paid_one", args=[payer.pk])
    client.force_login(make_member(payer.event, "editor").user)
    assert client.post(address, {"method": "cash", "amount": "50"}).status_code in {403, 404}
    client.force_login(make_member(payer.event, "organiser").user)
    assert address in client.get(f"/admin/attendees/attendee/{payer.pk}/change/").content.decode()
    assert client.post(address, {"method": "cash", "amount": "50"}).status_code == 302
    payer.refresh_from_db()
    assert payer.status == Status.CONFIRMED
    for name in ("payment", "refund", "receipt", "voucher", "ledgerentry"):
        assert client.get(f"/admin/attendees/{name}/").status_code == 200, name
    client.force_login(make_user())
    assert client.get("/admin/attendees/payment/").status_code in {302, 404}


def test_marked_paid_by_hand_is_given_back_by_hand(client, payer):
    mark_paid(payer, by=None, method="transfer")
    cancel_registration(payer)
    client.force_login(make_admin())
    due = Refund.objects.get()
    asked = client.post("/admin/attendees/refund/", {"action": "send_chosen", "_selected_action": [due.pk]})
    assert "€50.00" in asked.content.decode()
    client.post("/admin/attendees/refund/", {"action": "send_chosen", "_selected_action": [due.pk], "confirmed": "1"})
    due.refresh_from_db()
    assert due.state == "done"
