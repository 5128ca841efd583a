"""The waiting list: who is offered a freed place, for how long, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendees.invariants import promises
from attendees.models import Attendee, Offer, OfferState, RegistrationStep, Status
from attendees.selectors import Chance, chance_of_place, queue_position
from attendees.services import waiting_list
from attendees.services.registration import cancel_registration, change_type, register_attendee
from attendees.services.waiting_list import accept_offer, decline_offer, offer_by_hand, offer_freed_places, withdraw_offer
from events.models import Event
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from netevent.notifications.services import deliver_due
from tests.attendees.pages import browser_of, page, state_of, text_of
from tests.factories import first_type, make_event, make_person, make_type, money

pytestmark = pytest.mark.django_db


def register(event, kind=None, **person):
    return register_attendee(attendee_type=kind or first_type(event), person=make_person(**person)).attendee


def full_event(waiting=2, **fields):
    """One place, taken; and so many who wait. The event, who has the place, and the queue."""
    event = make_event(max_attendees=1, **fields)
    return event, register(event), [register(event) for _ in range(waiting)]


def offered(waiting=2, **fields):
    """The same after the place was given back and offered to the first."""
    event, holder, queue = full_event(waiting, **fields)
    cancel_registration(holder)
    assert offer_freed_places(event) == 1
    return event, Offer.objects.get(state=OfferState.OPEN), queue


def states(people):
    return [Attendee.objects.get(pk=person.pk).status for person in people]


def told(person):
    return list(Message.objects.filter(about=person.about).order_by("pk").values_list("template", flat=True))


def broken():
    return {promise.name for promise in promises() if promise.broken}


# --- Who is offered what ----------------------------------------------------------------------------------------------------
def test_a_freed_place_is_offered_to_the_first_only_and_for_the_events_hours():
    event, holder, queue = full_event(offer_hours=6)
    cancel_registration(holder)

    assert offer_freed_places(event) == 1
    assert offer_freed_places(event) == 0  # the place is held now

    assert states(queue) == ["offered", "waitlisted"]
    offer = Offer.objects.get()
    assert offer.attendee == queue[0]
    assert timedelta(hours=5, minutes=59) < offer.expires_at - timezone.now() <= timedelta(hours=6)
    assert told(queue[0])[-1] == "offer"
    assert broken() == set()


def test_priority_comes_before_the_number_in_the_queue():
    event, holder, queue = full_event()
    Attendee.objects.filter(pk=queue[1].pk).update(priority=5)
    cancel_registration(holder)

    offer_freed_places(event)

    assert states(queue) == ["waitlisted", "offered"]


def test_who_waits_for_a_full_type_is_passed_by_whoever_waits_for_one_with_room():
    event = make_event(max_attendees=2)
    small, other = make_type(event, capacity=1), make_type(event)
    _holder, leaver = register(event, small), register(event, other)
    first, second = register(event, small), register(event, other)
    cancel_registration(leaver)

    offer_freed_places(event)

    assert states([first, second]) == ["waitlisted", "offered"]


def more_places(event, holder):
    event.max_attendees = 2
    event.save()


def no_limit(event, holder):
    event.max_attendees = None
    event.save()


def cancel(event, holder):
    cancel_registration(holder)


def reject(event, holder):
    from attendees.services.approval import reject as turn_down

    Attendee.objects.filter(pk=holder.pk).update(status=Status.PENDING_APPROVAL)
    turn_down(holder, by=None)


@pytest.mark.parametrize("free", [more_places, no_limit, cancel, reject], ids=lambda act: act.__name__)
def test_whatever_frees_a_place_rings_for_an_offer(free, monkeypatch):
    rings = []
    monkeypatch.setattr("attendees.receivers_waiting.ring_after_commit", lambda task, *args, **_options: rings.append((task, *args)))
    event, holder, queue = full_event(waiting=1)

    free(event, holder)

    assert rings == [("attendees.offer_places", event.pk)]
    assert offer_freed_places(event) == 1
    assert states(queue) == ["offered"]


def test_moving_somebody_to_another_type_frees_their_place(monkeypatch):
    event = make_event()
    small, other = make_type(event, capacity=1), make_type(event)
    holder, waiting = register(event, small), register(event, small)

    change_type(holder, other, by=None)
    waiting_list.tend()

    assert states([waiting]) == ["offered"]


def test_nothing_rings_where_nobody_waits(monkeypatch):
    rings = []
    monkeypatch.setattr("attendees.receivers_waiting.ring_after_commit", lambda *args, **_options: rings.append(args))
    event = make_event(max_attendees=1)

    cancel_registration(register(event))

    assert not rings


@pytest.mark.parametrize(
    "fields",
    [
        {"registration_closes_at": timezone.now() - timedelta(minutes=1)},
        {"visibility": "cancelled"},
        {"visibility": "draft"},
        {"starts_at": timezone.now() - timedelta(minutes=1)},
    ],
)
def test_no_offers_when_the_time_for_them_is_over(fields):
    event, holder, queue = full_event()
    cancel_registration(holder)
    Event.objects.filter(pk=event.pk).update(**fields)

    assert offer_freed_places(event) == 0
    assert states(queue) == ["waitlisted", "waitlisted"]


def test_an_offer_never_outlives_registration():
    closes = timezone.now() + timedelta(hours=2)

    _event, offer, _queue = offered(registration_closes_at=closes, offer_hours=24)

    assert offer.expires_at == closes


def test_more_places_than_one_batch_are_all_offered(monkeypatch):
    monkeypatch.setattr(waiting_list, "BATCH", 2)
    event, _holder, queue = full_event(waiting=5)
    event.max_attendees = 6
    event.save()

    assert offer_freed_places(event) == 5
    assert set(states(queue)) == {"offered"}


# --- Answers ----------------------------------------------------------------------------------------------------------------
def test_accepting_confirms_and_ends_the_offer():
    _event, offer, queue = offered()

    assert accept_offer(offer)
    assert not accept_offer(offer)  # a second press changes nothing

    assert states(queue) == ["confirmed", "waitlisted"]
    offer.refresh_from_db()
    assert offer.state == OfferState.ACCEPTED
    assert offer.answered_at
    assert told(queue[0])[-2:] == ["offer", "registered_confirmed"]
    assert queue_position(queue[1]) == 1
    assert broken() == set()


def test_accepting_goes_on_to_payment_where_the_place_costs_something():
    event = make_event(max_attendees=1)
    paid = make_type(event, price=money("20"))
    holder, waiting = register(event), register(event, paid)
    cancel_registration(holder)
    offer_freed_places(event)

    accept_offer(Offer.objects.get())

    waiting.refresh_from_db()
    assert waiting.status == Status.AWAITING_PAYMENT
    assert waiting.due_at


def test_accepting_waits_for_approval_where_nobody_has_approved_yet():
    _event, offer, queue = offered(mode="manual")
    Attendee.objects.filter(pk=queue[0].pk).update(approved_at=None)

    accept_offer(offer)

    assert states(queue)[0] == Status.PENDING_APPROVAL


def test_declining_leaves_the_list_and_passes_the_place_on():
    event, offer, queue = offered()

    assert decline_offer(offer)
    assert not decline_offer(offer)
    offer_freed_places(event)

    assert states(queue) == ["cancelled", "offered"]
    assert told(queue[0])[-1] == "offer"  # who says no gets no letter about it


def test_an_offer_that_nobody_answers_ends_and_passes_on_and_they_may_join_again_at_the_end():
    event, offer, queue = offered()
    Offer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    waiting_list.tend()

    assert states(queue) == ["expired", "offered"]
    offer.refresh_from_db()
    assert offer.state == OfferState.EXPIRED
    assert told(queue[0])[-1] == "offer_expired"
    again = register(event, email=queue[0].email)
    assert (again.pk, again.status) == (queue[0].pk, Status.WAITLISTED)
    assert queue_position(again) == 1
    assert broken() == set()


def too_late(offer):
    Offer.objects.filter(pk=offer.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def withdrawn(offer):
    withdraw_offer(Offer.objects.get(pk=offer.pk), by=None)


def cancelled(offer):
    cancel_registration(Attendee.objects.get(pk=offer.attendee_id))


@pytest.mark.parametrize("end", [too_late, withdrawn, cancelled])
@pytest.mark.parametrize("answer", [accept_offer, decline_offer])
def test_an_offer_that_is_over_can_not_be_answered(end, answer):
    _event, offer, _queue = offered()
    end(offer)
    before = states([offer.attendee])

    with pytest.raises(DomainError) as refusal:
        answer(offer)

    assert refusal.value.code == "offer_over"
    assert states([offer.attendee]) == before


def test_leaving_the_queue_otherwise_ends_the_offer():
    _event, offer, _queue = offered()

    cancel_registration(offer.attendee)

    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN
    assert broken() == set()


# --- Staff ------------------------------------------------------------------------------------------------------------------
def test_staff_offer_a_free_place_out_of_turn_and_also_after_registration_closed():
    event, holder, queue = full_event()
    cancel_registration(holder)
    Event.objects.filter(pk=event.pk).update(registration_closes_at=timezone.now() - timedelta(minutes=1))

    offer = offer_by_hand(Attendee.objects.get(pk=queue[1].pk), by=None)
    waiting_list.tend()  # what was offered after the closing is not taken back by the closing

    assert states(queue) == ["waitlisted", "offered"]
    assert offer.expires_at > timezone.now()


def test_staff_can_not_offer_what_is_taken_or_to_who_does_not_wait():
    _event, holder, queue = full_event()

    for person, code in ((queue[0], "sold_out"), (holder, "not_waiting")):
        with pytest.raises(DomainError) as refusal:
            offer_by_hand(person, by=None)
        assert refusal.value.code == code


def test_a_withdrawn_offer_puts_the_person_at_the_end_and_goes_to_the_next():
    event, offer, queue = offered()

    assert withdraw_offer(offer, by=None)
    assert not withdraw_offer(offer, by=None)
    offer_freed_places(event)

    assert states(queue) == ["waitlisted", "offered"]
    assert told(queue[0])[-1] == "offer_withdrawn"


# --- Time -------------------------------------------------------------------------------------------------------------------
def test_when_registration_closes_those_who_wait_are_told_once():
    event, _holder, queue = full_event()
    Event.objects.filter(pk=event.pk).update(registration_closes_at=timezone.now() - timedelta(minutes=1))

    waiting_list.tend()
    waiting_list.tend()

    assert [told(person) for person in queue] == [["registered_waitlisted", "last_call"]] * 2
    assert states(queue) == ["waitlisted", "waitlisted"]


def test_closing_earlier_takes_back_open_offers_and_keeps_their_spot():
    event, offer, queue = offered()
    Offer.objects.update(created_at=timezone.now() - timedelta(hours=2))
    Event.objects.filter(pk=event.pk).update(registration_closes_at=timezone.now() - timedelta(hours=1))

    waiting_list.tend()

    assert states(queue) == ["waitlisted", "waitlisted"]
    assert [queue_position(Attendee.objects.get(pk=person.pk)) for person in queue] == [1, 2]
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN


@pytest.mark.parametrize(("ago", "mails"), [(timedelta(minutes=1), ["closed"]), (timedelta(days=3), [])])
def test_when_the_event_begins_nobody_waits_any_more(ago, mails):
    event, _holder, queue = full_event()
    Event.objects.filter(pk=event.pk).update(starts_at=timezone.now() - ago, ends_at=None)

    waiting_list.tend()
    waiting_list.tend()

    assert states(queue) == ["expired", "expired"]
    assert told(queue[0])[1:] == mails
    assert RegistrationStep.objects.filter(act="close_list").count() == 2


def an_hour_ago(event, field):
    Event.objects.filter(pk=event.pk).update(**{field: timezone.now() - timedelta(hours=1)})


def offer_overdue(event, holder):
    cancel_registration(holder)
    offer_freed_places(event)
    Offer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def offer_beyond_closing(event, holder):
    cancel_registration(holder)
    offer_freed_places(event)
    Offer.objects.update(created_at=timezone.now() - timedelta(hours=2))
    an_hour_ago(event, "registration_closes_at")


@pytest.mark.parametrize(
    ("prepare", "stumbling", "state", "letter"),
    [
        (lambda _event, holder: cancel_registration(holder), "make_offers", "offered", "offer"),
        (offer_overdue, "change_together", "expired", "offer_expired"),
        (offer_beyond_closing, "change_together", "waitlisted", "offer_withdrawn"),
        (lambda event, _holder: an_hour_ago(event, "starts_at"), "change_together", "expired", "closed"),
        (lambda event, _holder: an_hour_ago(event, "registration_closes_at"), "message_to", "waitlisted", "last_call"),
    ],
    ids=["offering", "ending offers", "withdrawing offers", "closing the list", "telling the last call"],
)
def test_a_broken_event_holds_up_no_other_in_any_part_of_the_sweep(prepare, stumbling, state, letter, monkeypatch, caplog):
    (broken_one, _, queue_of_broken), (other, _, queue) = events = [full_event(waiting=1), full_event(waiting=1)]
    for event, holder, _queue in events:
        prepare(event, holder)
    act = getattr(waiting_list, stumbling)

    def stumble(about, *args, **kwargs):
        attendee = about[0] if isinstance(about, list) else about
        return 1 / 0 if attendee.event_id == broken_one.pk else act(about, *args, **kwargs)

    with monkeypatch.context() as broken_code:
        broken_code.setattr(waiting_list, stumbling, stumble)
        waiting_list.tend()
    mine, others = queue_of_broken[0], queue[0]

    assert (states([others]), letter in told(others)) == ([state], True)
    assert letter not in told(mine)
    assert f"event {broken_one.pk}" in caplog.text
    assert f"event {other.pk}" not in caplog.text
    waiting_list.tend()
    assert (states([mine]), letter in told(mine)) == ([state], True)  # mended: the next sweep does what this one left


# --- Mails and pages --------------------------------------------------------------------------------------------------------
def link_in_mail(person):
    mail.outbox.clear()
    Message.objects.exclude(about=person.about).delete()
    deliver_due()
    letter = next(letter for letter in mail.outbox if "/attendee/offer/" in letter.body)
    return letter.body[letter.body.index("/attendee/offer/") :].split()[0]


def test_the_mail_leads_to_a_page_that_asks_and_the_answer_opens_ones_own_page():
    _event, offer, queue = offered()
    client, link = Client(), link_in_mail(queue[0])

    asked = client.get(link)

    assert (asked.status_code, state_of(asked)) == (200, "offered")
    assert states(queue)[0] == "offered"  # looking changes nothing
    answer = client.post(link, {"answer": "accept"}, follow=True)
    assert state_of(answer) == "registered"
    queue[0].refresh_from_db()
    assert queue[0].email_proved_at
    assert Message.objects.filter(context__icontains=offer.token).count() == 0


def test_ones_own_page_leads_to_the_offer_while_it_is_open():
    _event, offer, queue = offered()
    link = reverse("attendees:offer", args=[offer.token])
    client = browser_of(queue[0])

    assert link in text_of(client.get(page("dashboard", queue[0])))
    decline_offer(offer)
    assert link not in text_of(client.get(page("dashboard", queue[0])))


def test_who_moves_to_another_type_takes_the_offer_along():
    event, offer, queue = offered()
    other = make_type(event)

    change_type(Attendee.objects.get(pk=queue[0].pk), other, by=None)

    offer.refresh_from_db()
    assert offer.attendee_type == other
    assert broken() == set()


def test_accepting_is_refused_to_who_is_booked_elsewhere_by_now():
    event, offer, queue = offered(refuses_same_hour=True)
    elsewhere = make_event(starts_at=event.starts_at, name_en="Elsewhere")
    register(elsewhere, email=queue[0].email)

    answer = Client().post(reverse("attendees:offer", args=[offer.token]), {"answer": "accept"})

    assert (answer.status_code, state_of(answer)) == (409, "clash")
    assert "Elsewhere" in text_of(answer)
    assert states(queue)[0] == Status.OFFERED


def test_declining_in_the_page_and_looking_again_says_so():
    _event, offer, _queue = offered()
    client, link = Client(), reverse("attendees:offer", args=[offer.token])

    assert 'value="decline"' in text_of(client.get(f"{link}?answer=decline"))
    assert state_of(client.post(link, {"answer": "decline"}, follow=True)) == "cancelled"
    assert state_of(client.get(link)) == "offer-over"
    late = client.post(link, {"answer": "accept"})
    assert (late.status_code, state_of(late)) == (409, "offer-over")


def test_a_link_that_is_no_offer_is_not_found():
    answer = Client().get(reverse("attendees:offer", args=["x" * 32]))

    assert (answer.status_code, state_of(answer)) == (404, "invalid-link")


def test_an_offer_that_is_over_when_its_mail_is_written_sends_none():
    _event, offer, _queue = offered()
    decline_offer(offer)

    deliver_due()

    assert Message.objects.get(template="offer").state == Message.State.DROPPED


@pytest.mark.parametrize("template", ["offer_expired", "offer_withdrawn", "last_call", "closed", "rejected", "offer"])
def test_each_letter_of_the_waiting_list_can_be_written(template):
    from attendees.services.registration import queue_to

    _event, offer, _queue = offered()
    Message.objects.all().delete()
    queue_to(offer.attendee, template, 1)

    deliver_due()

    assert Message.objects.get().state == Message.State.SENT
    assert offer.attendee.first_name in mail.outbox[-1].body


# --- What past events say ----------------------------------------------------------------------------------------------------
def past_event(organiser, offers):
    """With two who waited, of whom so many were offered a place."""
    event, _holder, _queue = full_event(organiser=organiser)
    if offers:
        event.max_attendees = 1 + offers
        event.save()
    assert offer_freed_places(event) == offers
    Event.objects.filter(pk=event.pk).update(starts_at=timezone.now() - timedelta(days=9), ends_at=timezone.now() - timedelta(days=8))


def test_the_chance_of_a_place_is_told_from_five_past_events_on():
    event, _holder, queue = full_event()
    for offers in (0, 1, 1, 2):
        past_event(event.organiser, offers)
    past_event(None, 2)  # somebody else's
    assert chance_of_place(queue[0], 1) is None
    past_event(event.organiser, 0)

    assert chance_of_place(queue[0], 1) == Chance(reached=3, events=5)
    assert chance_of_place(queue[1], 2) == Chance(reached=1, events=5)
    assert chance_of_place(queue[0], None) is None
    assert "At 3 of 5 past events" in text_of(browser_of(queue[0]).get(page("dashboard", queue[0])))
