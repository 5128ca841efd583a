"""The demo: repeatable, and enough to look at."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from attendees.models import Attendee, CheckIn
from attendees.services.places import places_of
from events.models import Event
from netevent.accounts.models import User

pytestmark = pytest.mark.django_db


def seed(**options):
    call_command("seed_demo", stdout=StringIO(), **options)


def rows():
    people = Attendee.objects.order_by("event__code", "email").values_list(
        "event__code", "email", "first_name", "last_name", "code", "status"
    )
    return list(people.exclude(user__isnull=False)), Event.objects.count(), CheckIn.objects.count()


def test_seed_demo_twice_adds_nothing():
    seed(attendees=40)
    first = rows()
    seed(attendees=40)

    assert rows() == first


def test_seed_demo_gives_every_page_something_to_show():
    seed()

    assert Attendee.objects.filter(event__code="CONF2027").count() >= 300
    held = Event.objects.filter(code__startswith="PAST")
    assert held.count() == 8
    assert all(event.check_ins.filter(answer="in").exists() for event in held)
    assert sorted(Event.objects.filter(code__startswith="WORKSHOP").values_list("city", flat=True)) == [
        "Antwerpen",
        "Berlin",
        "Kraków",
        "Lyon",
        "Utrecht",
    ]
    assert all((left := places_of(event).left()) is None or left >= 0 for event in Event.objects.all())
    assert User.objects.get(username="organizer").is_staff
    assert not User.objects.get(username="staff").is_staff
    assert Attendee.objects.get(email="ada@demo.netevent.test").status == "confirmed"
