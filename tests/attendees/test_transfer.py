"""Passing a place on: from one person to the next in one act."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendees.models import Answer, Attendee, LedgerEntry, LedgerKind, Payment, PaymentState, RegistrationStep, Status, Voucher, VoucherUse
from attendees.services.badges import badge_for
from attendees.services.check_in import main_checkpoint, scan
from attendees.services.places import places_of
from attendees.services.registration import Person, cancel_registration
from attendees.services.transfer import pass_on
from attendees.signals import place_freed
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from netevent.notifications.services import deliver_due
from tests.attendees.pages import browser_of, page, state_of, text_of
from tests.factories import first_type, make_attendee, make_event, make_member, make_running_event, make_user

pytestmark = pytest.mark.django_db
GRACE = Person("Grace", "Hopper", "grace@example.org", language="fr")
SENT = {"first_name": "Grace", "last_name": "Hopper", "email": "Grace@Example.org"}


@pytest.fixture
def freed():
    heard = []

    def hear(event, **_kwargs):
        heard.append(event)

    place_freed.connect(hear)
    yield heard
    place_freed.disconnect(hear)


def refusal_of(attendee, person=GRACE, **how):
    with pytest.raises(DomainError) as refused:
        pass_on(attendee, person, **how)
    return refused.value.code


def test_the_place_changes_hands_and_is_never_free(freed):
    event = make_event(max_attendees=1)
    ada = make_attendee(event)

    grace = pass_on(ada, GRACE)

    assert (ada.status, grace.status, grace.full_name, grace.language) == (Status.CANCELLED, Status.CONFIRMED, "Grace Hopper", "fr")
    assert grace.attendee_type == ada.attendee_type
    assert places_of(event).left() == 0
    assert freed == []


def test_both_rows_tell_what_happened():
    ada, by = make_attendee(), make_user()

    grace = pass_on(ada, GRACE, by=by)

    steps = RegistrationStep.objects.filter(act="transfer").order_by("attendee").values_list("attendee", "from_state", "to_state", "by")
    assert list(steps) == [(ada.pk, "confirmed", "cancelled", by.pk), (grace.pk, "", "confirmed", by.pk)]


def test_both_people_are_told_and_only_the_new_one_gets_a_link():
    ada = make_attendee(email="ada@example.org")
    pass_on(ada, GRACE)

    deliver_due()

    letters = {letter.to[0]: letter.body for letter in mail.outbox}
    assert set(letters) == {"ada@example.org", "grace@example.org"}
    assert "/attendee/personal/" in letters["grace@example.org"]
    assert "/attendee/personal/" not in letters["ada@example.org"]


def test_the_badge_of_who_left_is_refused_at_the_door():
    event = make_running_event()
    ada, door = make_attendee(event), make_member(event, "check-in").user
    tokens = [badge_for(ada).token]
    tokens.append(badge_for(pass_on(ada, GRACE, source="admin")).token)

    answers = [scan(checkpoint=main_checkpoint(event), text=token, scan_id=uuid.uuid4(), by=door).answer for token in tokens]

    assert answers == [Answer.CANCELLED, Answer.IN]


@pytest.mark.parametrize("status", [Status.PENDING_APPROVAL, Status.AWAITING_PAYMENT, Status.CONFIRMED])
def test_the_state_goes_along(status):
    ada = make_attendee()
    due = timezone.now() + timedelta(days=3)
    Attendee.objects.update(status=status, due_at=due)

    grace = pass_on(Attendee.objects.get(), GRACE)

    assert (Attendee.objects.get(pk=grace.pk).status, Attendee.objects.get(pk=grace.pk).due_at) == (status, due)
    ada.refresh_from_db()
    assert ada.status == Status.CANCELLED


@pytest.mark.parametrize("status", [Status.WAITLISTED, Status.OFFERED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED])
def test_what_is_no_place_cannot_be_passed_on(status):
    make_attendee()
    Attendee.objects.update(status=status)

    assert refusal_of(Attendee.objects.get()) == "no_place"
    assert Attendee.objects.count() == 1


def test_price_and_discount_stay_as_booked():
    event = make_event()
    kind = first_type(event)
    kind.price = Decimal(50)
    kind.save()
    ada = make_attendee(event)
    Attendee.objects.update(discount=Decimal(5))
    kind.price = Decimal(90)
    kind.save()

    grace = pass_on(ada, GRACE)

    assert (grace.price, grace.discount, grace.to_pay) == (Decimal(50), Decimal(5), Decimal(45))


def balance(attendee):
    return LedgerEntry.objects.filter(attendee=attendee).balance()


def test_what_was_paid_goes_along_and_both_accounts_are_even():
    event = make_event()
    first_type(event).__class__.objects.filter(event=event).update(price=Decimal(50))
    ada = make_attendee(event)
    payment = Payment.objects.create(
        attendee=ada, provider="transfer", key="k1", amount=Decimal(50), currency="EUR", state=PaymentState.PAID, paid_at=timezone.now()
    )
    LedgerEntry.objects.create(
        event=event, attendee=ada, key=f"payment:{payment.pk}", kind=LedgerKind.PAYMENT, amount=Decimal(-50), currency="EUR"
    )
    owed = balance(ada) + 50

    grace = pass_on(ada, GRACE)

    payment.refresh_from_db()
    assert payment.attendee == grace
    paid = LedgerEntry.objects.filter(kind=LedgerKind.PAYMENT)
    assert (paid.filter(attendee=ada).balance(), paid.filter(attendee=grace).balance()) == (0, -50)
    assert not payment.refunds.exists()
    assert balance(grace) == owed - 50
    assert balance(ada) == 0


def test_a_voucher_in_use_goes_along():
    ada = make_attendee()
    voucher = Voucher.objects.create(event=ada.event, code="HALF", value=50, max_uses=1)
    VoucherUse.objects.create(voucher=voucher, attendee=ada)

    grace = pass_on(ada, GRACE)

    assert list(VoucherUse.objects.filter(VoucherUse.LIVE).values_list("attendee", flat=True)) == [grace.pk]


def test_a_cancelled_row_of_the_new_person_is_revived():
    event = make_event()
    before = make_attendee(event, email="grace@example.org")
    cancel_registration(before)

    grace = pass_on(make_attendee(event), GRACE)

    assert grace.pk == before.pk
    assert list(grace.steps.order_by("pk").values_list("act", "round")) == [("register", 1), ("cancel", 1), ("transfer", 2)]


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.WAITLISTED, Status.REJECTED])
def test_somebody_who_is_known_here_cannot_take_it_and_the_answer_does_not_say_why(status):
    event = make_event()
    ada = make_attendee(event)
    grace = make_attendee(event, email="grace@example.org")
    Attendee.objects.filter(pk=grace.pk).update(status=status)

    assert refusal_of(ada) == "not_possible"
    assert refusal_of(ada, Person("Ada", "", ada.email)) == "not_possible"
    assert Attendee.objects.get(pk=ada.pk).status == Status.CONFIRMED
    assert not Message.objects.exists()


def test_the_person_of_an_account_with_that_address_counts_too():
    event = make_event()
    grace = make_user("grace@example.org")
    make_attendee(event, email="other@example.org")
    Attendee.objects.update(user=grace)

    assert refusal_of(make_attendee(event)) == "not_possible"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"transfer_until": timezone.now() - timedelta(minutes=1)}, "too_late_to_transfer"),
        ({"cancel_until": timezone.now() - timedelta(minutes=1)}, "too_late_to_transfer"),
        ({"visibility": "cancelled"}, "event_cancelled"),
    ],
)
def test_after_the_cut_off_nobody_but_staff_passes_a_place_on(change, code):
    ada = make_attendee()
    type(ada.event).objects.filter(pk=ada.event_id).update(**change)

    assert refusal_of(ada) == code
    if code != "event_cancelled":
        assert pass_on(ada, GRACE, source="admin").status == Status.CONFIRMED


def test_who_is_checked_in_keeps_the_place():
    ada = make_attendee()
    Attendee.objects.update(first_entry_at=timezone.now())

    assert refusal_of(ada) == "checked_in"


def test_a_cancel_in_between_wins():
    ada = make_attendee()
    stale = Attendee.objects.get()
    cancel_registration(ada)

    assert refusal_of(stale) == "no_place"
    assert Attendee.objects.count() == 1


# --- The page --------------------------------------------------------------------------------------------------------------
def test_the_page_passes_the_place_on():
    ada = make_attendee()
    client = browser_of(ada)
    assert page("transfer") in text_of(client.get(page("dashboard")))
    assert "once" in text_of(client.get(page("transfer")))

    answer = client.post(page("transfer"), SENT)

    assert answer.status_code == 303
    assert state_of(client.get(answer["Location"])) == "cancelled"
    assert Attendee.objects.get(email="grace@example.org").status == Status.CONFIRMED
    assert client.post(page("transfer"), SENT).status_code == 409


def test_the_page_keeps_what_was_typed_when_it_is_refused():
    event = make_event()
    make_attendee(event, email="grace@example.org")

    answer = browser_of(make_attendee(event)).post(page("transfer"), SENT)

    assert (answer.status_code, state_of(answer)) == (409, "not-possible")
    assert "Hopper" in text_of(answer)
    assert "registered" not in text_of(answer).split("<form")[1].split("</form")[0]


def test_the_page_says_when_it_is_too_late_and_is_not_offered_then():
    ada = make_attendee(make_event(transfer_until=timezone.now() - timedelta(minutes=1)))
    client = browser_of(ada)

    assert page("transfer") not in text_of(client.get(page("dashboard")))
    assert "any more" in text_of(client.get(page("transfer")))
    assert state_of(client.post(page("transfer"), SENT)) == "too-late-to-transfer"


def test_addresses_cannot_be_tried_out(settings):
    settings.RATE_LIMITS = {"transfer.attendee": "2/d"}
    event = make_event()
    make_attendee(event, email="grace@example.org")
    client = browser_of(make_attendee(event))

    assert [client.post(page("transfer"), SENT).status_code for _ in range(3)] == [409, 409, 429]


# --- The desk --------------------------------------------------------------------------------------------------------------
def desk_act(attendee):
    return reverse("admin:attendees_attendee_pass_on_one", args=[attendee.pk])


def test_staff_pass_a_place_on_after_the_cut_off():
    ada = make_attendee(make_event(transfer_until=timezone.now() - timedelta(minutes=1)))
    organiser, desk = make_member(ada.event, "organiser").user, Client()
    desk.force_login(organiser)
    assert "both are told" in text_of(desk.get(desk_act(ada)))
    assert Attendee.objects.count() == 1

    assert desk.post(desk_act(ada), SENT).status_code == 302

    assert Attendee.objects.get(email="grace@example.org").status == Status.CONFIRMED
    assert set(RegistrationStep.objects.filter(act="transfer").values_list("by", "source")) == {(organiser.pk, "admin")}


@pytest.mark.parametrize("role", ["check-in", "viewer"])
def test_staff_without_the_right_pass_nothing_on(role):
    ada, desk = make_attendee(), Client()
    desk.force_login(make_member(ada.event, role).user)

    answer = desk.post(desk_act(ada), SENT)

    assert answer.status_code in {403, 404} or "/admin/login/" in answer["Location"]
    assert Attendee.objects.count() == 1
