"""One list of all that happened to a registration, for whoever may see it."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendees.admin.timeline import entries_of
from attendees.models import Attendee, Badge, Payment, Refund
from attendees.services.check_in import main_checkpoint, scan_attendee, undo
from attendees.services.registration import cancel_registration, queue_to, register_attendee
from events.permissions import Right
from netevent.accounts.models import User
from tests.factories import first_type, make_attendee, make_member, make_organiser, make_person, make_running_event, make_type, make_user

pytestmark = pytest.mark.django_db
ALL = frozenset(Right)


@pytest.fixture
def owner() -> User:
    return make_user("owner@example.org", first_name="Olga")


@pytest.fixture
def ada(owner: User) -> Attendee:
    """Registered, checked in and undone, paid, given back, told, printed and cancelled."""
    event = make_running_event(organiser=make_organiser(owner))
    person = register_attendee(attendee_type=first_type(event), person=make_person(), source="page").attendee
    undo(scan_attendee(checkpoint=main_checkpoint(event), attendee=person, scan_id=uuid.uuid4(), by=owner).check_in, by=owner)
    payment = Payment.objects.create(
        attendee=person, provider="transfer", key="one", amount=Decimal(25), currency="EUR", state="paid", paid_at=timezone.now()
    )
    Refund.objects.create(payment=payment, key="two", amount=Decimal(10))
    Badge.objects.filter(attendee=person).update(printed_at=timezone.now(), prints=2)
    cancel_registration(person, by=owner, source="admin", reason="Double")
    return person


def test_every_fact_is_a_line_in_order(ada: Attendee) -> None:
    lines = entries_of(ada, ALL)

    assert [line.at for line in lines] == sorted(line.at for line in lines)
    told = [line.what for line in lines]
    for what in ("Registered", "Checked in", "Check-in undone", "Payment", "Refund", "Badge printed", "Cancelled"):
        assert told.count(what) == 1, what
    assert told.count("Message") == 2
    cancelled = next(line for line in lines if line.what == "Cancelled")
    assert "Confirmed → Cancelled" in cancelled.details
    assert "Double" in cancelled.details
    assert "Organisers' desk" in cancelled.details


def test_money_is_for_whoever_handles_it_and_messages_lead_on_for_whoever_sends(ada: Attendee) -> None:
    lines = entries_of(ada, frozenset({Right.SEE_PERSONAL_DATA}))

    assert not {"Payment", "Refund"} & {line.what for line in lines}
    assert not any(line.url for line in lines)
    assert any("/notifications/message/" in line.url for line in entries_of(ada, ALL))


def test_the_page_costs_no_more_with_more_lines(ada: Attendee) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            entries_of(ada, ALL)
        return len(queries)

    first = count()
    for number in range(5):
        queue_to(ada, "changed", f"again{number}")

    assert count() == first <= 8


def test_the_page_shows_it_and_a_stranger_sees_nothing(ada: Attendee, owner: User) -> None:
    address = reverse("admin:attendees_attendee_change", args=[ada.pk])
    client, viewer = Client(), Client()
    client.force_login(owner)
    other = make_user()
    make_member(make_running_event(), "organiser", other)
    viewer.force_login(other)

    page = client.get(address).content.decode()

    assert "desk-timeline" in page
    assert "€25.00" in page
    assert viewer.get(address).status_code == 404


def test_who_has_not_answered_is_a_filter(ada: Attendee, owner: User) -> None:
    event = ada.event
    asked = make_attendee(attendee_type=make_type(event), first_name="Zoë")
    Attendee.objects.filter(pk=asked.pk).update(asked_again_at=timezone.now())
    Attendee.objects.filter(pk=ada.pk).update(asked_again_at=timezone.now())
    client = Client()
    client.force_login(owner)

    page = client.get(f"{reverse('admin:attendees_attendee_changelist')}?asked_again=open")

    assert [row.pk for row in page.context["cl"].result_list] == [asked.pk]  # who cancelled owes no answer
