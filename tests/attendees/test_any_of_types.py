"""Waiting for one type and taking another too."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from django.urls import reverse

from attendees.exports.attendee_list import write_list
from attendees.invariants import promises
from attendees.models import AcceptedType, Attendee, Offer, Status, Voucher, VoucherKind
from attendees.receivers_waiting import facts_of_waiting
from attendees.services.accepted_types import accept_types, accepted_by, may_accept
from attendees.services.places import Places, places_of
from attendees.services.registration import cancel_registration, change_type, register_attendee
from attendees.services.waiting_list import accept_offer, decline_offer, offer_by_hand, offer_freed_places, withdraw_offer
from events.models import AttendeeType
from netevent.core.errors import DomainError
from tests.attendees.pages import browser_of, page, text_of
from tests.factories import make_admin, make_attendee, make_event, make_person, make_type, money

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    """Adults and children, one place each, both taken; no other type."""
    event = make_event()
    AttendeeType.objects.filter(event=event).delete()
    adult, child = make_type(event, code="ADULT", name_en="Adult", capacity=1), make_type(event, code="CHILD", name_en="Child", capacity=1)
    event.adult, event.child = adult, child
    event.holders = [make_attendee(attendee_type=kind) for kind in (adult, child)]
    return event


def wait(kind, *others, **options):
    attendee = register_attendee(attendee_type=kind, person=make_person(), **options).attendee
    assert attendee.status == Status.WAITLISTED
    if others:
        accept_types(attendee, others)
    return attendee


def now(attendee):
    fresh = Attendee.objects.get(pk=attendee.pk)
    return fresh.attendee_type.code, fresh.status


def broken():
    return [promise.name for promise in promises() if promise.broken]


# --- Whose turn it is -----------------------------------------------------------------------------------------------------------
def test_the_first_in_line_is_offered_any_type_they_would_take(event):
    flexible, strict = wait(event.adult, event.child), wait(event.child)
    cancel_registration(event.holders[1])

    assert offer_freed_places(event) == 1

    assert [now(flexible), now(strict)] == [("CHILD", "offered"), ("CHILD", "waitlisted")]
    assert (Offer.objects.get().attendee_type, Offer.objects.get().instead_of) == (event.child, event.adult)
    assert not broken()


def test_nobody_is_overtaken_by_who_would_take_anything(event):
    strict, flexible = wait(event.child), wait(event.adult, event.child)
    cancel_registration(event.holders[1])

    offer_freed_places(event)

    assert [now(strict), now(flexible)] == [("CHILD", "offered"), ("ADULT", "waitlisted")]


def test_their_own_type_comes_first(event):
    flexible = wait(event.child, event.adult)
    for holder in event.holders:
        cancel_registration(holder)

    assert offer_freed_places(event) == 1

    assert now(flexible) == ("CHILD", "offered")
    assert Offer.objects.get().instead_of is None


def test_who_takes_another_type_is_offered_it_when_it_is_free_already(event, monkeypatch):
    rung = []
    monkeypatch.setattr("attendees.receivers_waiting.ring_after_commit", lambda _name, pk, **_delay: rung.append(pk))
    waiting = wait(event.adult)
    event.child.capacity = 2
    event.child.save()
    rung.clear()

    accept_types(waiting, [event.child])

    assert rung == [event.pk]
    assert offer_freed_places(event) == 1
    assert now(waiting) == ("CHILD", "offered")


def test_newcomers_stay_behind_those_who_would_take_their_type(event):
    wait(event.adult, event.child)
    cancel_registration(event.holders[1])

    assert not places_of(event).has_room(event.child.pk)
    assert wait(event.child)


def test_who_would_take_two_types_counts_once_in_the_event():
    places = Places(3, {1: 1, 2: None, 3: None}, flexible=[(1, frozenset({2, 3}))])
    places.held[1], places.waiting[1] = 1, 1

    assert [places.waiting_for(kind) for kind in (1, 2, 3)] == [1, 1, 1]
    assert places.waiting_with_place() == 1
    assert places.has_room(2)  # one of two places is theirs
    places.held[2] = 1
    assert not places.has_room(3)


# --- The offer ------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def offered(event):
    """Somebody who waited for a free type, with a voucher, and is offered one that costs something."""
    event.child.price = money("40.00")
    event.child.vat_rate = money("7")
    event.child.save()
    voucher = Voucher.objects.create(event=event, code="HALF", kind=VoucherKind.PERCENT, value=50)
    waiting = wait(event.adult, event.child, voucher=voucher)
    cancel_registration(event.holders[1])
    offer_freed_places(event)
    return Attendee.objects.get(pk=waiting.pk)


def test_accepting_moves_them_to_it_at_its_price(event, offered):
    assert accept_offer(Offer.objects.get())

    offered.refresh_from_db()
    assert now(offered) == ("CHILD", Status.AWAITING_PAYMENT)
    assert (offered.price, offered.discount, offered.vat_rate) == (money("40.00"), money("20.00"), money("7"))
    assert offered.steps.order_by("-pk")[0].attendee_type == event.child
    assert not broken()


def test_declining_leaves_them_with_the_type_they_waited_for(event, offered):
    assert decline_offer(Offer.objects.get())

    assert now(offered) == ("ADULT", Status.CANCELLED)
    offered.refresh_from_db()
    assert (offered.price, offered.discount) == (money("0"), money("0"))
    assert not broken()


def test_an_offer_that_is_withdrawn_lets_them_wait_as_before(event, offered):
    withdraw_offer(Offer.objects.get(), by=None)

    assert now(offered) == ("ADULT", Status.WAITLISTED)
    assert accepted_by(Attendee.objects.get(pk=offered.pk)) == [event.child]
    assert not broken()


def test_whoever_is_moved_while_a_place_is_offered_stays_there(event, offered):
    event.adult.capacity = 2
    event.adult.save()
    change_type(offered, event.adult, by=None)

    withdraw_offer(Offer.objects.get(), by=None)

    assert now(offered)[0] == "ADULT"
    assert Offer.objects.get().instead_of is None


def test_staff_can_offer_another_type_by_hand(event):
    waiting, strict = wait(event.adult, event.child), wait(event.adult)
    cancel_registration(event.holders[1])

    with pytest.raises(DomainError, match="sold_out"):
        offer_by_hand(strict, by=None)
    assert offer_by_hand(waiting, by=None).attendee_type == event.child
    assert not broken()


# --- Saying so --------------------------------------------------------------------------------------------------------------------
def test_only_types_on_sale_at_this_event_can_be_chosen(event):
    hidden, elsewhere = make_type(event, hidden=True), make_type(make_event())
    waiting = wait(event.adult)
    assert may_accept(waiting) == [event.child]

    for kind in (hidden, elsewhere):
        with pytest.raises(DomainError, match="type_not_on_offer"):
            accept_types(waiting, [kind])
    accept_types(waiting, [event.child, event.adult])
    accept_types(waiting, [event.child])

    assert accepted_by(waiting) == [event.child]
    accept_types(waiting, [])
    assert not AcceptedType.objects.exists()


def test_who_waits_no_more_can_choose_nothing_and_who_comes_back_chooses_anew(event):
    waiting = wait(event.adult, event.child)
    cancel_registration(waiting)
    assert may_accept(Attendee.objects.get(pk=waiting.pk)) == []
    with pytest.raises(DomainError, match="not_waiting"):
        accept_types(waiting, [event.child])

    person = make_person(waiting.email)
    register_attendee(attendee_type=event.adult, person=person)

    assert now(waiting) == ("ADULT", Status.WAITLISTED)
    assert accepted_by(waiting) == []


def test_my_page_asks_while_i_wait_and_names_the_prices(event):
    event.child.price = money("12.50")
    event.child.save()
    waiting = wait(event.adult)
    browser = browser_of(waiting)
    assert reverse("attendees:accepted-types") in text_of(browser.get(page("dashboard", waiting)))
    assert "Child · €12.50" in text_of(browser.get(page("accepted-types", waiting)))

    assert browser.post(page("accepted-types", waiting), {"types": [str(event.adult.pk)]}).status_code == 422
    assert browser.post(page("accepted-types", waiting), {"types": [str(event.child.pk)]}).status_code == 303

    assert accepted_by(waiting) == [event.child]
    assert "checked" in text_of(browser.get(page("accepted-types", waiting)))


def test_my_page_has_nothing_to_ask_of_who_does_not_wait(event):
    browser = browser_of(event.holders[0])

    assert reverse("attendees:accepted-types") not in text_of(browser.get(page("dashboard", event.holders[0])))
    assert "nothing else to choose" in text_of(browser.get(page("accepted-types", event.holders[0])))


def test_the_offer_names_the_type_and_what_it_costs_this_person(event, offered, client):
    shown = text_of(client.get(reverse("attendees:offer", args=[Offer.objects.get().token])))

    assert "Child" in shown
    assert "€20.00" in shown
    assert "You waited for: Adult" in shown


def test_the_mail_names_the_type_and_what_it_costs(event, offered):
    facts = facts_of_waiting("offer", offered)

    assert (facts["instead_of"], facts["offered"]) == ("Adult", "Child, €20.00")


def test_the_desk_shows_what_would_do_too(event, client):
    client.force_login(make_admin())
    waiting = wait(event.adult, event.child)

    assert "Child" in text_of(client.get(reverse("admin:attendees_attendee_change", args=[waiting.pk])))
    assert client.get(reverse("admin:attendees_acceptedtype_changelist")).status_code == 200


def test_a_list_says_what_would_do_too(event):
    wait(event.adult, event.child)
    told = {}
    for file_format in ("csv", "json"):
        out = BytesIO()
        write_list(event, Attendee.objects.waiting(), out, file_format=file_format, columns=["accepts"])
        told[file_format] = out.getvalue().decode("utf-8-sig")

    assert told["csv"].split("\r\n")[:2] == ['"Would take too"', '"Child"']
    assert json.loads(told["json"]) == [{"accepts": "CHILD"}]


def test_looking_after_the_queue_asks_nothing_more_where_nobody_takes_another_type(event, django_assert_num_queries):
    wait(event.adult)

    with django_assert_num_queries(3):
        places_of(event)
