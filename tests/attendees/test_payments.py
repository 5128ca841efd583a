"""Money: charged once, noted once, given back once, whatever comes first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from attendees.models import LedgerEntry, Payment, PaymentState, PaysBy, Receipt, Refund, RefundState, Status, Voucher, VoucherKind
from attendees.providers import Notice, Outcome
from attendees.services import checkouts, ledger
from attendees.services.checkouts import begin_checkout, end_terms, remind
from attendees.services.notices import take_notice
from attendees.services.payments import choose_how, mark_paid, receive
from attendees.services.refunds import order_refund, refundable, send_refund
from attendees.services.registration import cancel_registration, change_type, register_attendee
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from tests.attendees.money import owing, paid_type
from tests.factories import make_attendee, make_event, make_person, make_type

pytestmark = pytest.mark.django_db


def templates_to(attendee):
    return list(Message.objects.filter(about=attendee.about).order_by("pk").values_list("template", flat=True))


def told(payment, outcome, *, notice="n1", amount=None):
    return take_notice(
        "test",
        Notice(notice, f"test.{outcome}", outcome, payment.reference or "", payment.key, Decimal(amount) if amount else None, "EUR"),
    )


def lines_of(attendee):
    return [(entry.kind, str(entry.amount)) for entry in LedgerEntry.objects.filter(attendee=attendee)]


# --- What is owed ------------------------------------------------------------------------------------------------------------
def test_a_free_registration_costs_no_statement_for_money(django_assert_num_queries):
    from attendees.services.settlement import settle

    attendee = make_attendee()
    step = attendee.steps.get()
    with django_assert_num_queries(0):
        settle(attendee, step, "")
        settle(attendee, step, Status.CONFIRMED)
    assert not LedgerEntry.objects.exists()


def test_registering_charges_the_price_of_the_type_and_paying_settles_it():
    attendee = owing("50.00")
    assert (attendee.status, lines_of(attendee)) == (Status.AWAITING_PAYMENT, [("charge", "50.00")])

    payment = begin_checkout(attendee)
    assert receive(payment)
    assert not receive(payment)

    attendee.refresh_from_db()
    assert attendee.status == Status.CONFIRMED
    assert lines_of(attendee) == [("charge", "50.00"), ("payment", "-50.00")]
    assert ledger.balance(attendee) == 0
    assert templates_to(attendee) == ["registered_awaiting_payment", "paid"]


def test_changing_to_a_dearer_type_owes_the_difference_and_to_a_cheaper_one_gives_it_back():
    attendee = owing("50.00")
    mark_paid(attendee, by=None, method="cash")
    dear, cheap = make_type(attendee.event, price=Decimal(80)), make_type(attendee.event, price=Decimal("20.50"))

    change_type(attendee, dear, by=None)
    assert ledger.balance(attendee) == 30

    change_type(attendee, cheap, by=None)
    assert ledger.balance(attendee) == Decimal("-29.50")
    assert [str(refund.amount) for refund in Refund.objects.due()] == ["29.50"]


def test_changing_an_unpaid_place_to_a_free_type_confirms_it():
    attendee = owing("50.00")
    change_type(attendee, make_type(attendee.event, price=Decimal(0)), by=None)
    assert attendee.status == Status.CONFIRMED
    assert ledger.balance(attendee) == 0


# --- What comes in -----------------------------------------------------------------------------------------------------------
def test_beginning_a_checkout_twice_gives_the_same_page_and_holds_the_place_for_its_time(settings):
    attendee = owing("50.00")
    first, second = begin_checkout(attendee), begin_checkout(attendee)
    attendee.refresh_from_db()

    assert first == second
    assert Payment.objects.count() == 1
    assert attendee.pays_by == PaysBy.ONLINE
    assert abs(attendee.due_at - timezone.now() - timedelta(minutes=settings.HOLD_MINUTES)) < timedelta(seconds=20)


def test_the_price_is_never_the_provider_s():
    attendee = owing("50.00")
    payment = begin_checkout(attendee)
    told(payment, Outcome.PAID, amount="0.50")
    attendee.refresh_from_db()
    assert attendee.status == Status.AWAITING_PAYMENT


def test_ten_copies_of_a_notice_apply_once():
    payment = begin_checkout(owing("50.00"))
    assert [told(payment, Outcome.PAID) for _copy in range(10)] == [True] + [False] * 9
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize("order", [(Outcome.PAID, Outcome.REFUNDED), (Outcome.REFUNDED, Outcome.PAID)])
def test_notices_may_come_in_any_order(order):
    attendee = owing("50.00")
    payment = begin_checkout(attendee)
    for number, outcome in enumerate(order):
        told(payment, outcome, notice=f"n{number}", amount="50.00")

    payment.refresh_from_db()
    assert payment.state == PaymentState.PAID
    assert [(refund.state, str(refund.amount)) for refund in Refund.objects.all()] == [("done", "50.00")]
    assert lines_of(attendee) == [("charge", "50.00"), ("payment", "-50.00"), ("refund", "50.00")]


def test_expired_after_paid_changes_nothing_and_paid_after_expired_counts():
    paid_first, ended_first = owing("50.00"), owing("50.00")
    for attendee, order in ((paid_first, (Outcome.PAID, Outcome.ENDED)), (ended_first, (Outcome.ENDED, Outcome.PAID))):
        payment = begin_checkout(attendee)
        for outcome in order:
            told(payment, outcome, notice=f"{payment.pk}{outcome}")
        attendee.refresh_from_db()
        assert attendee.status == Status.CONFIRMED


def test_a_refund_made_at_the_provider_s_uses_up_what_was_due_here():
    attendee = owing("50.00")
    payment = begin_checkout(attendee)
    receive(payment)
    attendee.refresh_from_db()
    cancel_registration(attendee)
    assert [str(refund.amount) for refund in Refund.objects.due()] == ["50.00"]

    told(payment, Outcome.REFUNDED, amount="20.00")
    assert sorted((refund.state, str(refund.amount)) for refund in Refund.objects.all()) == [("done", "20.00"), ("due", "30.00")]
    told(payment, Outcome.REFUNDED, notice="n2", amount="50.00")
    assert {refund.state for refund in Refund.objects.all()} == {"done"}
    assert ledger.balance(attendee) == 0


def test_paying_twice_makes_the_second_due_to_go_back():
    attendee = owing("50.00")
    first = begin_checkout(attendee)
    second = Payment.objects.create(attendee=attendee, provider="test", key="second", amount=Decimal(50), currency="EUR")
    receive(first)
    receive(second)

    assert [(refund.payment_id, str(refund.amount)) for refund in Refund.objects.due()] == [(second.pk, "50.00")]
    assert templates_to(attendee)[-1] == "refund_due"


def test_paying_late_brings_the_place_back_while_there_is_room():
    attendee = owing("50.00", max_attendees=1)
    payment = begin_checkout(attendee)
    cancel_registration(attendee)
    receive(payment)

    attendee.refresh_from_db()
    assert attendee.status == Status.CONFIRMED
    assert ledger.balance(attendee) == 0
    assert attendee.steps.order_by("-pk")[0].act == "pay_late"


def test_paying_late_for_a_place_that_is_gone_gives_the_money_back_and_lets_nobody_in_twice():
    attendee = owing("50.00", max_attendees=1)
    payment = begin_checkout(attendee)
    cancel_registration(attendee)
    other = make_attendee(attendee_type=attendee.attendee_type)
    receive(payment)

    attendee.refresh_from_db()
    assert (attendee.status, other.status) == (Status.CANCELLED, Status.CONFIRMED)
    assert [str(refund.amount) for refund in Refund.objects.due()] == ["50.00"]
    assert templates_to(attendee)[-1] == "refund_due"
    assert ledger.balance(attendee) == -50


def test_mark_paid_in_parts_confirms_with_the_last_one():
    attendee = owing("100.00")
    mark_paid(attendee, by=None, method="transfer", amount=Decimal("33.33"))
    assert attendee.status == Status.AWAITING_PAYMENT
    mark_paid(attendee, by=None, method="transfer")
    assert attendee.status == Status.CONFIRMED
    with pytest.raises(DomainError, match="nothing_to_pay"):
        mark_paid(attendee, by=None, method="transfer")


# --- The term ----------------------------------------------------------------------------------------------------------------
def test_an_unpaid_place_expires_after_its_term_and_is_free():
    attendee = owing("50.00", payment_term_days=3)
    assert end_terms() == 0
    assert end_terms(timezone.now() + timedelta(days=3, minutes=1)) == 1

    attendee.refresh_from_db()
    assert (attendee.status, ledger.balance(attendee)) == (Status.EXPIRED, 0)
    assert templates_to(attendee)[-1] == "expired"


def test_what_was_paid_at_the_provider_s_in_the_last_minute_is_asked_for_before_a_place_expires():
    from attendees.providers.test import TestProvider

    attendee = owing("50.00")
    payment = begin_checkout(attendee)
    TestProvider().decide(payment.key, Outcome.PAID)
    assert end_terms(timezone.now() + timedelta(days=1)) == 0
    attendee.refresh_from_db()
    assert attendee.status == Status.CONFIRMED


def test_a_reminder_comes_once_within_the_last_two_days():
    attendee = owing("50.00", payment_term_days=5)
    for days in (1, 4, 4):
        remind(timezone.now() + timedelta(days=days))
    assert templates_to(attendee).count("payment_reminder") == 1


def test_everybody_is_reminded_however_many_were_told_before(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(checkouts, "SWEEP_LIMIT", 2)
    others = [owing("50.00", payment_term_days=5) for _number in range(5)]
    late = timezone.now() + timedelta(days=4)
    with django_assert_num_queries(7):
        assert remind(late) == 5
    assert remind(late) == 0
    assert [templates_to(person).count("payment_reminder") for person in others] == [1] * 5


def test_a_term_that_can_t_be_ended_holds_up_no_other(monkeypatch, caplog):
    first, second = owing("50.00", payment_term_days=3), owing("50.00", payment_term_days=3)
    expire = checkouts.expire

    def fails_for_the_first(attendee, now):
        if attendee.pk == first.pk:
            raise RuntimeError("broken")
        return expire(attendee, now)

    monkeypatch.setattr(checkouts, "expire", fails_for_the_first)
    assert end_terms(timezone.now() + timedelta(days=3, minutes=1)) == 1
    second.refresh_from_db()
    assert second.status == Status.EXPIRED
    assert f"registration {first.pk} was not ended" in caplog.text


def test_who_pays_at_the_door_has_no_term():
    attendee = owing("50.00", pays_at_door=True)
    choose_how(attendee, PaysBy.DOOR)
    assert attendee.due_at is None
    assert end_terms(timezone.now() + timedelta(days=365)) == 0
    with pytest.raises(DomainError, match="not_offered"):
        choose_how(owing("50.00"), PaysBy.DOOR)


# --- What goes back ----------------------------------------------------------------------------------------------------------
def test_cancelling_gives_back_what_the_event_says_and_all_of_it_when_staff_cancel():
    own, theirs = owing("33.33", refund_percent=50), owing("33.33", refund_percent=50)
    for attendee, source in ((own, "page"), (theirs, "admin")):
        mark_paid(attendee, by=None, method="cash")
        cancel_registration(attendee, source=source)
    refunds = {refund.payment.attendee_id: str(refund.amount) for refund in Refund.objects.all()}
    assert refunds == {own.pk: "16.67", theirs.pk: "33.33"}
    assert ("fee", "16.66") in lines_of(own)


def test_a_refund_in_two_parts_never_exceeds_the_payment_and_leaves_nothing_owed():
    attendee = owing("50.00")
    receive(begin_checkout(attendee))
    for amount in ("20.01", "29.99"):
        [refund] = order_refund(attendee, Decimal(amount), by=None)
        assert send_refund(refund)
    with pytest.raises(DomainError, match="refund_too_much"):
        order_refund(attendee, Decimal("0.01"), by=None)

    assert refundable(attendee) == 0
    assert ledger.balance(attendee) == 0
    assert Refund.objects.filter(state=RefundState.DONE).count() == 2
    vat = [Decimal(receipt.lines[0]["vat"]) for receipt in Receipt.objects.order_by("number")]
    assert vat[0] == Decimal("7.98")
    assert sum(vat) == 0


def test_registering_again_after_a_refund_is_paid_anew():
    attendee = owing("50.00")
    mark_paid(attendee, by=None, method="cash")
    cancel_registration(attendee)
    again = register_attendee(attendee_type=attendee.attendee_type, person=make_person(attendee.email)).attendee
    assert (again.pk, again.status, ledger.still_to_pay(again)) == (attendee.pk, Status.AWAITING_PAYMENT, 50)


def test_receipts_are_numbered_without_gaps_for_each_organiser():
    event = make_event()
    kind = make_type(event, price=Decimal(10))
    for _person in range(3):
        mark_paid(register_attendee(attendee_type=kind, person=make_person()).attendee, by=None, method="cash")
    mark_paid(owing("10.00"), by=None, method="cash")
    numbers = sorted((receipt.organiser_id == event.organiser_id, receipt.number) for receipt in Receipt.objects.all())
    assert numbers == [(False, 1), (True, 1), (True, 2), (True, 3)]


# --- Vouchers ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "value", "to_pay", "state"),
    [
        (VoucherKind.PERCENT, "25", "25.00", Status.AWAITING_PAYMENT),
        (VoucherKind.PERCENT, "100", "0.00", Status.CONFIRMED),
        (VoucherKind.AMOUNT, "33.33", "0.00", Status.CONFIRMED),
        (VoucherKind.AMOUNT, "40", "0.00", Status.CONFIRMED),
        (VoucherKind.FREE, "0", "0.00", Status.CONFIRMED),
    ],
)
def test_a_voucher_takes_off_what_it_says(kind, value, to_pay, state):
    attendee_type = paid_type("33.33")
    voucher = Voucher.objects.create(event=attendee_type.event, code="HELP", kind=kind, value=Decimal(value))
    attendee = register_attendee(attendee_type=attendee_type, person=make_person(), voucher=voucher).attendee
    assert (str(attendee.to_pay), attendee.status) == (to_pay, state)
    assert ledger.balance(attendee) == attendee.to_pay


def test_a_voucher_is_used_as_often_as_it_may_be_and_comes_back_on_cancelling():
    attendee_type = paid_type("10.00")
    voucher = Voucher.objects.create(event=attendee_type.event, code="ONE", kind=VoucherKind.FREE, max_uses=1)
    first = register_attendee(attendee_type=attendee_type, person=make_person(), voucher=voucher).attendee
    with pytest.raises(DomainError, match="voucher_used_up"):
        register_attendee(attendee_type=attendee_type, person=make_person(), voucher=voucher)
    cancel_registration(first)
    second = register_attendee(attendee_type=attendee_type, person=make_person(), voucher=voucher).attendee
    assert second.status == Status.CONFIRMED


def test_a_voucher_holds_for_its_types_and_its_time_and_may_skip_approval():
    attendee_type = paid_type("0.00", mode="manual")
    other = make_type(attendee_type.event)
    voucher = Voucher.objects.create(event=attendee_type.event, code="VIP", kind=VoucherKind.FREE, skips_approval=True)
    voucher.types.add(attendee_type)
    with pytest.raises(DomainError, match="voucher_other_type"):
        register_attendee(attendee_type=other, person=make_person(), voucher=voucher)
    assert register_attendee(attendee_type=attendee_type, person=make_person(), voucher=voucher).attendee.status == Status.CONFIRMED
    voucher.closes_at = timezone.now()
    voucher.save()
    with pytest.raises(DomainError, match="voucher_over"):
        register_attendee(attendee_type=attendee_type, person=make_person(), voucher=voucher)
