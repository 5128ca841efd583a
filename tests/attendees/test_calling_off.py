"""People when their event is called off or moved: each told once, in a few statements for all, with their money due to go back."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from attendees.models import (
    Answer,
    Attendee,
    LedgerEntry,
    LedgerKind,
    Offer,
    OfferState,
    Payment,
    PaymentState,
    Refund,
    RegistrationStep,
    Status,
    Voucher,
    VoucherUse,
)
from attendees.services import calling_off as service
from attendees.services.check_in import main_checkpoint, scan_attendee
from attendees.services.registration import register_attendee
from events.exports.ics import event_calendar
from events.models import Event
from events.services.calling_off import announce_time, call_off, postpone
from netevent.core.errors import DomainError
from netevent.jobs.models import Job
from netevent.jobs.services import run
from netevent.notifications.models import Message
from netevent.notifications.rendering import render
from tests.factories import first_type, make_attendee, make_event, make_organiser, make_person, make_running_event, make_type, make_user

pytestmark = pytest.mark.django_db


def do_jobs() -> None:
    for pk in Job.objects.open().values_list("pk", flat=True):
        run(pk)
    assert not Job.objects.filter(state=Job.State.FAILED).exists()


def off(event: Event, **reasons: str) -> None:
    call_off(event, reasons=reasons or {"en": "The hall burnt."}, by=make_user(), source="admin")
    do_jobs()


def paying(event: Event, price: str = "25.00", **fields: Any) -> tuple[Attendee, Payment]:
    """Somebody who paid, as the account shows it."""
    person = make_attendee(event, **fields)
    Attendee.objects.filter(pk=person.pk).update(price=Decimal(price), vat_rate=Decimal(19))
    payment = Payment.objects.create(
        attendee=person, provider="transfer", key=uuid.uuid4().hex, amount=Decimal(price), currency="EUR", state=PaymentState.PAID
    )
    account(person, LedgerKind.CHARGE, price, "19")
    account(person, LedgerKind.PAYMENT, f"-{price}")
    person.refresh_from_db()
    return person, payment


def account(person: Attendee, kind: str, amount: str, rate: str = "0") -> None:
    LedgerEntry.objects.create(
        event=person.event,
        attendee=person,
        key=uuid.uuid4().hex,
        kind=kind,
        amount=Decimal(amount),
        currency="EUR",
        vat_rate=Decimal(rate),
    )


def offer(person: Attendee) -> Offer:
    Attendee.objects.filter(pk=person.pk).update(status=Status.OFFERED)
    return Offer.objects.create(
        attendee=person, attendee_type=person.attendee_type, digest=uuid.uuid4().hex, expires_at=timezone.now() + timedelta(hours=1)
    )


# --- Calling off ---------------------------------------------------------------------------------------------------------------
def test_everybody_active_is_cancelled_with_a_step_and_told_once() -> None:
    event = make_event()
    ada, waiting, gone = (make_attendee(event) for _n in range(3))
    Attendee.objects.filter(pk=waiting.pk).update(status=Status.WAITLISTED, queue_number=1)
    Attendee.objects.filter(pk=gone.pk).update(status=Status.EXPIRED)
    event.refresh_from_db()

    off(event)

    assert set(Attendee.objects.exclude(pk=gone.pk).values_list("status", "queue_number")) == {("cancelled", None)}
    steps = RegistrationStep.objects.filter(act="call_off").order_by("attendee_id")
    assert [(s.attendee_id, s.from_state, s.to_state, s.round, s.reason) for s in steps] == [
        (ada.pk, "confirmed", "cancelled", 1, "The hall burnt."),
        (waiting.pk, "waitlisted", "cancelled", 1, "The hall burnt."),
    ]
    assert sorted(Message.objects.values_list("template", "to_address")) == sorted(
        ("event_cancelled", person.email) for person in (ada, waiting)
    )


def test_ordered_again_or_run_again_nobody_is_told_twice() -> None:
    event = make_event()
    make_attendee(event)
    off(event)

    call_off(Event.objects.get(pk=event.pk), reasons={"en": "Again"})
    service.start_calling_off(event, by=None, source="admin")
    do_jobs()

    assert Message.objects.filter(template="event_cancelled").count() == 1
    assert RegistrationStep.objects.filter(act="call_off").count() == 1


def test_open_offers_and_checkouts_end() -> None:
    event = make_event()
    place, (_person, payment) = offer(make_attendee(event)), paying(event)
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.OPEN)

    off(event)

    place.refresh_from_db()
    payment.refresh_from_db()
    assert (place.state, payment.state, Refund.objects.count()) == (OfferState.WITHDRAWN, PaymentState.ENDED, 0)
    assert place.answered_at is not None


def test_what_was_paid_becomes_due_less_what_went_back_and_fees() -> None:
    event = make_event()
    _whole, one = paying(event)
    part, two = paying(event, "30.00")
    Refund.objects.create(payment=two, key="first", amount=Decimal(10), state="done")
    account(part, LedgerKind.FEE, "5")

    off(event)

    due = Refund.objects.filter(reason="call_off").order_by("payment_id")
    assert [(r.payment_id, r.amount, r.state) for r in due] == [(one.pk, Decimal(25), "due"), (two.pk, Decimal(15), "due")]
    assert LedgerEntry.objects.filter(kind=LedgerKind.CHARGE).balance() == 0


def test_vouchers_come_back() -> None:
    event = make_event()
    person, _payment = paying(event)
    voucher = Voucher.objects.create(event=event, code="HALF")
    use = VoucherUse.objects.create(voucher=voucher, attendee=person)

    off(event)

    use.refresh_from_db()
    assert use.returned_at is not None


def test_it_does_what_settling_one_by_one_does() -> None:
    """The twin of `settlement.settle`, for many at once."""
    settlement = pytest.importorskip("attendees.services.settlement")
    many, single = make_event(), make_event()
    paying(many, "33.33")
    person, _payment = paying(single, "33.33")
    off(many)

    person.status = Status.CANCELLED
    person.save(update_fields=["status"])
    step = RegistrationStep.objects.create(
        attendee=person, event=single, act="call_off", from_state="confirmed", to_state="cancelled", source="admin"
    )
    settlement.settle(person, step, "confirmed")

    accounts = [list(LedgerEntry.objects.filter(event=e).values_list("kind", "amount", "currency", "vat_rate")) for e in (many, single)]
    refunds = [list(Refund.objects.filter(payment__attendee__event=e).values_list("amount", "reason", "state")) for e in (many, single)]
    assert accounts[0] == accounts[1]
    assert refunds[0] == refunds[1] == [(Decimal("33.33"), "call_off", "due")]


def test_five_hundred_cost_no_more_statements_than_five(django_assert_max_num_queries: Any) -> None:
    counts = []
    for number in (5, 40):
        event = make_event()
        kind = first_type(event)
        Attendee.objects.bulk_create(
            Attendee(
                event=event,
                attendee_type=kind,
                first_name="A",
                email=f"p{event.pk}-{n}@example.org",
                code=f"X{event.pk}Y{n}",
                status="confirmed",
            )
            for n in range(number)
        )
        Event.objects.filter(pk=event.pk).update(visibility="cancelled")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert service.end_some(event, by=None, source="admin") == number
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12


def test_the_mail_says_why_in_the_readers_language_and_takes_the_entry_out_of_calendars() -> None:
    event = make_event(name_en="Spring day")
    person, _payment = paying(event, language="de")
    first = Calendar.from_ical(event_calendar(event)).events[0]
    off(event, en="Fire", de="Feuer")

    mail = render(Message.objects.get(template="event_cancelled"))

    calendar = Calendar.from_ical(mail.attachments[0].content)
    entry = calendar.events[0]
    assert "Feuer" in mail.body
    assert "25,00" in mail.body
    assert "/attendee/personal/" in mail.body
    assert (calendar["method"], entry["status"], entry["uid"]) == ("CANCEL", "CANCELLED", first["uid"])
    assert entry["sequence"] > first["sequence"]
    assert person.code in mail.body


def test_registering_and_checking_in_answer_that_it_was_called_off() -> None:
    event = make_running_event()
    person = make_attendee(event)
    off(event)

    with pytest.raises(DomainError, match="called off"):
        register_attendee(attendee_type=first_type(event), person=make_person(), source="page")
    scan = scan_attendee(checkpoint=main_checkpoint(event), attendee=person, scan_id=uuid.uuid4(), by=make_user())

    assert scan.answer == Answer.EVENT_CANCELLED


def test_the_registration_stays_readable() -> None:
    event = make_event()
    user = make_user()
    person = make_attendee(event, user=user, email=user.email)
    off(event)
    client = Client()
    client.force_login(user)

    page = client.get(f"{reverse('attendees:dashboard')}?event={event.code}").content.decode()

    assert person.code in page
    assert "The hall burnt." in page


def test_the_desk_says_beforehand_who_is_told_and_what_goes_back() -> None:
    owner = make_user("owner@example.org")
    event = make_event(organiser=make_organiser(owner))
    paying(event)
    offer(make_attendee(event))
    Attendee.objects.filter(pk=make_attendee(event).pk).update(email=None)
    client = Client()
    client.force_login(owner)

    page = client.get(reverse("admin:events_event_call_off", args=[event.pk])).content.decode()

    for sentence in ("2 people are told by mail.", "Confirmed: 2", "A place is offered: 1", "1 open offer ends.", "€25.00 becomes due"):
        assert sentence in page
    assert "1 has no address" in page


# --- Another date --------------------------------------------------------------------------------------------------------------
def test_postponing_keeps_registrations_and_asks_each_person_once() -> None:
    event = make_event()
    ada, gone = make_attendee(event, language="de"), make_attendee(event)
    Attendee.objects.filter(pk=gone.pk).update(status=Status.CANCELLED)
    was = event.starts_at
    later = was + timedelta(days=30)

    for _twice in range(2):
        postpone(Event.objects.get(pk=event.pk), starts_at=later, ends_at=later + timedelta(hours=8), reasons={"en": "Rain", "de": "Regen"})
        do_jobs()

    ada.refresh_from_db()
    gone.refresh_from_db()
    message = Message.objects.get()
    assert (ada.status, ada.asked_again_at is not None, gone.asked_again_at) == ("confirmed", True, None)
    assert (message.template, message.context["reason"], service.unanswered(event)) == ("event_postponed", "Regen", 1)
    mail = render(message)
    entry = Calendar.from_ical(mail.attachments[0].content)
    assert "?to=attendance" in mail.body
    assert (entry["method"], entry.events[0]["dtstart"].dt.astimezone(was.tzinfo)) == ("PUBLISH", later)


def test_a_time_changed_by_hand_is_told_once_a_version() -> None:
    event = make_event()
    make_attendee(event)
    event.starts_at -= timedelta(hours=1)
    event.save()

    for _twice in range(2):
        announce_time(event)
        do_jobs()

    message = Message.objects.get()
    assert message.template == "event_moved"
    assert Attendee.objects.filter(asked_again_at__isnull=False).count() == 0
    assert "It was planned for" in render(message).body


def test_another_type_is_no_obstacle() -> None:
    event = make_event()
    make_attendee(attendee_type=make_type(event, price=Decimal(0)))

    off(event)

    assert Attendee.objects.get().status == Status.CANCELLED
