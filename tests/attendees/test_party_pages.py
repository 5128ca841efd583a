"""Registering a group on the page, its contact's own page, and the desk."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendees.models import Attendee, Party, Status, Voucher
from attendees.services.parties import register_party
from attendees.services.registration import Person, cancel_registration
from attendees.services.waiting_list import offer_freed_places
from netevent.notifications.models import Message
from netevent.notifications.services import deliver_due
from tests.attendees.pages import browser_of, page, state_of, text_of
from tests.factories import first_type, make_admin, make_attendee, make_event, make_person, make_type, make_user, money

pytestmark = pytest.mark.django_db

ADA = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}
TWO_MORE = {
    "people": "3",
    "first_name_2": "Grace",
    "last_name_2": "Hopper",
    "email_2": "",
    "first_name_3": "Alan",
    "email_3": "alan@example.org",
}


def group_event(places=10, **fields):
    return make_event(max_attendees=places, max_party_size=4, **fields)


def address(event):
    return reverse("attendees:register", args=[event.code])


def send(client, event, **fields):
    return client.post(address(event), {**ADA, **fields})


def come(event, size=3):
    people = [make_person(), *(Person(f"Guest {number}") for number in range(2, size + 1))]
    lead = register_party(attendee_type=first_type(event), people=people).attendee
    return list(lead.party.members.order_by("pk"))


def rows_on(response):
    return re.findall(r'name="first_name_(\d)"', text_of(response))


# --- The form -----------------------------------------------------------------------------------------------------------------
def test_a_group_is_registered_by_one_form(client):
    event = group_event()

    answer = send(client, event, **TWO_MORE)

    assert answer.status_code == 303
    people = Attendee.objects.order_by("pk")
    assert [(person.full_name, person.email, person.status) for person in people] == [
        ("Ada Lovelace", "ada@example.org", "confirmed"),
        ("Grace Hopper", None, "confirmed"),
        ("Alan", "alan@example.org", "confirmed"),
    ]
    assert Party.objects.get().lead == people[0]
    assert list(Message.objects.values_list("template", "to_address")) == [("registered_confirmed", "ada@example.org")]
    assert "This is true of all 3 of you." in text_of(client.get(answer["Location"]))


def test_the_very_same_form_again_registers_nobody_twice(client):
    event = group_event()
    for _time in range(2):
        assert send(client, event, **TWO_MORE, idempotency_key="k").status_code == 303

    assert (Attendee.objects.count(), Party.objects.count()) == (3, 1)


def test_each_press_adds_a_row_until_the_event_takes_no_more_and_registers_nobody(client):
    event = group_event()
    first = client.get(address(event))
    second = send(client, event, people="1", add_person="1")
    fourth = send(client, event, people="3", add_person="1", first_name_2="Grace", email_2="not an address")

    assert [rows_on(answer) for answer in (first, second, fourth)] == [[], ["2"], ["2", "3", "4"]]
    assert "add_person" in text_of(second)
    assert "add_person" not in text_of(fourth)
    assert all(words in text_of(fourth) for words in ('value="Ada"', 'value="Grace"', 'value="not an address"'))
    assert "aria-invalid" not in text_of(fourth)  # nothing is asked of a draft
    assert 'name="first_name_4"' in re.search(r"<input[^>]*autofocus[^>]*>", text_of(fourth))[0]
    assert not Attendee.objects.exists()


@pytest.mark.parametrize(("asked", "rows"), [("3", ["2", "3"]), ("99", ["2", "3", "4"]), ("x", []), ("0", []), ("²", [])])
def test_a_link_may_say_how_many_come(client, asked, rows):
    assert rows_on(client.get(f"{address(group_event())}?people={asked}")) == rows


def test_enter_sends_the_form_and_asks_for_no_other_row(client):
    buttons = re.findall(r"<button[^>]*type=\"submit\"[^>]*>", text_of(client.get(address(group_event()))).partition('class="form"')[2])

    assert "add_person" not in buttons[0]


def test_where_an_event_takes_no_groups_nothing_is_said_or_taken(client):
    event = make_event()
    paid = make_event(max_party_size=4)
    paid.attendee_types.update(price=money("5"))

    assert 'id="party"' not in text_of(client.get(address(event)))
    assert 'id="party"' not in text_of(client.get(address(paid)))
    assert send(client, event, **TWO_MORE).status_code == 303
    assert Attendee.objects.count() == 1


def test_a_row_left_empty_is_nobody(client):
    event = group_event()

    send(client, event, people="3", first_name_2="", first_name_3="Alan")

    assert list(Attendee.objects.order_by("pk").values_list("first_name", flat=True)) == ["Ada", "Alan"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"first_name_2": "", "last_name_2": "Hopper"}, "Please write a first name, or leave the whole row empty."),
        ({"email_2": "ADA@example.org"}, "Each person has an address of their own, or none."),
        ({"email_2": "alan@example.org"}, "Each person has an address of their own, or none."),
        ({"email_2": "nonsense"}, "Enter a valid email address."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nobody_is_registered(client, fields, words):
    answer = send(client, group_event(), **{**TWO_MORE, **fields})

    assert (answer.status_code, words in text_of(answer)) == (422, True)
    assert not Attendee.objects.exists()


def test_a_group_for_a_type_that_costs_something_is_refused(client):
    event = group_event()
    kind = make_type(event, price=money("12"))

    answer = send(client, event, **TWO_MORE, attendee_type=kind.code)

    assert (answer.status_code, "A group can only register for what costs nothing." in text_of(answer)) == (422, True)
    assert not Attendee.objects.exists()


def test_too_few_places_are_said_and_all_can_wait_together(client):
    event = group_event(places=3)
    make_attendee(event)

    full = send(client, event, **TWO_MORE)
    waits = send(client, event, **TWO_MORE, accept_waiting_list="on")

    assert (full.status_code, state_of(full)) == (409, "full")
    assert all(words in text_of(full) for words in ("There are not enough places for all of you", 'value="Grace"'))
    assert waits.status_code == 303
    assert list(Party.objects.get().members.values_list("status", flat=True)) == ["waitlisted"] * 3


def test_who_is_signed_in_brings_others_along(client):
    event = group_event()
    client.force_login(make_user("ada@example.org"))

    answer = client.post(address(event), {"first_name": "Ada", "people": "2", "first_name_2": "Grace"})

    assert "This is true of all 2 of you." in text_of(client.get(answer["Location"]))
    assert Attendee.objects.filter(status=Status.CONFIRMED).count() == 2


def test_a_group_that_can_never_fit_is_told_so(client):
    answer = send(client, group_event(places=2), **TWO_MORE, accept_waiting_list="on")

    assert (answer.status_code, "There are not enough places for all of you." in text_of(answer)) == (422, True)
    assert not Attendee.objects.exists()


def test_a_voucher_is_for_one_person(client):
    event = group_event()
    Voucher.objects.create(event=event, code="GIFT")

    answer = send(client, event, **TWO_MORE, voucher="GIFT")

    assert (answer.status_code, "A voucher is for one person." in text_of(answer)) == (422, True)
    assert not Attendee.objects.exists()


# --- The contact ------------------------------------------------------------------------------------------------------------
def test_the_contacts_page_shows_each_state_and_a_members_own_page_does_not():
    lead, guest, _other = come(group_event())
    cancel_registration(guest)

    shown = text_of(browser_of(lead).get(page("dashboard", lead)))

    assert all(words in shown for words in ("My group", "Guest 2", "Cancelled", "Guest 3"))
    assert "My group" not in text_of(browser_of(guest).get(page("dashboard", guest)))


def test_the_contact_gives_back_a_members_place_after_being_asked():
    lead, guest, other = come(group_event())
    browser = browser_of(lead)

    asked = browser.get(f"{page('party', lead)}&member={guest.code}")
    assert "Give back the place of Guest 2?" in text_of(asked)
    assert Attendee.objects.get(pk=guest.pk).status == Status.CONFIRMED
    for _time in range(2):
        assert browser.post(page("party", lead), {"member": guest.code}).status_code == 303

    assert [Attendee.objects.get(pk=person.pk).status for person in (lead, guest, other)] == ["confirmed", "cancelled", "confirmed"]


def test_a_member_opens_nothing_of_the_group():
    lead, guest, other = come(group_event())

    answers = [browser_of(guest).get(page("party", guest)), browser_of(guest).post(page("party", guest), {"member": other.code})]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert browser_of(guest).get(page("party-badges", guest)).status_code == 404
    assert browser_of(lead).post(page("party", lead), {"member": make_attendee(lead.event).code}).status_code == 404
    assert Attendee.objects.filter(status=Status.CANCELLED).count() == 0


def test_all_badges_come_as_one_file():
    lead, guest, _other = come(group_event())
    cancel_registration(guest)

    answer = browser_of(lead).get(page("party-badges", lead))

    assert (answer["Content-Type"], answer.content.count(b"/Type /Page\n") or answer.content.count(b"/Type /Page ")) == (
        "application/pdf",
        2,
    )


def test_one_mail_names_all_and_one_link_answers_for_all():
    event = group_event(places=2)
    holders = [make_attendee(event), make_attendee(event)]
    people = come(event, 2)
    for holder in holders:
        cancel_registration(holder)
    Message.objects.all().delete()
    offer_freed_places(event)
    mail.outbox.clear()

    deliver_due()

    [letter] = mail.outbox
    assert letter.to == [people[0].email]
    assert all(words in letter.body for words in ("places for all of your group", "Guest 2 – A place is offered"))
    link = re.search(r"/attendee/offer/\S+", letter.body)[0]
    browser = browser_of(people[0])
    assert "There are places for all 2 of you." in text_of(browser.get(link))
    browser.post(link, {"answer": "accept"})
    assert list(event.parties.get().members.values_list("status", flat=True)) == ["confirmed"] * 2


# --- The desk ---------------------------------------------------------------------------------------------------------------
def test_the_desk_lists_and_links_groups_in_the_same_number_of_queries(client):
    event = group_event(places=20)
    client.force_login(make_admin())
    lists = [reverse("admin:attendees_attendee_changelist"), reverse("admin:attendees_party_changelist")]
    counts = []
    for _round in range(2):
        people = come(event)
        make_attendee(event)
        for url in lists:
            client.get(url)
            with CaptureQueriesContext(connection) as asked:
                assert people[0].full_name in text_of(client.get(url))
            counts.append(len(asked))

    assert counts[:2] == counts[2:]
    detail = text_of(client.get(reverse("admin:attendees_party_change", args=[people[0].party_id])))
    assert all(reverse("admin:attendees_attendee_change", args=[person.pk]) in detail for person in people)
    own = text_of(client.get(reverse("admin:attendees_attendee_change", args=[people[1].pk])))
    assert reverse("admin:attendees_party_change", args=[people[0].party_id]) in own


def test_the_desk_narrows_to_who_came_in_a_group(client):
    event = group_event()
    people, single = come(event, 2), make_attendee(event, first_name="Single")
    client.force_login(make_admin())
    url = reverse("admin:attendees_attendee_changelist")

    grouped, alone = (text_of(client.get(url, {"grouped": word})) for word in ("yes", "no"))

    assert [people[1].full_name in grouped, single.full_name in grouped] == [True, False]
    assert [people[1].full_name in alone, single.full_name in alone] == [False, True]
