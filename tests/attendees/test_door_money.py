"""Money taken at the door: who may, once whatever happens, and the person is in; undoing gives nothing back."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendees.models import Answer, Attendee, CheckIn, LedgerEntry, Payment, Receipt, Status
from attendees.services import check_in
from attendees.services.amounts import amounts_of
from attendees.services.door_money import take_and_enter
from attendees.services.payments import mark_paid
from events.models import AttendeeType, Event, Role
from netevent.accounts.models import User
from netevent.core.errors import DomainError
from tests.attendees.money import owing
from tests.factories import make_checkpoint, make_event, make_member, make_question, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def person() -> Attendee:
    """Somebody who registered in time, has yet to pay, and stands at the door of an event that has begun."""
    attendee = owing("25.00")
    now = timezone.now()
    Event.objects.filter(pk=attendee.event_id).update(starts_at=now - HOUR, ends_at=now + HOUR)
    return Attendee.objects.select_related("event").get(pk=attendee.pk)


@pytest.fixture
def cashier(person: Attendee) -> User:
    Role.objects.create(key="till", name="Till", can_check_in=True, can_money=True)
    return make_member(person.event, "till").user


@pytest.fixture
def staff(person: Attendee) -> User:
    return make_member(person.event, "check-in").user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def scanned(user: User, person: Attendee) -> dict[str, Any]:
    body = {"text": person.code, "scan_id": str(uuid.uuid4())}
    address = reverse("staff:scan", args=[person.event_id])
    return client_of(user).post(address, json.dumps(body), content_type="application/json").json()


def send(user: User, person: Attendee, *, by_script: bool = True, **more: Any) -> Any:
    body = {"code": person.code, "method": "cash", "amount": "25.00", "scan_id": str(uuid.uuid4()), **more}
    address = reverse("staff:take", args=[person.event_id])
    if not by_script:
        return client_of(user).post(address, body)
    return client_of(user).post(address, json.dumps(body), content_type="application/json", headers={"accept": "application/json"})


def take(person: Attendee, by: User, amount: str = "25.00", **more: Any) -> Any:
    facts = {"method": "cash", "scan_id": uuid.uuid4(), **more}
    return take_and_enter(checkpoint=make_checkpoint(person.event), attendee=person, amount=Decimal(amount), by=by, **facts)


def refused(person: Attendee, by: User, amount: str = "25.00", **more: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        take(person, by, amount, **more)
    assert not Payment.objects.exists()
    return refusal.value.code


# --- The act -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["cash", "card"])
def test_money_is_noted_with_receipt_and_the_person_is_in(person: Attendee, cashier: User, method: str) -> None:
    taken = take(person, cashier, method=method)

    person.refresh_from_db()
    assert (taken.result.answer, person.status, person.first_entry_at is None) == (Answer.IN, Status.CONFIRMED, False)
    payment = Payment.objects.get()
    assert (payment, payment.provider, payment.method, payment.amount, payment.by) == (taken.payment, "door", method, 25, cashier)
    assert amounts_of(person)[2:] == (25, 25, 0, 0)
    assert Receipt.objects.get().amount == 25
    assert LedgerEntry.objects.filter(attendee=person).balance() == 0


def test_what_was_paid_in_part_leaves_the_rest(person: Attendee, cashier: User) -> None:
    mark_paid(person, by=None, method="transfer", amount=Decimal("0.10"))

    assert scanned(cashier, person)["unpaid"]["amount"] == "24.90"
    with pytest.raises(DomainError, match="amount_changed"):
        take(person, cashier)
    assert take(person, cashier, "24.90").payment.amount == Decimal("24.90")


def test_sent_twice_it_is_one_payment_and_one_entry(person: Attendee, cashier: User) -> None:
    scan_id = uuid.uuid4()
    first, again = (take(person, cashier, scan_id=scan_id) for _time in range(2))

    assert (again.result.answer, again.payment, again.result.check_in) == (Answer.IN, first.payment, first.result.check_in)
    assert (Payment.objects.count(), CheckIn.objects.count()) == (1, 1)


def test_a_second_device_is_told_that_nothing_was_open(person: Attendee, cashier: User) -> None:
    take(person, cashier)
    second = take(person, cashier)

    assert (second.result.answer, second.payment, second.result.earlier.by) == (Answer.ALREADY_IN, None, cashier)
    assert Payment.objects.count() == 1


def test_the_id_of_the_scan_that_found_out_takes_the_money_too(person: Attendee, cashier: User) -> None:
    asked = check_in.scan(checkpoint=make_checkpoint(person.event), text=person.code, scan_id=uuid.uuid4(), by=cashier)

    assert take(person, cashier, scan_id=asked.check_in.scan_id).result.answer == Answer.IN
    assert [row.answer for row in CheckIn.objects.order_by("pk")] == ["unpaid", "in"]


def test_no_money_is_taken_from_who_is_kept_out_all_the_same(person: Attendee, cashier: User) -> None:
    entry = make_checkpoint(person.event)
    entry.opens_at = timezone.now() + HOUR
    entry.save()
    assert refused(person, cashier) == "too_early"
    told = scanned(cashier, person)["unpaid"]
    assert (told["text"], told["hint"], told["take"]) == ("Unpaid: €25.00", "Too early", "")


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.EXPIRED, Status.WAITLISTED, Status.PENDING_APPROVAL])
def test_who_owes_nothing_now_pays_nothing(person: Attendee, cashier: User, status: Status) -> None:
    Attendee.objects.filter(pk=person.pk).update(status=status)

    taken = take(person, cashier)

    assert (taken.payment, taken.result.answer) == (None, check_in.REFUSED_STATES[status])
    assert not Payment.objects.exists()


def test_questions_of_the_entrance_come_after_the_money(person: Attendee, cashier: User) -> None:
    make_question(person.event, key="meal", when="check_in", is_required=True)

    answer = send(cashier, person).json()

    assert (answer["status"], answer["taken"]) == ("needs_answers", "€25.00 in cash")
    assert answer["ask"]
    assert Payment.objects.paid().count() == 1


def test_undoing_takes_the_entry_back_and_says_that_the_money_stays(person: Attendee, cashier: User) -> None:
    answer = send(cashier, person).json()
    address = reverse("staff:undo", args=[person.event_id])

    said = client_of(cashier).post(address, json.dumps({"scan": answer["scan"]}), content_type="application/json").json()

    person.refresh_from_db()
    assert (said["status"], "€25.00 stays noted as paid" in said["note"]) == ("undone", True)
    assert (person.first_entry_at, person.status, Payment.objects.paid().count()) == (None, Status.CONFIRMED, 1)
    again = scanned(cashier, person)
    assert (again["status"], again["unpaid"]) == ("in", None)
    page = client_of(cashier).post(address, {"scan": again["scan"]}, follow=True).content.decode()
    assert "Check-in undone" in page
    assert "noted as paid" not in page  # this entry took no money


# --- Who may -------------------------------------------------------------------------------------------------------------------
def test_whoever_handles_money_is_shown_what_is_open_and_where_to_take_it(person: Attendee, cashier: User) -> None:
    told = scanned(cashier, person)

    assert (told["status"], told["taken"]) == ("unpaid", "")
    assert told["unpaid"] == {
        "text": "Unpaid: €25.00",
        "hint": "",
        "amount": "25.00",
        "take": reverse("staff:take", args=[person.event_id]),
        "scan": told["unpaid"]["scan"],
    }


def test_other_staff_send_the_person_to_the_desk(person: Attendee, staff: User) -> None:
    told = scanned(staff, person)

    assert told["unpaid"] == {"text": "Please send them to the desk.", "hint": "", "amount": "", "take": "", "scan": ""}
    answer = send(staff, person)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert refused(person, staff) == "not_allowed"


def test_strangers_find_nothing(person: Attendee, cashier: User) -> None:
    elsewhere = make_event()
    for stranger in (make_user(), make_member(elsewhere, "organiser").user, make_member(person.event, "viewer").user):
        assert send(stranger, person).status_code == 404
    other = owing("25.00")
    assert send(cashier, person, code=other.code).status_code == 404
    assert send(cashier, person, checkpoint=make_checkpoint(elsewhere).pk).status_code == 404
    assert client_of(cashier).get(reverse("staff:take", args=[person.event_id])).status_code == 405
    assert not Payment.objects.exists()


# --- The page ------------------------------------------------------------------------------------------------------------------
def test_without_a_script_the_answer_has_the_buttons(person: Attendee, cashier: User, staff: User) -> None:
    door = reverse("staff:check-in", args=[person.event_id])
    page = client_of(cashier).post(door, {"text": person.code}).content.decode()
    assert "Unpaid: €25.00" in page
    assert page.count('name="method" value="') == 2
    told = client_of(staff).post(door, {"text": person.code}).content.decode()
    assert "Please send them to the desk." in told
    assert 'name="method" value="' not in told
    assert "25.00" not in told

    answer = send(cashier, person, by_script=False, method="card")

    assert b'data-state="checked-in"' in answer.content
    assert "€25.00 by card" in answer.content.decode()


def test_another_amount_is_refused_with_the_page(person: Attendee, cashier: User) -> None:
    AttendeeType.objects.filter(pk=person.attendee_type_id).update(price=Decimal(30))

    for amount, by_script in (("30.00", False), ("24.99", True)):
        answer = send(cashier, person, by_script=by_script, amount=amount)
        assert answer.status_code == 409
        assert "it is €25.00 now" in (answer.json()["message"] if by_script else answer.content.decode())
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "NaN"},
        {"amount": "-1"},
        {"amount": "1e400"},
        {"amount": None},
        {"amount": [25]},
        {"amount": "25.001"},
        {"method": "gold"},
        {"method": {}},
        {"scan_id": "x"},
        {"scan_id": None},
        {"code": ""},
        {"code": "\x00"},
        {"code": "\ud800"},
        {"code": "x" * 21},
    ],
)
def test_bad_input_is_422_and_takes_nothing(person: Attendee, cashier: User, wrong: dict[str, Any]) -> None:
    assert send(cashier, person, **wrong).status_code in ({404, 422} if "code" in wrong else {422})
    assert not Payment.objects.exists()


def test_taking_too_often_is_429(person: Attendee, cashier: User, settings: Any) -> None:
    settings.RATE_LIMITS = {"checkin.device": "1/1m"}

    assert [send(cashier, person).status_code for _time in range(2)] == [200, 429]
