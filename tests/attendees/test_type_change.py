"""Another type for many: what is shown first is what happens then."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from attendees.models import Attendee, Payment, PaymentState
from attendees.services.registration import change_type
from attendees.services.type_change import plan_moves
from events.models import AttendeeType, Event
from netevent.accounts.models import User
from netevent.core.errors import DomainError
from tests.factories import make_attendee, make_event, make_member, make_organiser, make_type, make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/attendees/attendee/"


@pytest.fixture
def owner() -> User:
    return make_user("owner@example.org")


@pytest.fixture
def event(owner: User) -> Event:
    return make_event(organiser=make_organiser(owner))


@pytest.fixture
def desk(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def people(event: Event) -> list[Attendee]:
    return list(Attendee.objects.filter(event=event).select_related("event", "attendee_type").order_by("pk"))


def pays(person: Attendee, amount: str) -> None:
    Attendee.objects.filter(pk=person.pk).update(price=Decimal(amount))
    Payment.objects.create(
        attendee=person, provider="transfer", key=uuid.uuid4().hex, amount=Decimal(amount), currency="EUR", state=PaymentState.PAID
    )


def test_who_owes_more_who_gets_back_and_who_does_not_fit(event: Event) -> None:
    vip = make_type(event, price=Decimal(20), capacity=2)
    free, paid, late, gone = (make_attendee(event) for _n in range(4))
    pays(paid, "50")
    Attendee.objects.filter(pk=gone.pk).update(status="cancelled")

    moves = plan_moves(people(event), vip)

    assert [(m.attendee, m.outcome, m.before, m.after, m.owes, m.back) for m in moves] == [
        (free, "moves", 0, 20, 20, 0),
        (paid, "moves", 50, 20, 0, 30),
        (late, "full", 0, 0, 0, 0),
        (gone, "ended", 0, 0, 0, 0),
    ]


def test_what_is_said_is_what_happens(event: Event) -> None:
    vip = make_type(event, price=Decimal("33.33"), capacity=2)
    for _n in range(3):
        make_attendee(event)
    said = [(move.attendee.pk, move.outcome == "moves", move.after) for move in plan_moves(people(event), vip)]

    happened = []
    for person in people(event):
        try:
            moved = change_type(person, vip, by=None)
        except DomainError:
            moved = False
        person.refresh_from_db()
        happened.append((person.pk, moved, person.to_pay))

    assert happened == said


def test_the_desk_shows_it_and_does_only_what_was_seen(desk: Client, event: Event) -> None:
    vip, other = make_type(event, name_en="VIP", price=Decimal(20)), make_type(event, name_en="Other")
    ada = make_attendee(event, first_name="Ada")

    def act(**data: Any) -> str:
        rows = {"action": "change_type_chosen", "_selected_action": [ada.pk], "confirmed": "1"}
        return str(desk.post(LIST, {**rows, **data}, follow=True).content.decode())

    page = act(attendee_type=vip.pk)
    act(attendee_type=other.pk, seen=vip.pk)  # another type than the one that was looked at is shown first
    ada.refresh_from_db()

    assert "Free → €20.00" in page
    assert "€20.00 more is owed in all." in page
    assert ada.attendee_type not in (vip, other)

    act(attendee_type=vip.pk, seen=vip.pk)
    ada.refresh_from_db()
    assert ada.attendee_type == vip


def test_the_look_costs_the_same_for_many(event: Event) -> None:
    vip = AttendeeType.objects.select_related("event").get(pk=make_type(event, price=Decimal(20)).pk)

    def count() -> int:
        rows = people(event)
        with CaptureQueriesContext(connection) as queries:
            plan_moves(rows, vip)
        return len(queries)

    make_attendee(event)
    first = count()
    for _n in range(5):
        make_attendee(event)

    assert count() == first <= 7


def test_the_old_address_leads_there_and_strangers_nowhere(desk: Client, event: Event) -> None:
    address = f"/organizer/event/{event.pk}/attendees/batch-assign-type"
    viewer, user = Client(), make_user()
    make_member(event, "viewer", user)
    viewer.force_login(user)

    assert desk.get(address)["Location"] == f"{LIST}?event__id__exact={event.pk}"
    assert viewer.get(address).status_code == 404
