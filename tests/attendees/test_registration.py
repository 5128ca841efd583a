"""Registration as a service: places, queue, revival, cancelling, types."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from attendees.models import Attendee, RegistrationStep, Status
from attendees.services.places import places_of
from attendees.services.registration import cancel_registration, change_type, register_attendee
from events.models import Visibility
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from tests.factories import first_type, make_attendee, make_event, make_person, make_type, make_user, money

pytestmark = pytest.mark.django_db


def register(event, email=None, **fields):
    return register_attendee(attendee_type=first_type(event), person=make_person(email, **fields))


def test_register_attendee_confirms_writes_the_step_and_one_message():
    event = make_event()

    attendee = register(event, " ADA@example.org").attendee

    assert (attendee.status, attendee.email, attendee.source) == (Status.CONFIRMED, "ada@example.org", "page")
    step = RegistrationStep.objects.get()
    assert (step.act, step.from_state, step.to_state, step.round) == ("register", "", "confirmed", 1)
    assert list(Message.objects.values_list("template", "to_address", "scope")) == [
        ("registered_confirmed", "ada@example.org", f"event:{event.pk}")
    ]


def test_register_attendee_twice_returns_the_first_registration_and_writes_to_its_owner():
    event = make_event()
    first = register(event, "ada@example.org").attendee

    again = register(event, "Ada@Example.org", first_name="Mallory")

    assert again.attendee == first
    assert not again.is_new
    assert Attendee.objects.get().first_name == "Ada"
    assert sorted(Message.objects.values_list("template", flat=True)) == ["already_registered", "registered_confirmed"]


def test_register_attendee_without_room_waits_in_order():
    event = make_event(max_attendees=1)

    states = [register(event).attendee for _ in range(3)]

    assert [(a.status, a.queue_number) for a in states] == [("confirmed", None), ("waitlisted", 1), ("waitlisted", 2)]


def test_register_attendee_for_a_full_type_waits_while_another_type_has_room():
    event = make_event(max_attendees=3)
    small, other = make_type(event, capacity=1), make_type(event)
    people = [make_person() for _ in range(4)]

    states = [
        register_attendee(attendee_type=kind, person=person).attendee.status
        for kind, person in zip((small, small, other, other), people, strict=True)
    ]

    # who waits for the full type keeps nobody out of the other
    assert states == ["confirmed", "waitlisted", "confirmed", "confirmed"]


def test_register_attendee_keeps_newcomers_behind_those_who_wait():
    event = make_event(max_attendees=1)
    first = register(event).attendee
    register(event)
    cancel_registration(first)

    assert register(event).attendee.status == Status.WAITLISTED


def test_register_attendee_when_full_without_waiting_list_is_refused():
    event = make_event(max_attendees=0, has_waiting_list=False)

    with pytest.raises(DomainError) as refusal:
        register(event)

    assert refusal.value.code == "sold_out"
    assert not Attendee.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"visibility": Visibility.DRAFT}, "registration_closed"),
        ({"visibility": Visibility.CANCELLED}, "event_cancelled"),
        ({"registration_opens_at": timezone.now() + timedelta(days=1)}, "registration_closed"),
        ({"registration_closes_at": timezone.now() - timedelta(minutes=1)}, "registration_closed"),
        ({"starts_at": timezone.now() - timedelta(days=3)}, "registration_closed"),
    ],
)
def test_register_attendee_outside_the_window_is_refused(fields, code):
    with pytest.raises(DomainError) as refusal:
        register(make_event(**fields))

    assert refusal.value.code == code


def test_register_attendee_takes_the_price_from_the_type_and_waits_for_payment():
    event = make_event()
    paid = make_type(event, price=money("49.90"))

    attendee = register_attendee(attendee_type=paid, person=make_person()).attendee

    assert (attendee.status, attendee.price, attendee.currency) == (Status.AWAITING_PAYMENT, money("49.90"), "EUR")
    assert timezone.now() < attendee.due_at <= event.until


def test_register_attendee_waits_for_approval_where_the_type_says_so():
    event = make_event()

    attendee = register_attendee(attendee_type=make_type(event, mode="manual", price=money("5")), person=make_person()).attendee

    assert attendee.status == Status.PENDING_APPROVAL


def test_register_attendee_by_staff_skips_window_approval_and_payment():
    event = make_event(registration_closes_at=timezone.now() - timedelta(days=1))
    kind = make_type(event, mode="manual", price=money("5"))

    assert make_attendee(attendee_type=kind).status == Status.CONFIRMED


def test_register_attendee_again_after_cancelling_revives_the_row():
    event = make_event()
    first = register(event, "ada@example.org").attendee
    cancel_registration(first)

    again = register(event, "ada@example.org")

    assert again.is_new
    assert (again.attendee.pk, again.attendee.code, again.attendee.status) == (first.pk, first.code, Status.CONFIRMED)
    assert list(again.attendee.steps.values_list("act", "round", "from_state")) == [
        ("register", 1, ""),
        ("cancel", 1, "confirmed"),
        ("register", 2, "cancelled"),
    ]


def test_register_attendee_by_a_stranger_leaves_a_proved_name_alone():
    event, ada = make_event(), make_user("ada@example.org")
    kind = first_type(event)
    first = register_attendee(attendee_type=kind, person=make_person("ada@example.org", user=ada)).attendee
    cancel_registration(first)

    register_attendee(attendee_type=kind, person=make_person("ada@example.org", first_name="Mallory"))

    assert Attendee.objects.get().first_name == "Ada"


def test_register_attendee_rejected_stays_rejected():
    event, ada = make_event(), make_user("ada@example.org")
    attendee = register(event, "ada@example.org").attendee
    Attendee.objects.update(status=Status.REJECTED)

    with pytest.raises(DomainError) as refusal:
        register(event, "ada@example.org", user=ada)

    assert refusal.value.code == "rejected"
    attendee.refresh_from_db()
    assert attendee.status == Status.REJECTED


@pytest.mark.parametrize("stands", [Status.CONFIRMED, Status.WAITLISTED, Status.REJECTED])
def test_register_attendee_tells_a_stranger_what_a_new_address_would_hear(stands):
    event = make_event(max_attendees=1)
    register(event, "ada@example.org")
    Attendee.objects.update(status=stands)
    for _ in range(3):
        register(event)

    known, unknown = (register(event, email) for email in ("ada@example.org", "new@example.org"))

    assert (known.state, known.position) == (unknown.state, unknown.position) != (Status.CONFIRMED, None)
    assert Attendee.objects.get(email="ada@example.org").status == stands
    assert Message.objects.filter(template="already_registered", to_address="ada@example.org").exists()


def test_register_attendee_asks_before_somebody_waits_also_for_a_known_address():
    event = make_event(max_attendees=1)
    register(event, "ada@example.org")

    for email in ("ada@example.org", "new@example.org"):
        with pytest.raises(DomainError) as refusal:
            register_attendee(attendee_type=first_type(event), person=make_person(email), accept_waiting_list=False)
        assert refusal.value.code == "full"
    assert Attendee.objects.count() == 1


def test_register_attendee_confirmed_has_a_badge_and_waiting_has_none():
    event = make_event(max_attendees=1)

    first, second = register(event).attendee, register(event).attendee

    assert first.badges.live().count() == 1
    assert not second.badges.exists()


def test_cancel_registration_frees_the_place_once():
    event = make_event(max_attendees=1)
    attendee = register(event).attendee
    assert places_of(event).left() == 0

    assert [cancel_registration(attendee), cancel_registration(Attendee.objects.get())] == [True, False]

    assert places_of(event).left() == 1
    assert RegistrationStep.objects.filter(act="cancel").count() == 1
    assert Message.objects.filter(template="cancelled").count() == 1


def test_cancel_registration_after_the_cut_off_is_refused_but_not_for_staff():
    event = make_event(cancel_until=timezone.now() - timedelta(minutes=1))
    attendee = register(event).attendee

    with pytest.raises(DomainError) as refusal:
        cancel_registration(attendee)

    assert refusal.value.code == "too_late_to_cancel"
    assert cancel_registration(attendee, source="admin")


def test_change_type_moves_the_place_at_todays_price():
    event = make_event()
    attendee = register(event).attendee
    other = make_type(event, capacity=1, price=money("10"))

    assert change_type(attendee, other, by=None)

    assert (attendee.attendee_type, attendee.price, attendee.status) == (other, money("10"), Status.CONFIRMED)
    assert places_of(event).left(other.pk) == 0


def test_change_type_to_a_full_type_is_refused():
    event = make_event()
    full = make_type(event, capacity=0)

    with pytest.raises(DomainError) as refusal:
        change_type(register(event).attendee, full, by=None)

    assert refusal.value.code == "sold_out"


def test_register_attendee_stays_within_its_queries(django_assert_max_num_queries):
    event = make_event(max_attendees=50)
    kind = first_type(event)

    with django_assert_max_num_queries(14):
        register_attendee(attendee_type=kind, person=make_person())
