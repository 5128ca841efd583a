"""Prepared questions answer what their querysets do."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import netevent.urls  # noqa: F401 -- with it, everything that is prepared
from attendees import selectors
from attendees.models import AcceptedType, Attendee, Status
from attendees.services import badges, check_in, on_sale, places, registration
from attendees.views import check_in as doors
from events.models import AttendeeType, Event
from netevent.accounts import backends
from netevent.accounts.models import Profile, User
from netevent.core import locks, prepared, sessions, tokens
from tests.factories import first_type, make_attendee, make_checkpoint, make_event, make_member, make_user

pytestmark = pytest.mark.django_db


def told(thing: Any, depth: int = 4) -> Any:
    """All that was read, and nothing that wasn't: columns, annotations, related rows, which fields are deferred."""
    if not isinstance(thing, models.Model) or not depth:
        return thing
    related = {name: told(row, depth - 1) for name, row in thing._state.fields_cache.items()}
    plain = {name: value for name, value in vars(thing).items() if name != "_state"}
    return type(thing), plain, thing.get_deferred_fields(), thing._state.adding, thing._state.db, related


def same(question: prepared.Prepared[Any], **values: Any) -> list[Any]:
    """Asked both ways, twice prepared; in a transaction, since some of them lock."""
    with transaction.atomic():
        usual = list(question.question(**values))
        for _time in range(2):
            assert [told(row) for row in question.all(**values)] == [told(row) for row in usual]
        assert told(question.first(**values)) == told(usual[0] if usual else None)
    return usual


def of_session() -> list[Any]:
    now = timezone.now()
    for number in (1, 2):
        Session.objects.create(session_key=f"k{number}", session_data="x", expire_date=now + timedelta(days=number - 1))
    assert not same(sessions.live_session, key="k1", now=now)
    return same(sessions.live_session, key="k2", now=now)


def of_registration() -> list[Any]:
    person = make_attendee()
    assert not same(selectors.registration_to_tell, pk=person.pk + 1)
    return same(selectors.registration_to_tell, pk=person.pk)


def of_user() -> list[Any]:
    make_user()
    assert not same(backends.user_by_id, pk=make_user().pk + 1)
    Profile.objects.create(user=(user := make_user()), photo="photos/ada.jpg")
    assert same(backends.user_by_id, pk=make_user().pk)
    return same(backends.user_by_id, pk=str(user.pk))


def of_places() -> list[Any]:
    event = make_event()
    for status in (Status.CONFIRMED, Status.CONFIRMED, Status.WAITLISTED, Status.CANCELLED):
        Attendee.objects.filter(pk=make_attendee(event).pk).update(status=status)
    make_attendee(make_event())
    first_type(event).capacity = 3
    assert sorted(same(places.counts_of_types, event=event.pk)) == [
        (first_type(event).pk, "confirmed", 2),
        (first_type(event).pk, "waitlisted", 1),
    ]
    return same(places.limits_of_types, event=event.pk)


def of_accepted_types() -> list[Any]:
    person = make_attendee()
    AcceptedType.objects.create(attendee=person, attendee_type=first_type(make_event()))
    assert not same(places.accepted_at, event=person.event_id, status=Status.WAITLISTED)
    return same(places.accepted_at, event=person.event_id, status=Status.CONFIRMED)


def of_lock() -> list[Any]:
    return same(locks.lock_of(Event), pk=make_event().pk)


def of_badge() -> list[Any]:
    token = badges.badge_for(make_attendee()).token
    return same(check_in.locked_badge, digest=tokens.digest(str(token)))


def of_door() -> list[Any]:
    staff = make_member(make_event(), "check-in")
    checkpoint = make_checkpoint(staff.event)
    values = {"event": staff.event_id, "user": staff.user_id}
    assert not same(doors.main_door, **values | {"user": make_user().pk})
    assert same(doors.door_by_id, pk=checkpoint.pk, **values) == [checkpoint]
    return same(doors.main_door, **values)


def of_types() -> list[Any]:
    event = make_event()
    type(first_type(event)).objects.create(event=event, code="LATER", name_en="Later", opens_at=timezone.now() + timedelta(days=1))
    values = {"code": event.code, "now": timezone.now()}
    assert same(on_sale.types_to_book, **values) == [first_type(event)]
    return same(on_sale.types_to_show, **values)


def of_person() -> list[Any]:
    known = make_attendee(make_event(), email="ada@example.org")
    values = {"event": known.event_id, "user": make_user().pk, "code": "NOBODYS"}
    assert not same(registration.known_or_taken, email="grace@example.org", **values)
    assert same(registration.known_or_taken, email="grace@example.org", **values | {"code": make_attendee().code})
    return same(registration.known_or_taken, email=" Ada@Example.org", **values)


CASES: dict[prepared.Prepared[Any], Callable[[], list[Any]]] = {
    sessions.live_session: of_session,
    backends.user_by_id: of_user,
    places.counts_of_types: of_places,
    places.limits_of_types: of_places,
    places.accepted_at: of_accepted_types,
    locks.lock_of(Event): of_lock,
    on_sale.types_to_book: of_types,
    on_sale.types_to_show: of_types,
    selectors.registration_to_tell: of_registration,
    registration.known_or_taken: of_person,
    check_in.locked_badge: of_badge,
    doors.main_door: of_door,
    doors.door_by_id: of_door,
}


@pytest.mark.parametrize("case", dict.fromkeys(CASES.values()), ids=lambda case: case.__name__)
def test_answers_what_the_queryset_answers(case):
    assert case()


def test_everything_that_is_prepared_is_held_against_its_queryset():
    ours = {question for question in prepared.every if question.question.__module__ != __name__}
    locking = {question for question in ours if question.question.__name__ == "lock"}  # one shape, whatever the table
    assert {question.question.__qualname__ for question in ours - locking - {*CASES}} == set()


@prepared.prepared
def group_by_name(name: Any) -> models.QuerySet[Group]:
    return Group.objects.filter(name=name)


@prepared.prepared
def user_with_words(pk: Any, words: Any) -> models.QuerySet[User]:
    return User.objects.filter(pk=pk, first_name__contains=words)


@prepared.prepared
def types_with_event(event: Any) -> models.QuerySet[AttendeeType]:
    rows = AttendeeType.objects.filter(event=event).select_related("event__organiser", "event__venue")
    return rows.annotate(twice=models.F("position") * 2).order_by("pk")


@prepared.prepared
def event_partly(code: Any, now: Any) -> models.QuerySet[Event]:
    return (
        Event.objects.select_related("organiser").filter(code=code, starts_at__gt=now).only("starts_at", "organiser__name", "max_attendees")
    )


@prepared.prepared
def locked_user(pk: Any) -> models.QuerySet[User]:
    return User.objects.select_for_update(no_key=True).filter(pk=pk)


def test_related_rows_annotations_and_deferred_columns_are_as_usual():
    event = make_event()
    assert same(types_with_event, event=event.pk)[0].event.organiser_id == event.organiser_id
    assert same(event_partly, code=event.code.lower(), now=timezone.now())[0].get_deferred_fields()
    assert not same(event_partly, code=event.code, now=event.starts_at)


def test_value_is_written_as_its_column_wants_it():
    """Codes in any case, keys as text, moments in any zone."""
    event = make_event()
    zone = timezone.get_fixed_timezone(120)
    assert same(event_partly, code=f" {event.code.lower()} ", now=timezone.now().astimezone(zone))


def test_it_is_compiled_once():
    group_by_name.all(name="a")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        compiled = group_by_name.compiled
        group_by_name.all(name="b")
    assert group_by_name.compiled is compiled
    assert len(asked) == 1


def test_nothing_is_refused():
    with pytest.raises(ValueError, match="name is None"):
        group_by_name.all(name=None)


def test_number_that_no_row_can_have_finds_nothing():
    assert same(backends.user_by_id, pk=10**30) == same(types_with_event, event=-1) == []
    assert types_with_event.all(event=10**30) == []


def test_quotes_and_signs_are_values():
    for name in ("a'b", "100%", "%s", "a\\b", "é"):
        Group.objects.create(name=name)
        assert [group.name for group in same(group_by_name, name=name)] == [name]


def test_what_is_not_simply_compared_is_refused():
    with pytest.raises(TypeError, match="words"):
        user_with_words.all(pk=1, words="x")


@pytest.mark.parametrize(
    "rows",
    [
        lambda: Group.objects.prefetch_related("user_set"),
        lambda: Group.objects.values("name"),
        lambda: Group.objects.values_list("name", flat=True),
        lambda: Group.objects.filter(name="x").none(),
    ],
)
def test_what_is_more_than_one_select_is_refused(rows):
    question = prepared.prepared(rows)
    prepared.every.remove(question)
    with pytest.raises(TypeError, match="prepared"):
        question.all()


@pytest.mark.django_db(transaction=True)
def test_lock_outside_a_transaction_is_refused():
    """Compiled in one or not."""
    user = make_user()
    if connection.features.has_select_for_update:
        with transaction.atomic():
            assert locked_user.all(pk=user.pk) == [user]
        with pytest.raises(transaction.TransactionManagementError):
            locked_user.all(pk=user.pk)


def test_locking_what_is_gone_says_so():
    event = Event(pk=uuid.uuid4().int % 10**6 + 10**6)
    with pytest.raises(Event.DoesNotExist), transaction.atomic():
        locks.locked(event)
