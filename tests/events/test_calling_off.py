"""Calling an event off, and moving it: one version, once, by whoever may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from events.models import Event, Visibility
from events.services.calling_off import announce_time, call_off, postpone
from netevent.accounts.models import User
from netevent.core.errors import DomainError
from netevent.jobs.models import Job
from tests.factories import make_event, make_member, make_organiser, make_user

pytestmark = pytest.mark.django_db


def versions(event: Event) -> list[int]:
    return list(event.history.order_by("version_number").values_list("version_number", flat=True))


def refusal(call: Any) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.code


def soon(days: int = 30) -> datetime:
    return (timezone.now() + timedelta(days=days)).replace(microsecond=0)


# --- The services --------------------------------------------------------------------------------------------------------------
def test_calling_off_is_one_version_with_who_and_why() -> None:
    event, user = make_event(), make_user()

    assert call_off(event, reasons={"en": " The hall burnt. ", "de": "Die Halle ist abgebrannt."}, by=user, source="admin")

    event.refresh_from_db()
    newest = event.history.first()
    assert (event.visibility, versions(event)) == (Visibility.CANCELLED, [1, 2])
    assert (newest.history_user, newest.source) == (user, "admin")
    assert sorted(newest.changes) == ["cancelled_reason_de", "cancelled_reason_en", "visibility"]
    for language, text in (("en", "The hall burnt."), ("de", "Die Halle ist abgebrannt."), ("pl", "The hall burnt.")):
        with translation.override(language):
            assert event.cancelled_reason == text


def test_calling_off_twice_is_once() -> None:
    event = make_event()

    assert call_off(event, reasons={"en": "Rain"})
    assert not call_off(Event.objects.get(pk=event.pk), reasons={"en": "Snow"})

    event.refresh_from_db()
    assert (event.cancelled_reason, versions(event)) == ("Rain", [1, 2])
    assert Job.objects.filter(kind="attendees.call_off").count() == 1


def test_what_cannot_be_called_off() -> None:
    assert refusal(lambda: call_off(make_event(), reasons={"en": "  "})) == "reason_needed"
    assert refusal(lambda: call_off(make_event(visibility="draft"), reasons={"en": "Rain"})) == "not_public"
    over = make_event(starts_at=timezone.now() - timedelta(days=3))
    assert refusal(lambda: call_off(over, reasons={"en": "Rain"})) == "event_over"


def test_postponing_keeps_the_plan_and_moves_the_deadlines_by_the_clocks() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    start = datetime(2027, 3, 20, 9, tzinfo=zone)
    event = make_event(starts_at=start, cancel_until=datetime(2027, 3, 18, 17, tzinfo=zone), time_zone="Europe/Amsterdam")
    later = datetime(2027, 4, 10, 9, tzinfo=zone)  # the clocks went forward in between

    assert postpone(event, starts_at=later, ends_at=later + timedelta(hours=8), reasons={"en": "Rain"})

    event.refresh_from_db()
    assert (event.starts_at, event.planned_starts_at, versions(event)) == (later, start, [1, 2])
    assert event.cancel_until.astimezone(zone).replace(tzinfo=None) == datetime(2027, 4, 8, 17)


def test_postponing_to_the_same_time_is_nothing() -> None:
    event = make_event()

    assert not postpone(event, starts_at=event.starts_at, ends_at=event.ends_at)
    assert (versions(event), Job.objects.count()) == ([1], 0)


def test_what_cannot_be_postponed() -> None:
    event = make_event()
    assert refusal(lambda: postpone(event, starts_at=timezone.now() - timedelta(hours=1))) == "in_the_past"
    assert refusal(lambda: postpone(event, starts_at=soon(), ends_at=soon() - timedelta(hours=1))) == "ends_before_start"
    call_off(event, reasons={"en": "Rain"})
    assert refusal(lambda: postpone(event, starts_at=soon())) == "event_cancelled"
    assert refusal(lambda: announce_time(event)) == "event_cancelled"


# --- The desk ------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def owner() -> User:
    return make_user("owner@example.org")


@pytest.fixture
def event(owner: User) -> Event:
    return make_event(organiser=make_organiser(owner), content_languages=["en", "de"], time_zone="Europe/Amsterdam")


def desk_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(name: str, event: Event) -> str:
    return reverse(f"admin:events_event_{name}", args=[event.pk])


def test_the_desk_asks_a_reason_and_says_what_ends(owner: User, event: Event) -> None:
    desk = desk_of(owner)

    asked = desk.get(page("call_off", event))
    refused = desk.post(page("call_off", event), {"reason_en": "", "reason_de": ""})

    assert "Nobody is registered." in asked.content.decode()
    assert {"reason_en", "reason_de"} <= {*asked.context["form"].fields}
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["reason_en"])
    event.refresh_from_db()
    assert event.visibility == Visibility.PUBLISHED

    desk.post(page("call_off", event), {"reason_de": "Regen"})

    event.refresh_from_db()
    assert (event.visibility, event.cancelled_reason_de, event.history.first().source) == ("cancelled", "Regen", "admin")


def test_the_desk_postpones_by_the_events_clocks(owner: User, event: Event) -> None:
    said = {"starts_at_0": "2027-06-01", "starts_at_1": "10:00", "ends_at_0": "2027-06-01", "ends_at_1": "18:00", "deadlines": "on"}

    answer = desk_of(owner).post(page("postpone", event), said)

    event.refresh_from_db()
    assert answer.status_code == 302
    assert event.starts_at == datetime(2027, 6, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("name", ["call_off", "postpone", "tell_time"])
@pytest.mark.parametrize(("role", "status"), [("viewer", {403, 404}), ("stranger", {302, 403, 404})])
def test_who_may_not_edit_moves_nothing(event: Event, name: str, role: str, status: set[int]) -> None:
    user = make_user()
    if role != "stranger":
        make_member(event, role, user)
    else:
        make_event(organiser=make_organiser(user))

    answer = desk_of(user).post(page(name, event), {"reason_en": "Rain", "starts_at_0": "2027-06-01", "starts_at_1": "10:00"})

    assert answer.status_code in status
    assert answer.get("Location", "") != page("change", event)
    assert versions(event) == [1]
    assert not Job.objects.exists()
