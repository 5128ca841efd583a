"""The rules that registration began with, each cell by its name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from attendees.models import Attendee, Status
from attendees.services.approval import approve
from attendees.services.places import places_of
from attendees.services.registration import cancel_registration, register_attendee
from events.models import Event
from netevent.core.errors import DomainError
from tests.factories import first_type, make_attendee, make_event, make_person, make_type, make_user, money

pytestmark = pytest.mark.django_db

# name → (price, mode, state after registering, state after approval; None: there is nothing to approve)
CELLS = {
    "free and automatic: confirmed at once": ("0", "automatic", Status.CONFIRMED, None),
    "free and manual: approval, then confirmed": ("0", "manual", Status.PENDING_APPROVAL, Status.CONFIRMED),
    "paid and automatic: payment is due at once": ("25", "automatic", Status.AWAITING_PAYMENT, None),
    "paid and manual: approval, then payment is due": ("25", "manual", Status.PENDING_APPROVAL, Status.AWAITING_PAYMENT),
}


@pytest.mark.parametrize("by_type", [False, True], ids=["the event's mode", "the type's mode"])
@pytest.mark.parametrize("cell", CELLS)
def test_price_and_mode_decide_the_way_to_a_place(cell, by_type):
    price, mode, first, approved = CELLS[cell]
    event = make_event(mode="automatic" if by_type and mode == "manual" else mode)
    kind = make_type(event, price=money(price), mode=mode if by_type else "")

    attendee = register_attendee(attendee_type=kind, person=make_person()).attendee

    assert attendee.status == first
    assert places_of(event).held.total() == 1  # each of them holds its place
    assert (attendee.due_at is not None) == (first == Status.AWAITING_PAYMENT)
    if approved is None:
        with pytest.raises(DomainError, match="not_pending"):
            approve(attendee, by=None)
    else:
        approve(attendee, by=None)
        assert attendee.status == approved


def test_waiting_for_approval_may_hold_no_place():
    event = make_event(mode="manual", pending_holds_place=False, max_attendees=1)

    register_attendee(attendee_type=first_type(event), person=make_person())

    assert places_of(event).held.total() == 0


# --- No second registration, no past events, a place that is given back is free ----------------------------------------------
def test_no_second_registration():
    event = make_event()
    first = make_attendee(event, email="ada@example.org")

    again = register_attendee(attendee_type=first_type(event), person=make_person("ADA@example.org"))

    assert (again.attendee, again.is_new, Attendee.objects.count()) == (first, False, 1)


def test_cancelling_frees_the_place():
    event = make_event(max_attendees=1, has_waiting_list=False)
    cancel_registration(make_attendee(event))

    assert make_attendee(event).status == Status.CONFIRMED


def test_no_registration_for_past_events():
    event = make_event(starts_at=timezone.now() - timedelta(days=3))

    with pytest.raises(DomainError, match="registration_closed"):
        register_attendee(attendee_type=first_type(event), person=make_person())


# --- No second event at the same hour, where the organiser forbids it --------------------------------------------------------
START = (timezone.now() + timedelta(days=20)).replace(hour=10, minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)

# name → (start and end of the other event in hours from this one's start, which lasts two; refused?)
OVERLAPS = {
    "the same hours": (0, 2, True),
    "inside": (0.5, 1, True),
    "around": (-1, 5, True),
    "its end falls into mine": (-1, 1, True),
    "its begin falls into mine": (1, 4, True),
    "ends as mine begins": (-2, 0, False),
    "begins as mine ends": (2, 3, False),
    "another day": (48, 50, False),
    "without an end, the same day": (-1, None, True),
    "without an end, the day before": (-24, None, False),
}


@pytest.mark.parametrize("case", OVERLAPS)
def test_nobody_is_booked_twice_for_the_same_hour(case):
    begins, ends, is_refused = OVERLAPS[case]
    ada = make_user("ada@example.org")
    end = None if ends is None else START + ends * HOUR
    other = make_event(starts_at=START + begins * HOUR, ends_at=end, name_en="The other one", time_zone="UTC")
    book(other, ada)
    event = make_event(starts_at=START, ends_at=START + 2 * HOUR, refuses_same_hour=True)

    if is_refused:
        with pytest.raises(DomainError, match="clash") as refusal:
            book(event, ada)
        assert "The other one" in str(refusal.value.message)
    else:
        assert book(event, ada).status == Status.CONFIRMED


def book(event, user, **fields):
    return register_attendee(attendee_type=first_type(event), person=make_person(user.email, user=user), **fields).attendee


def allowed_event(ada):
    return make_event(starts_at=START), {}


def by_staff(ada):
    return make_event(starts_at=START, refuses_same_hour=True), {"source": "desk"}


@pytest.mark.parametrize("case", [allowed_event, by_staff], ids=lambda case: case.__name__)
def test_the_same_hour_is_no_matter(case):
    ada = make_user("ada@example.org")
    book(make_event(starts_at=START), ada)
    event, how = case(ada)

    assert book(event, ada, **how).status == Status.CONFIRMED


@pytest.mark.parametrize("status", [Status.WAITLISTED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED])
def test_who_has_no_place_there_is_not_booked(status):
    ada = make_user("ada@example.org")
    Attendee.objects.filter(pk=book(make_event(starts_at=START), ada).pk).update(status=status, queue_number=1)

    assert book(make_event(starts_at=START, refuses_same_hour=True), ada).status == Status.CONFIRMED


def test_an_event_that_was_called_off_keeps_nobody_from_another():
    ada, other = make_user("ada@example.org"), make_event(starts_at=START)
    book(other, ada)
    Event.objects.filter(pk=other.pk).update(visibility="cancelled")

    assert book(make_event(starts_at=START, refuses_same_hour=True), ada).status == Status.CONFIRMED


def test_a_stranger_is_not_told_where_an_address_is_booked():
    """Only who signed in is asked: the refusal names the other event."""
    ada = make_user("ada@example.org")
    book(make_event(starts_at=START), ada)
    event = make_event(starts_at=START, refuses_same_hour=True)

    assert register_attendee(attendee_type=first_type(event), person=make_person("ada@example.org")).is_new
