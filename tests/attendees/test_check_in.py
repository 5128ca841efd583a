"""Check-in as a service: the order of decisions, every scan kept, undo, walk-ins."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from attendees.models import Answer, Attendee, CheckIn, Status
from attendees.services import badges, check_in
from netevent.core.errors import DomainError
from tests.factories import (
    first_type,
    make_attendee,
    make_checkpoint,
    make_event,
    make_member,
    make_person,
    make_running_event,
    make_type,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return make_running_event()


@pytest.fixture
def entry(event):
    return make_checkpoint(event)


def token_of(attendee):
    return badges.badge_for(attendee).token


def scan(entry, text, by=None, scan_id=None, at=None):
    return check_in.scan(checkpoint=entry, text=text, scan_id=scan_id or uuid.uuid4(), by=by, scanned_at=at)


@pytest.mark.parametrize("form", ["https://elsewhere.example/c/{token}", "http://127.0.0.1:8000/c/{token}?x=1", "{token}", " {token}\n"])
def test_scan_takes_the_token_whatever_stands_before_it(event, entry, form):
    attendee = make_attendee(event)

    result = scan(entry, form.format(token=token_of(attendee)))

    assert (result.answer, result.attendee) == (Answer.IN, attendee)


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda code: f" {code[:4]} {code[4:]} "])
def test_scan_takes_the_code_in_any_case(event, entry, change):
    attendee = make_attendee(event)

    assert scan(entry, change(attendee.code)).answer == Answer.IN


def test_scan_of_the_same_badge_again_says_when_and_by_whom(event, entry):
    attendee, staff = make_attendee(event), make_user()
    first = scan(entry, attendee.code, by=staff).check_in

    second = scan(entry, attendee.code)

    assert (second.answer, second.earlier, second.earlier.by) == (Answer.ALREADY_IN, first, staff)
    assert CheckIn.objects.count() == 2


def test_scan_sent_again_with_its_id_is_the_same_row_and_answer(event, entry):
    attendee, scan_id = make_attendee(event), uuid.uuid4()

    answers = [scan(entry, attendee.code, scan_id=scan_id).answer for _ in range(3)]

    assert answers == [Answer.IN] * 3
    assert CheckIn.objects.count() == 1


def test_refused_scan_sent_again_with_its_id_is_the_same_row_and_answer():
    """Nobody is in yet, so nothing is looked up first: the unique id of the scan finds it."""
    event = make_event()
    attendee, scan_id = make_attendee(event), uuid.uuid4()

    answers = [scan(make_checkpoint(event), attendee.code, scan_id=scan_id).answer for _ in range(2)]

    assert answers == [Answer.TOO_EARLY] * 2
    assert CheckIn.objects.count() == 1


def test_scan_with_the_id_of_another_events_scan_shows_nothing_of_that(event, entry):
    elsewhere = make_running_event()
    theirs = scan(make_checkpoint(elsewhere), make_attendee(elsewhere).code)

    for text in (theirs.attendee.code, make_attendee(event).code, "NOBODY"):
        with pytest.raises(DomainError) as refused:
            scan(entry, text, scan_id=theirs.check_in.scan_id)
        assert refused.value.code == "scan_id_taken"
    assert CheckIn.objects.get() == theirs.check_in


def test_scan_remembers_the_first_entry_on_the_attendee(event, entry):
    attendee, at = make_attendee(event), timezone.now() - timedelta(minutes=3)
    scan(entry, attendee.code, at=at)
    scan(entry, attendee.code)

    attendee.refresh_from_db()
    assert attendee.first_entry_at == at


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (Status.CANCELLED, Answer.CANCELLED),
        (Status.REJECTED, Answer.CANCELLED),
        (Status.EXPIRED, Answer.CANCELLED),
        (Status.PENDING_APPROVAL, Answer.NOT_APPROVED),
        (Status.WAITLISTED, Answer.NOT_APPROVED),
        (Status.OFFERED, Answer.NOT_APPROVED),
        (Status.AWAITING_PAYMENT, Answer.UNPAID),
        (Status.CONFIRMED, Answer.IN),
    ],
)
def test_scan_answers_by_the_state_of_the_registration(event, entry, status, answer):
    attendee = make_attendee(event)
    Attendee.objects.update(status=status)

    assert scan(entry, attendee.code).answer == answer
    assert CheckIn.objects.get().attendee == attendee


def test_scan_of_an_unknown_text_is_kept_as_a_piece_of_its_digest(entry):
    result = scan(entry, "https://example.org/menu")

    assert (result.answer, result.attendee) == (Answer.UNKNOWN, None)
    assert len(CheckIn.objects.get().raw) == 8


def test_scan_of_another_events_badge_shows_nobody(entry):
    stranger = make_attendee(make_event())

    result = scan(entry, token_of(stranger))

    assert (result.answer, result.attendee) == (Answer.WRONG_EVENT, None)


def test_scan_of_a_replaced_badge_is_revoked_and_the_new_one_gets_in(event, entry):
    attendee = make_attendee(event)
    old = token_of(attendee)
    new = badges.reissue(attendee).token

    assert [scan(entry, old).answer, scan(entry, new).answer] == [Answer.REVOKED, Answer.IN]


def test_scan_too_early_and_too_late():
    early = make_event(starts_at=timezone.now() + timedelta(days=2))
    late = make_event(starts_at=timezone.now() - timedelta(days=3))

    answers = [scan(make_checkpoint(event), make_attendee(event).code).answer for event in (early, late)]

    assert answers == [Answer.TOO_EARLY, Answer.TOO_LATE]


def test_scan_at_a_checkpoint_for_other_types_only(event):
    lunch = event.checkpoints.create(name="Lunch", kind="extra")
    lunch.attendee_types.add(make_type(event))

    assert scan(lunch, make_attendee(event).code).answer == Answer.WRONG_TYPE


def test_scan_once_a_day_lets_in_again_tomorrow(event):
    event.ends_at = timezone.now() + timedelta(days=3)
    event.save()
    daily = event.checkpoints.create(name="Lunch", kind="extra", repeat="daily")
    code = make_attendee(event).code

    answers = [scan(daily, code, at=timezone.now() + timedelta(days=days)).answer for days in (0, 0, 1)]

    assert answers == [Answer.IN, Answer.ALREADY_IN, Answer.IN]


def test_undo_by_the_same_person_opens_the_door_again(event, entry):
    attendee, staff = make_attendee(event), make_user()
    first = scan(entry, attendee.code, by=staff).check_in

    check_in.undo(first, by=staff)

    attendee.refresh_from_db()
    assert attendee.first_entry_at is None
    assert scan(entry, attendee.code).answer == Answer.IN


@pytest.mark.parametrize(
    ("role", "minutes", "reason", "code"),
    [("check-in", 16, "wrong person", "not_undoable"), ("organiser", 16, "", "reason_needed"), ("organiser", 16, "wrong person", None)],
)
def test_undo_later_needs_the_right_and_a_reason(event, entry, role, minutes, reason, code):
    attendee, member = make_attendee(event), make_member(event, role)
    first = scan(entry, attendee.code, by=member.user).check_in
    CheckIn.objects.update(received_at=timezone.now() - timedelta(minutes=minutes))

    if code is None:
        assert check_in.undo(first, by=member.user, reason=reason).annulled_reason == reason
        return
    with pytest.raises(DomainError) as refusal:
        check_in.undo(first, by=member.user, reason=reason)
    assert refusal.value.code == code


def test_undo_twice_is_refused(event, entry):
    staff = make_user()
    first = scan(entry, make_attendee(event).code, by=staff).check_in
    check_in.undo(first, by=staff)

    with pytest.raises(DomainError) as refusal:
        check_in.undo(first, by=staff)

    assert refusal.value.code == "already_undone"


def test_walk_in_registers_and_checks_in(event, entry):
    result = check_in.walk_in(
        checkpoint=entry, attendee_type=first_type(event), person=make_person(email=None), scan_id=uuid.uuid4(), by=make_user()
    )

    assert (result.answer, result.attendee.source, result.check_in.method) == (Answer.IN, "desk", "walk_in")


def test_scan_stays_within_its_queries(event, entry, django_assert_max_num_queries):
    text = token_of(make_attendee(event))

    with django_assert_max_num_queries(7):
        scan(entry, text)
