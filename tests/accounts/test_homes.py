"""Who lands where after signing in, and what a proved address brings along."""

from __future__ import annotations

import pytest
from django.test import Client

from attendees.models import Attendee
from events.models import Role, TeamMember
from netevent.accounts.services import prove_address
from tests import factories
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def landing(user) -> str:
    client = Client()
    client.post("/login", {"login": user.username, "password": PASSWORD})
    return client.get("/start").headers["Location"]


def test_everybody_lands_where_their_rows_say():
    owner, desk, door, guest = (make_user(f"{name}@example.org") for name in ("owner", "desk", "door", "guest"))
    event = factories.make_event(organiser=factories.make_organiser(owner))
    factories.make_member(event, "editor", desk)
    member = factories.make_member(event, "check-in", door)

    assert [landing(user) for user in (owner, desk, door, guest)] == ["/admin/", "/admin/", "/staff/dashboard", "/attendee/dashboard"]
    member.delete()
    assert landing(door) == "/attendee/dashboard"


def test_proved_address_brings_registrations_and_places_in_teams(client, letters):
    event = factories.make_event()
    attendee = factories.make_attendee(event, email="ada@example.org")
    member = TeamMember.objects.create(event=event, email="ada@example.org", role=Role.objects.first())
    client.post("/signup", {"email": "ada@example.org", "password": PASSWORD})
    assert (Attendee.objects.get().user, TeamMember.objects.get(pk=member.pk).user) == (None, None)

    client.post(letters.link("ada@example.org"))

    member.refresh_from_db()
    assert Attendee.objects.get(pk=attendee.pk).user.email == "ada@example.org"
    assert member.user == Attendee.objects.get(pk=attendee.pk).user


def test_unproved_address_brings_nothing():
    event = factories.make_event()
    factories.make_attendee(event, email="ada@example.org")
    stranger = make_user("ada@example.org", proved=False)
    TeamMember.objects.create(event=event, email="ada@example.org", role=Role.objects.first())

    assert not Attendee.objects.filter(user=stranger).exists()
    assert not TeamMember.objects.filter(user=stranger).exists()
    prove_address(make_user("owner@example.org"), "ada@example.org")
    assert not Attendee.objects.filter(user=stranger).exists()
