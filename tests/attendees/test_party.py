"""Parties: places for all of them or for none, at once or by the waiting list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from attendees.invariants import promises
from attendees.models import Attendee, Offer, OfferState, Party, Status
from attendees.services import waiting_list
from attendees.services.approval import reject
from attendees.services.calling_off import end_some
from attendees.services.parties import give_up_for, register_party
from attendees.services.places import places_of
from attendees.services.registration import Person, cancel_registration, change_type, register_attendee
from attendees.services.waiting_list import accept_offer, decline_offer, offer_by_hand, offer_freed_places, withdraw_offer
from events.models import Visibility
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from tests.factories import first_type, make_event, make_person, make_type, money

pytestmark = pytest.mark.django_db


def open_event(places=10, **fields):
    return make_event(max_attendees=places, max_party_size=6, **fields)


def register(event, kind=None, **person):
    return register_attendee(attendee_type=kind or first_type(event), person=make_person(**person)).attendee


def come(event, size, kind=None, **more):
    """So many people, of whom the first alone has an address. What became of them, and their rows."""
    people = [make_person(), *(Person(f"Guest {number}") for number in range(2, size + 1))]
    registered = register_party(attendee_type=kind or first_type(event), people=people, **more)
    return registered, members(registered.attendee)


def members(lead):
    return list(Attendee.objects.filter(party=lead.party_id).order_by("pk"))


def states(people):
    return [Attendee.objects.get(pk=person.pk).status for person in people]


def party(people):
    return Party.objects.get(pk=people[0].party_id)


def broken():
    return {promise.name for promise in promises() if promise.broken}


def told():
    """Every message: what it says, and to whom."""
    return list(Message.objects.order_by("pk").values_list("template", "to_address"))


def full_event(size=3, singles=0, places=4, **fields):
    """All places are taken; a party waits, and behind it so many single people."""
    event = open_event(places, **fields)
    holders = [register(event) for _ in range(places)]
    _registered, people = come(event, size)
    return event, holders, people, [register(event) for _ in range(singles)]


def offered_party(**fields):
    event, holders, people, _ = full_event(**fields)
    for holder in holders[:3]:
        cancel_registration(holder)
    offer_freed_places(event)
    assert states(people) == ["offered"] * 3
    return event, holders, members(people[0])


def free_one(event, holders):
    cancel_registration(holders.pop())
    offer_freed_places(event)


# --- Registering ------------------------------------------------------------------------------------------------------------
def test_all_of_a_party_get_places_and_one_mail_tells_it():
    event = open_event(3)

    registered, people = come(event, 3)

    assert registered.state == Status.CONFIRMED
    assert [(person.full_name, person.email is None, person.status) for person in people[1:]] == [
        ("Guest 2", True, "confirmed"),
        ("Guest 3", True, "confirmed"),
    ]
    assert all(person.badges.live().count() == 1 for person in people)
    assert (party(people).lead, party(people).size) == (people[0], 3)
    assert told() == [("registered_confirmed", people[0].email)]
    assert places_of(event).left() == 0
    assert broken() == set()


def test_too_few_places_make_all_of_a_party_wait_one_behind_the_other():
    event = open_event(3)
    register(event)
    Message.objects.all().delete()

    registered, people = come(event, 3)

    assert (registered.state, registered.position) == (Status.WAITLISTED, 1)
    assert [(person.status, person.queue_number) for person in people] == [("waitlisted", 1), ("waitlisted", 2), ("waitlisted", 3)]
    assert told() == [("registered_waitlisted", people[0].email)]
    assert broken() == set()


def test_who_has_not_agreed_to_wait_is_asked_and_nobody_is_registered():
    event = open_event(2)
    register(event)

    with pytest.raises(DomainError, match="full"):
        come(event, 2, accept_waiting_list=False)

    assert Attendee.objects.count() == 1
    assert not Party.objects.exists()


def test_without_a_waiting_list_too_few_places_refuse_all():
    event = open_event(3, has_waiting_list=False)
    register(event)

    with pytest.raises(DomainError, match="sold_out"):
        come(event, 3)

    assert Attendee.objects.count() == 1


def test_a_party_keeps_to_the_limit_of_its_type():
    event = open_event()
    small = make_type(event, capacity=3)
    register(event, small)

    assert come(event, 3, small)[0].state == Status.WAITLISTED
    assert come(event, 3)[0].state == Status.CONFIRMED


@pytest.mark.parametrize(
    ("size", "price", "places", "code"), [(7, "0", 10, "party_too_large"), (2, "10", 10, "party_not_free"), (4, "0", 3, "party_too_large")]
)
def test_a_party_that_is_too_large_or_costs_something_is_refused(size, price, places, code):
    event = open_event(places)
    kind = make_type(event, price=money(price))

    with pytest.raises(DomainError, match=code):
        come(event, size, kind)

    assert not Attendee.objects.exists()


def test_somebody_elses_known_address_is_left_out_and_nothing_is_told_about_it():
    event = open_event()
    known = register(event, email="grace@example.org")
    people = [make_person(), Person("Grace", "Hopper", "grace@example.org"), Person("Alan", "Turing", "alan@example.org")]

    registered = register_party(attendee_type=first_type(event), people=people)

    assert registered.state == Status.CONFIRMED
    assert [person.email for person in members(registered.attendee)] == [people[0].email, None, "alan@example.org"]
    assert states([known]) == ["confirmed"]


def test_a_contact_who_is_registered_already_brings_nobody_along():
    event = open_event()
    known = register(event, email="ada@example.org")
    people = [Person("Ada", "", "ada@example.org"), Person("Guest")]

    registered = register_party(attendee_type=first_type(event), people=people)

    assert (registered.is_new, registered.attendee) == (False, known)
    assert Attendee.objects.count() == 1


# --- Whose turn it is -----------------------------------------------------------------------------------------------------------
def test_a_party_is_offered_all_places_at_once_by_one_link():
    event, holders, people, _ = full_event()
    Message.objects.all().delete()
    for holder in holders[:2]:
        cancel_registration(holder)
    assert offer_freed_places(event) == 0  # two are too few for three

    cancel_registration(holders[2])
    assert offer_freed_places(event) == 3

    assert states(people) == ["offered"] * 3
    assert [line for line in told() if line[0] == "offer"] == [("offer", people[0].email)]
    assert places_of(event).left() == 0
    assert broken() == set()


def test_who_stands_behind_gets_what_is_too_little_for_a_party():
    event, holders, people, (first, second) = full_event(singles=2)

    free_one(event, holders)

    assert states([*people, first, second]) == ["waitlisted"] * 3 + ["offered", "waitlisted"]
    assert party(people).skips == 1


def test_who_stands_before_a_party_comes_first():
    event = open_event(2)
    holders = [register(event), register(event)]
    first = register(event)
    _registered, people = come(event, 2)
    free_one(event, holders)

    assert states([first, *people]) == ["offered", "waitlisted", "waitlisted"]
    assert party(people).skips == 0


def test_after_three_times_places_are_kept_until_the_party_is_whole():
    event, holders, people, singles = full_event(singles=5, places=8)
    for _time in range(3):
        free_one(event, holders)
    assert states(singles) == ["offered"] * 3 + ["waitlisted"] * 2
    assert (party(people).skips, party(people).set_aside) == (3, 0)

    free_one(event, holders)
    free_one(event, holders)

    assert states(singles)[3:] == ["waitlisted"] * 2
    assert party(people).set_aside == 2
    assert (places_of(event).left(), places_of(event).taken()) == (0, 8)  # counted as held
    assert register(event).status == Status.WAITLISTED
    assert broken() == set()

    free_one(event, holders)

    assert states(people) == ["offered"] * 3
    assert (party(people).skips, party(people).set_aside) == (3, 0)
    assert states(singles)[3:] == ["waitlisted"] * 2
    assert (places_of(event).held.total(), places_of(event).left()) == (8, 0)
    assert broken() == set()


def test_three_places_freed_together_pass_a_party_over_three_times():
    event, holders, people, singles = full_event(size=5, singles=4, places=8)
    for holder in holders[:4]:
        cancel_registration(holder)

    offer_freed_places(event)

    assert states(singles) == ["offered"] * 3 + ["waitlisted"]
    assert (party(people).skips, party(people).set_aside) == (3, 1)


def test_a_party_whose_type_is_full_is_not_passed_over_by_who_waits_for_another():
    event = open_event(5)
    small, other = make_type(event, capacity=2), make_type(event)
    for _number in range(2):
        register(event, small)
    holders = [register(event, other) for _number in range(3)]
    _registered, people = come(event, 2, small)
    single = register(event, other)

    free_one(event, holders)

    assert states([*people, single]) == ["waitlisted", "waitlisted", "offered"]
    assert party(people).skips == 0


def test_nothing_is_kept_for_a_party_that_there_can_never_be_enough_places_for():
    event, holders, people, singles = full_event(size=4, singles=4)
    Party.objects.update(skips=3)
    event.max_attendees = 3
    cancel_registration(holders.pop())
    event.save()

    free_one(event, holders)

    assert party(people).set_aside == 0
    assert states(singles)[0] == "offered"


@pytest.mark.parametrize("closes", [True, False], ids=["registration closes", "the event starts"])
def test_a_day_before_offers_end_what_is_kept_goes_to_the_next_ones(closes):
    event, holders, people, (single, _other) = full_event(singles=2)
    Party.objects.update(skips=3)
    free_one(event, holders)
    assert (party(people).set_aside, states([single])) == (1, ["waitlisted"])
    end = timezone.now() + timedelta(hours=23)
    type(event).objects.filter(pk=event.pk).update(**({"registration_closes_at": end} if closes else {"starts_at": end}))

    waiting_list.tend()

    assert (party(people).set_aside, states([single])) == (0, ["offered"])
    assert broken() == set()


def test_registration_that_closes_at_once_lets_go_of_what_is_kept():
    event, holders, people, _ = full_event()
    Party.objects.update(skips=3)
    free_one(event, holders)
    assert places_of(event).left() == 0
    type(event).objects.filter(pk=event.pk).update(registration_closes_at=timezone.now())

    waiting_list.tend()

    assert (party(people).set_aside, places_of(event).left()) == (0, 1)


def test_an_event_that_is_called_off_keeps_nothing():
    event, holders, people, _ = full_event()
    Party.objects.update(skips=3)
    free_one(event, holders)
    type(event).objects.filter(pk=event.pk).update(visibility=Visibility.CANCELLED)
    end_some(event, by=None, source="admin")
    assert (party(people).set_aside, places_of(event).taken(), broken()) == (1, 0, set())

    waiting_list.tend()

    assert party(people).set_aside == 0


def test_two_parties_in_turn():
    event = open_event(4)
    holders = [register(event) for _ in range(4)]
    first, second = come(event, 3)[1], come(event, 2)[1]
    free_one(event, holders)
    free_one(event, holders)

    assert states([*first, *second]) == ["waitlisted"] * 3 + ["offered"] * 2
    assert [party(people).skips for people in (first, second)] == [1, 0]


# --- Answers -------------------------------------------------------------------------------------------------------------------
def test_one_takes_the_places_for_all():
    _event, _holders, people = offered_party()
    Message.objects.all().delete()

    assert accept_offer(people[0].offers.get()) is True
    assert accept_offer(people[0].offers.get()) is False

    assert states(people) == ["confirmed"] * 3
    assert set(Offer.objects.values_list("state", flat=True)) == {"accepted"}
    assert told() == [("registered_confirmed", people[0].email)]
    assert broken() == set()


def test_one_lets_the_places_go_for_all():
    event, _holders, people = offered_party()
    Message.objects.all().delete()

    assert decline_offer(people[0].offers.get()) is True

    assert states(people) == ["cancelled"] * 3
    assert places_of(event).left() == 3
    assert told() == []


def test_an_offer_ends_for_all_and_says_so_once():
    _event, _holders, people = offered_party()
    Message.objects.all().delete()
    Offer.objects.update(expires_at=timezone.now())

    assert waiting_list.expire_offers() == 1

    assert states(people) == ["expired"] * 3
    assert told() == [("offer_expired", people[0].email)]
    with pytest.raises(DomainError, match="offer_over"):
        accept_offer(people[1].offers.get())
    assert broken() == set()


def test_a_withdrawn_offer_takes_all_to_the_end_of_the_list():
    event, _holders, people = offered_party()
    behind = register(event)
    assert behind.status == Status.WAITLISTED
    Message.objects.all().delete()

    withdraw_offer(people[1].offers.get(), by=None)

    assert states(people) == ["waitlisted"] * 3
    assert list(Attendee.objects.waiting().filter(event=event)) == [behind, *people]
    assert told() == [("offer_withdrawn", people[0].email)]
    assert broken() == set()


def test_staff_offer_all_of_a_party_or_none():
    _event, holders, people, _ = full_event()
    cancel_registration(holders[0])
    with pytest.raises(DomainError, match="sold_out"):
        offer_by_hand(people[1], by=None)
    cancel_registration(holders[1])
    cancel_registration(holders[2])

    offer_by_hand(people[1], by=None)

    assert states(people) == ["offered"] * 3
    assert broken() == set()


# --- Leaving -------------------------------------------------------------------------------------------------------------------
def test_one_of_a_confirmed_party_frees_one_place():
    event = open_event(3)
    _registered, people = come(event, 3)

    cancel_registration(people[1])

    assert states(people) == ["confirmed", "cancelled", "confirmed"]
    assert places_of(event).left() == 1


def test_a_party_that_waits_gets_smaller_and_needs_fewer_places():
    event, holders, people, _ = full_event()
    for holder in holders[:2]:
        cancel_registration(holder)
    assert offer_freed_places(event) == 0

    cancel_registration(people[2])

    assert offer_freed_places(event) == 2
    assert states(people) == ["offered", "offered", "cancelled"]


def test_a_smaller_party_rings_for_an_offer(monkeypatch):
    rings = []
    monkeypatch.setattr("attendees.receivers_waiting.ring_after_commit", lambda task, *args, **_options: rings.append((task, *args)))
    event, _holders, people, _ = full_event()

    cancel_registration(people[2])

    assert rings == [("attendees.offer_places", event.pk)]


def test_no_more_is_kept_than_there_are_people_who_wait():
    event, holders, people, _ = full_event()
    Party.objects.update(skips=3)
    free_one(event, holders)
    free_one(event, holders)
    assert party(people).set_aside == 2

    reject(people[0], by=None)
    assert party(people).set_aside == 2
    cancel_registration(people[1])
    assert party(people).set_aside == 1
    cancel_registration(people[2])

    assert (party(people).set_aside, places_of(event).left()) == (0, 2)
    assert broken() == set()


def test_when_the_contact_leaves_the_others_offer_is_sent_anew():
    _event, _holders, people = offered_party()
    Message.objects.all().delete()

    cancel_registration(people[0])

    assert states(people) == ["cancelled", "offered", "offered"]
    assert told() == [("cancelled", people[0].email), ("offer", people[0].email)]
    accept_offer(people[1].offers.get())
    assert states(people) == ["cancelled", "confirmed", "confirmed"]


def test_who_comes_back_comes_for_themselves():
    event, _holders, people, _ = full_event()
    cancel_registration(people[0])

    again = register_attendee(attendee_type=first_type(event), person=make_person(email=people[0].email)).attendee

    assert (again.pk, again.party_id, again.status) == (people[0].pk, None, "waitlisted")
    assert broken() == set()


def test_nobody_of_a_waiting_party_is_moved_to_another_type():
    event, _holders, people, _ = full_event()

    with pytest.raises(DomainError, match="party_waits"):
        change_type(people[1], make_type(event), by=None)


def test_when_the_event_begins_the_party_is_told_once():
    event, _holders, people, _ = full_event()
    Message.objects.all().delete()
    type(event).objects.filter(pk=event.pk).update(starts_at=timezone.now() - timedelta(minutes=1))

    waiting_list.close_lists()

    assert states(people) == ["expired"] * 3
    assert told() == [("closed", people[0].email)]


def test_the_contact_gives_places_back_for_the_members_and_for_nobody_else():
    event = open_event()
    _registered, people = come(event, 2)
    other = register(event)

    assert give_up_for(people[0], people[1].code) is True
    assert give_up_for(people[0], people[1].code) is False
    for lead, code in ((people[0], other.code), (people[1], people[0].code)):
        with pytest.raises(DomainError, match="no_member"):
            give_up_for(lead, code)

    assert states([*people, other]) == ["confirmed", "cancelled", "confirmed"]


# --- The audit -------------------------------------------------------------------------------------------------------------------
def test_the_audit_finds_a_party_torn_apart_and_places_kept_for_nobody():
    _event, _holders, people, _ = full_event()
    Attendee.objects.filter(pk=people[1].pk).update(status=Status.OFFERED)
    Party.objects.update(set_aside=3)

    assert {"party_in_one_state", "kept_for_who_waits"} <= broken()


def test_offers_of_a_party_are_each_ones_own():
    _event, _holders, people = offered_party()

    assert Offer.objects.filter(state=OfferState.OPEN).values("attendee").distinct().count() == len(people)
