"""Vouchers that keep places free for whoever has them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendees.invariants import promises
from attendees.models import Attendee, Status, Voucher, VoucherKind
from attendees.receivers_discovery import tell_full_events
from attendees.services.approval import approve, preview_approval
from attendees.services.places import places_of, places_of_many
from attendees.services.registration import cancel_registration, change_type, register_attendee
from attendees.services.vouchers import refuse_too_few_places
from attendees.services.waiting_list import offer_by_hand, offer_freed_places, tend
from events.models import Event, Visibility
from netevent.core.errors import DomainError
from tests.attendees.pages import text_of
from tests.factories import first_type, make_admin, make_event, make_person, make_type

pytestmark = pytest.mark.django_db


def make_voucher(event, uses=2, *, types=(), **fields):
    fields.setdefault("code", "GUESTS")
    voucher = Voucher.objects.create(event=event, kind=VoucherKind.FREE, max_uses=uses, reserves_places=True, **fields)
    voucher.types.set(types)
    return voucher


def register(kind, voucher=None, **options):
    return register_attendee(attendee_type=kind, person=make_person(), voucher=voucher, **options).attendee


def broken():
    return [promise.name for promise in promises() if promise.broken]


@pytest.fixture
def kind():
    return first_type(make_event(max_attendees=3))


@pytest.fixture
def voucher(kind):
    return make_voucher(kind.event)


# --- Kept from everybody else ---------------------------------------------------------------------------------------------------
def test_places_of_a_voucher_are_kept_for_whoever_has_it(kind, voucher):
    assert places_of(kind.event).left() == 1

    others = [register(kind).status for _ in range(2)]
    guests = [register(kind, voucher).status for _ in range(2)]

    assert others == [Status.CONFIRMED, Status.WAITLISTED]
    assert guests == [Status.CONFIRMED, Status.CONFIRMED]
    assert (places_of(kind.event).held.total(), places_of(kind.event).set_aside.total()) == (3, 0)
    assert not broken()


def test_one_count_says_the_same_for_one_event_and_for_many(kind, voucher):
    register(kind, voucher)
    other = make_event(max_attendees=5)

    counted = places_of_many([kind.event, other])

    assert [counted[kind.event.pk].left(), counted[other.pk].left()] == [1, 5]
    assert counted[kind.event.pk] == places_of(kind.event)


def test_one_type_keeps_its_own_places_and_several_keep_them_in_the_event(kind):
    adult, child = make_type(kind.event, capacity=2), make_type(kind.event, capacity=2)
    make_voucher(kind.event, uses=1, types=[adult])
    assert [places_of(kind.event).left(row.pk) for row in (adult, child)] == [1, 2]

    make_voucher(kind.event, uses=1, code="BOTH", types=[adult, child])

    assert [places_of(kind.event).left(row.pk) for row in (adult, child)] == [1, 1]


def test_a_place_for_any_type_is_had_only_of_a_type_with_room(kind):
    small, large = make_type(kind.event, capacity=1), make_type(kind.event, capacity=2)
    voucher = make_voucher(kind.event)
    register(small)

    first = register(small, voucher)

    assert first.status == Status.WAITLISTED
    assert places_of(kind.event).left() == 0  # it is waited for, not given to others
    assert [register(large).status, register(large, voucher).status] == [Status.WAITLISTED, Status.CONFIRMED]
    assert not broken()


def test_an_event_without_limits_counts_nothing(django_assert_num_queries):
    kind = first_type(make_event())
    make_voucher(kind.event)

    with django_assert_num_queries(2):
        assert places_of(kind.event).left() is None


def test_events_without_such_vouchers_are_asked_nothing_more(kind, django_assert_num_queries):
    with django_assert_num_queries(2):
        places_of(kind.event)
    make_voucher(kind.event)
    with django_assert_num_queries(4):  # vouchers and groups: whatever may keep places
        places_of(kind.event)


# --- Until when -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("of_voucher", "of_event", "left"),
    [
        ({}, {}, 1),
        ({"opens_at": timedelta(days=1)}, {}, 1),  # kept before it opens, or there would be nothing to open
        ({"closes_at": timedelta(minutes=1)}, {}, 1),
        ({"closes_at": -timedelta(minutes=1)}, {}, 3),
        ({}, {"registration_closes_at": timedelta(minutes=1)}, 1),
        ({}, {"registration_closes_at": -timedelta(minutes=1)}, 3),
        ({}, {"visibility": Visibility.CANCELLED}, 3),
    ],
)
def test_places_are_kept_from_the_moment_it_is_saved_until_it_or_registration_closes(of_voucher, of_event, left, kind):
    def at(fields):
        return {name: timezone.now() + value if isinstance(value, timedelta) else value for name, value in fields.items()}

    make_voucher(kind.event, **at(of_voucher))
    Event.objects.filter(pk=kind.event.pk).update(**at(of_event))
    kind.event.refresh_from_db()

    assert places_of(kind.event).left() == left


def test_cancelling_gives_the_place_back_to_the_voucher(kind, voucher):
    guest = register(kind, voucher)
    register(kind)
    waiting = register(kind)
    cancel_registration(guest)

    assert offer_freed_places(kind.event) == 0
    assert places_of(kind.event).set_aside.total() == 2
    waiting.refresh_from_db()
    assert waiting.status == Status.WAITLISTED


def close(voucher):
    voucher.closes_at = timezone.now()
    voucher.save()


@pytest.mark.parametrize("end", [Voucher.delete, close])
def test_when_it_closes_or_goes_those_who_wait_are_offered_its_places(end, kind, voucher, monkeypatch):
    rung = []
    monkeypatch.setattr("attendees.receivers_waiting.ring_after_commit", lambda name, pk, **_delay: rung.append((name, pk)))
    waiting = [register(kind) for _ in range(4)][1:]

    end(voucher)

    assert rung == [("attendees.offer_places", kind.event.pk)]
    tend()  # the sweep, which sees it also when it closes by itself
    assert [Attendee.objects.get(pk=row.pk).status for row in waiting] == ["offered", "offered", "waitlisted"]


# --- Waiting with a voucher -------------------------------------------------------------------------------------------------------
def test_who_waits_with_a_voucher_is_offered_the_place_that_it_keeps(kind):
    small = make_type(kind.event, capacity=1)
    voucher = make_voucher(kind.event)
    holder = register(small)
    queue = [register(kind), register(small, voucher), register(kind)]
    assert {row.status for row in queue} == {Status.WAITLISTED}
    cancel_registration(holder)

    assert offer_freed_places(kind.event) == 2

    assert [Attendee.objects.get(pk=row.pk).status for row in queue] == ["offered", "offered", "waitlisted"]
    assert (places_of(kind.event).held.total(), places_of(kind.event).set_aside.total()) == (2, 1)
    assert not broken()


def test_staff_can_offer_a_kept_place_to_whom_it_is_kept_for(kind):
    small = make_type(kind.event, capacity=1)
    voucher = make_voucher(kind.event)
    register(small)
    guest, stranger = register(small, voucher), register(kind, source="desk")
    other = register(kind)
    assert (stranger.status, other.status) == (Status.WAITLISTED, Status.WAITLISTED)
    small.capacity = 2
    small.save()

    with pytest.raises(DomainError, match="sold_out"):
        offer_by_hand(other, by=None)
    assert offer_by_hand(guest, by=None).attendee == guest


def test_an_approval_that_holds_no_place_takes_the_one_that_is_kept():
    kind = first_type(make_event(max_attendees=1, mode="manual", pending_holds_place=False))
    voucher = make_voucher(kind.event, uses=1)
    guest = register(kind, voucher)
    stranger = Attendee.objects.get(pk=guest.pk)
    assert guest.status == Status.PENDING_APPROVAL
    assert places_of(kind.event).left() == 0

    assert preview_approval([stranger]).possible == 1
    assert approve(guest, by=None)

    assert places_of(kind.event).left() == 0
    assert not broken()


def test_nobody_is_moved_to_a_type_whose_last_place_is_kept(kind):
    small = make_type(kind.event, capacity=1)
    make_voucher(kind.event, uses=1, types=[small])

    with pytest.raises(DomainError, match="sold_out"):
        change_type(register(kind), small, by=None)


# --- What may be saved ------------------------------------------------------------------------------------------------------------
def test_a_voucher_that_keeps_places_says_how_many(kind):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_voucher(kind.event, uses=None)


def test_no_more_is_kept_than_is_free(kind):
    register(kind)
    refuse_too_few_places(make_voucher(kind.event, uses=2))

    with pytest.raises(DomainError, match="too_few_places") as refusal:
        refuse_too_few_places(make_voucher(kind.event, uses=2, code="MORE"))

    assert "0 at most" in str(refusal.value.fields["max_uses"])
    assert broken() == ["kept_places_exist"]  # what it kept from happening


def test_no_more_of_a_type_is_kept_than_is_free(kind):
    small = make_type(kind.event, capacity=1)

    with pytest.raises(DomainError, match="too_few_places") as refusal:
        refuse_too_few_places(make_voucher(kind.event, uses=3, types=[small]))

    assert "1 at most" in str(refusal.value.fields["max_uses"])


def test_nothing_can_be_kept_where_nothing_is_limited():
    with pytest.raises(DomainError, match="nothing_to_keep"):
        refuse_too_few_places(make_voucher(make_event()))


def test_a_voucher_never_allows_less_than_was_used(kind, voucher):
    register(kind, voucher)
    voucher.max_uses, voucher.reserves_places = 0, False
    voucher.save()

    with pytest.raises(DomainError, match="below_used"):
        refuse_too_few_places(voucher)


# --- Pages --------------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def desk(client):
    client.force_login(make_admin())
    return client


def test_the_desk_keeps_places_and_says_how_many_are_left(desk, kind):
    add = reverse("admin:attendees_voucher_add")
    typed = {"event": kind.event.pk, "code": "GUESTS", "kind": "free", "value": "0", "reserves_places": "on"}
    assert "How many places are to be kept?" in text_of(desk.post(add, typed))
    assert "it can keep 3 at most" in text_of(desk.post(add, {**typed, "max_uses": "4"}))
    assert not Voucher.objects.exists()

    assert desk.post(add, {**typed, "max_uses": "3"}).status_code == 302

    register(kind, Voucher.objects.get())
    assert "3 / 1 / 2" in text_of(desk.get(reverse("admin:attendees_voucher_changelist")))


def test_a_limit_is_not_set_below_what_is_kept(desk, kind, voucher):
    register(kind)
    small = make_type(kind.event, capacity=2, code="SMALL")
    Voucher.objects.all().delete()
    make_voucher(kind.event, types=[small])
    address = reverse("admin:events_attendeetype_change", args=[small.pk])
    page = desk.get(address)
    typed = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}

    answer = desk.post(address, {**typed, "capacity": "1"})

    assert "2 places are already held" in text_of(answer)
    small.refresh_from_db()
    assert small.capacity == 2


def test_the_page_says_what_is_kept_to_whoever_has_the_code(client, kind, voucher):
    register(kind)
    address = f"/event/register/{kind.event.code}"
    assert "Full – waiting list open" in text_of(client.get(address))
    assert "Kept for you" not in text_of(client.get(f"{address}?voucher=WRONG"))

    page = text_of(client.get(f"{address}?voucher=guests"))

    assert "Kept for you" in page
    assert "Hold my place" in page
    assert "waiting list" not in page


def test_a_form_with_the_code_gets_the_place_though_all_others_are_taken(client, kind, voucher):
    register(kind)
    told = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org", "language": "en"}
    address = f"/event/register/{kind.event.code}"
    assert client.post(address, told).status_code == 409

    assert client.post(address, {**told, "voucher": "guests"}).status_code == 303

    assert Attendee.objects.get(email="ada@example.org").status == Status.CONFIRMED


def test_a_known_code_in_a_link_is_no_guess(client, kind, voucher, settings):
    settings.RATE_LIMITS = {"code.ip": "1/h"}
    for _time in range(3):
        assert client.get(f"/event/register/{kind.event.code}?voucher=guests").status_code == 200


def test_an_event_is_full_when_the_rest_is_kept(kind):
    voucher = make_voucher(kind.event, uses=3)
    full = {pk for rows in tell_full_events() for (pk,) in rows.values_list("pk" if rows.model is Event else "event")}
    assert full == {kind.event.pk}
    voucher.delete()
    assert not any(rows.exists() for rows in tell_full_events())


def test_registering_with_a_voucher_that_keeps_places_stays_within_its_queries(kind, voucher, django_assert_max_num_queries):
    register(kind)

    with django_assert_max_num_queries(24):
        assert register(kind, voucher).status == Status.CONFIRMED
    with django_assert_max_num_queries(15):
        register(kind)
