"""The registration page: what it shows, takes, refuses, and what it tells whom."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendees.forms import RegistrationForm, has_letters
from attendees.models import Attendee, Status
from attendees.services.registration import cancel_registration
from events.models import Visibility
from netevent.core.text import NOT_PRINTABLE
from netevent.notifications.models import Message
from tests.attendees.pages import browser_of, state_of
from tests.factories import make_attendee, make_event, make_type, make_user, money

pytestmark = pytest.mark.django_db

ADA = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}


def address(event):
    return reverse("attendees:register", args=[event.code])


def send(client, event, **fields):
    return client.post(address(event), {**ADA, **fields})


def result(client, response):
    assert response.status_code == 303
    return client.get(response["Location"])


# --- Showing it ------------------------------------------------------------------------------------------------------------
def test_register_page_offers_types_with_price_and_places(client):
    event = make_event()
    make_type(event, name_en="Student", price=money("12.50"), capacity=3)
    make_type(event, name_en="Backstage", hidden=True)

    page = client.get(address(event)).content.decode()

    assert all(words in page for words in ("Student", "€12.50", "3 places left"))
    assert "Backstage" not in page


def test_register_page_takes_its_code_in_any_case(client):
    make_event(code="CONF-X")

    assert client.get("/event/register/conf-x").headers["Location"] == "/event/register/CONF-X"
    assert client.post("/event/register/conf-x", ADA).status_code == 303


@pytest.mark.parametrize("visibility", [Visibility.DRAFT, Visibility.ARCHIVED])
def test_register_page_of_an_event_that_is_not_public_is_not_there(client, visibility):
    assert client.get(address(make_event(visibility=visibility))).status_code == 404


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"visibility": Visibility.CANCELLED}, "registration-cancelled"),
        ({"registration_opens_at": timezone.now() + timedelta(days=1)}, "registration-not-yet"),
        ({"registration_closes_at": timezone.now() - timedelta(minutes=1)}, "registration-closed"),
        ({"starts_at": timezone.now() - timedelta(days=3)}, "registration-over"),
    ],
)
def test_register_page_outside_the_window_says_why_and_refuses(client, fields, state):
    event = make_event(**fields)

    shown, sent = client.get(address(event)), send(client, event)

    assert (shown.status_code, state_of(shown)) == (200, state)
    assert (sent.status_code, state_of(sent)) == (409, state)
    assert not Attendee.objects.exists()


def test_register_page_asks_for_csrf():
    event = make_event()

    assert Client(enforce_csrf_checks=True).post(address(event), ADA).status_code == 403
    assert not Attendee.objects.exists()


def test_register_page_is_kept_by_nobody(client):
    assert "no-store" in client.get(address(make_event()))["Cache-Control"]


def test_register_with_account_first_signs_up_and_comes_back(client):
    event = make_event()
    goal = address(event)

    assert client.get(f"/register/attendee/{event.code}")["Location"] == f"/signup?next={goal.replace('/', '%2F')}"
    client.force_login(make_user())
    assert client.get(f"/register/attendee/{event.code}")["Location"] == goal


# --- Sending it ------------------------------------------------------------------------------------------------------------
def test_registering_holds_a_place_and_shows_nothing_of_the_person(client):
    event = make_event()

    page = result(client, send(client, event, organisation="Engines"))

    assert state_of(page) == "registered"
    ada = Attendee.objects.get()
    assert (ada.full_name, ada.email, ada.organisation, ada.status) == ("Ada Lovelace", "ada@example.org", "Engines", "confirmed")
    for secret in ("Lovelace", "ada@example.org", ada.code, ada.badges.get().token):
        assert secret not in page.content.decode()


def test_registering_takes_the_price_from_the_type(client):
    event = make_event()
    kind = make_type(event, price=money("49.90"))

    page = result(client, send(client, event, attendee_type=kind.code, price="0", status="confirmed"))

    ada = Attendee.objects.get()
    assert (state_of(page), ada.price, ada.status) == ("payment-due", money("49.90"), Status.AWAITING_PAYMENT)


def test_registering_where_the_organiser_decides_waits_for_approval(client):
    event = make_event(mode="manual")

    assert state_of(result(client, send(client, event))) == "pending-approval"


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"first_name": " "}, "first_name"),
        ({"first_name": "\u200b"}, "first_name"),
        ({"first_name": "x" * 101}, "first_name"),
        ({"last_name": "a\x07b"}, "last_name"),
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"linkedin": "javascript:alert(1)"}, "linkedin"),
        ({"language": "tlh"}, "language"),
        ({"attendee_type": "NOPE"}, "attendee_type"),
        ({"phone": "1" * 51}, "phone"),
    ],
)
def test_registering_with_bad_input_shows_the_form_again(client, fields, at_fault):
    event = make_event()

    response = send(client, event, **{"organisation": "Analytical Engines", **fields})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [at_fault]
    assert "Analytical Engines" in response.content.decode()
    assert not Attendee.objects.exists()


def test_registering_needs_a_choice_among_several_types(client):
    event = make_event()
    make_type(event)

    assert send(client, event).status_code == 422


def test_registering_for_a_type_of_another_event_is_refused(client):
    cheap = make_type(make_event(), code="CHEAP")
    event = make_event()
    make_type(event, price=money("100"))

    assert send(client, event, attendee_type=cheap.code).status_code == 422


def test_registering_a_person_with_one_name(client):
    send(client, make_event(), last_name="")

    assert Attendee.objects.get().full_name == "Ada"


def test_registering_speaks_the_chosen_language(client):
    send(client, make_event(), language="pl")

    assert Attendee.objects.get().language == "pl"
    assert Message.objects.get().language == "pl"


# --- Twice, full, known ----------------------------------------------------------------------------------------------------
def test_the_same_form_sent_twice_registers_once_and_writes_once(client):
    event = make_event()
    client.get(address(event))

    first, second = (send(client, event, idempotency_key="k1") for _ in range(2))

    assert first["Location"] == second["Location"]
    assert Attendee.objects.count() == 1
    assert list(Message.objects.values_list("template", flat=True)) == ["registered_confirmed"]


def test_the_form_of_a_second_person_is_no_repetition(client):
    event = make_event()
    client.get(address(event))

    send(client, event, idempotency_key="k1")
    second = send(client, event, idempotency_key="k1", email="grace@example.org")

    assert second.status_code == 303
    assert Attendee.objects.count() == 2


def test_a_full_event_offers_the_waiting_list_and_keeps_what_was_typed(client):
    event = make_event(max_attendees=0)

    offered = send(client, event, organisation="Analytical Engines")

    assert (offered.status_code, state_of(offered)) == (409, "full")
    assert not Attendee.objects.exists()
    page = offered.content.decode()
    assert 'name="accept_waiting_list"' in page
    assert all(typed in page for typed in (*ADA.values(), "Analytical Engines"))


def test_joining_the_waiting_list_shows_the_position(client):
    event = make_event(max_attendees=1)
    make_attendee(event)
    send(client, event, email="first@example.org", accept_waiting_list="on")

    page = result(client, send(client, event, accept_waiting_list="on"))

    assert state_of(page) == "waitlisted"
    assert page.context["position"] == 2


def test_a_full_event_without_waiting_list_is_sold_out(client):
    event = make_event(max_attendees=0, has_waiting_list=False)

    shown, sent = client.get(address(event)), send(client, event, accept_waiting_list="on")

    assert (shown.status_code, state_of(shown)) == (200, "sold-out")
    assert (sent.status_code, state_of(sent)) == (409, "sold-out")
    assert "Lovelace" in sent.content.decode()
    assert not Attendee.objects.exists()


@pytest.mark.parametrize("places", [None, 1])
def test_a_stranger_learns_nothing_about_a_known_address(places):
    event = make_event(max_attendees=places)
    make_attendee(event, email="ada@example.org", first_name="Augusta")
    pages = {}
    for email in ("ada@example.org", "new@example.org"):
        browser = Client()
        offered = send(browser, event, email=email)
        page = result(browser, send(browser, event, email=email, accept_waiting_list="on"))
        position = page.context["position"]
        pages[email] = (offered.status_code, page.status_code, state_of(page), position, without_csrf(page))

    assert pages["ada@example.org"] == pages["new@example.org"]
    assert Attendee.objects.get(email="ada@example.org").first_name == "Augusta"
    assert Message.objects.filter(template="already_registered", to_address="ada@example.org").count() == 1


def without_csrf(page):
    return re.sub(r'value="[A-Za-z0-9]{64}"', "", page.content.decode())


def test_the_result_belongs_to_the_browser_that_registered(client):
    event = make_event()
    location = send(client, event)["Location"]

    assert Client().get(location)["Location"] == address(event)


# --- Signed in -------------------------------------------------------------------------------------------------------------
def test_a_signed_in_person_is_prefilled_and_sees_the_registration(client):
    ada = make_user("ada@example.org", first_name="Ada", last_name="Lovelace")
    client.force_login(ada)
    event = make_event()
    assert 'value="Lovelace"' in client.get(address(event)).content.decode()

    page = result(client, client.post(address(event), {"first_name": "Ada", "last_name": "Lovelace", "email": "somebody@else.org"}))

    registered = Attendee.objects.get()
    assert (registered.user, registered.email, registered.email_proved_at is not None) == (ada, "ada@example.org", True)
    assert state_of(page) == "registered"
    assert all(words in page.content.decode() for words in (registered.code, "<svg xmlns"))


def test_a_signed_in_person_with_a_registration_is_told_so(client):
    ada = make_user("ada@example.org")
    event = make_event()
    make_attendee(event, email="ada@example.org", user=ada)
    client.force_login(ada)

    shown, sent = client.get(address(event)), send(client, event)

    assert (shown.status_code, state_of(shown)) == (200, "already-registered")
    assert (sent.status_code, state_of(sent)) == (409, "already-registered")
    assert not Message.objects.exists()


def test_a_browser_with_the_personal_link_is_told_so_for_that_address_alone():
    event = make_event()
    browser = browser_of(make_attendee(event, email="ada@example.org"))

    known, new = send(browser, event), send(browser, event, email="friend@example.org")

    assert (known.status_code, state_of(known)) == (409, "already-registered")
    assert new.status_code == 303
    assert list(Message.objects.values_list("to_address", flat=True)) == ["friend@example.org"]


def test_a_signed_in_person_may_register_again_after_cancelling(client):
    ada = make_user("ada@example.org")
    event = make_event()
    cancel_registration(make_attendee(event, email="ada@example.org", user=ada), source="admin")
    client.force_login(ada)

    assert state_of(client.get(address(event))) == "registration-open"
    assert state_of(result(client, send(client, event))) == "registered"


def test_a_signed_in_person_without_an_address_registers_by_account(client):
    student = make_user()
    type(student).objects.update(email=None)
    client.force_login(type(student).objects.get())

    assert state_of(result(client, client.post(address(make_event()), {"first_name": "Student"}))) == "registered"
    assert Attendee.objects.get().user == student


# --- Limits and costs ------------------------------------------------------------------------------------------------------
def test_registering_too_often_from_one_address_waits(client, settings):
    settings.RATE_LIMITS = {"register.ip": "2/10m"}
    event = make_event()

    answers = [send(client, event, email=f"a{n}@example.org").status_code for n in range(3)]

    assert answers == [303, 303, 429]


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_registration_costs_at_most_twenty_queries(client, signed_in):
    event = make_event(max_attendees=50)
    for _ in range(3):
        make_attendee(event)
    if signed_in:
        client.force_login(make_user("ada@example.org"))
    client.get(address(event))

    with CaptureQueriesContext(connection) as captured:
        assert send(client, event, idempotency_key="k").status_code == 303

    asked = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 18, asked  # the promise is 20; session and user are two of them


# --- Whatever people type --------------------------------------------------------------------------------------------------
TEXTS = {"first_name": 100, "last_name": 100, "organisation": 200, "role": 200, "introduction": 2000, "phone": 50}
REASONS = {
    "required": lambda text: not text.strip(),
    "not_printable": NOT_PRINTABLE.search,
    "null_characters_not_allowed": lambda text: "\0" in text,
    "empty": lambda text: not has_letters(text),
}


@pytest.fixture
def naughty(sample_data, settings):
    settings.RATE_LIMITS = {"*": "off"}
    return json.loads((sample_data / "strings_blns" / "blns.json").read_text(encoding="utf-8"))


def test_naughty_strings_are_kept_as_typed_or_refused_with_a_reason(client, naughty):
    event = make_event()
    kept = 0
    for number, text in enumerate(naughty):
        fields = {**dict.fromkeys(TEXTS, text), "email": f"n{number}@example.org"}
        response = send(client, event, **fields)
        if response.status_code == 422:
            refused = response.context["form"].errors.as_data()
            assert_reasons_hold(refused, text)
            response = send(client, event, **{**fields, **dict.fromkeys(refused, "kept")})
            fields |= dict.fromkeys(refused, "kept")
        assert response.status_code == 303, text
        stored = Attendee.objects.values(*TEXTS).get(email=fields["email"])
        assert stored == {name: fields[name].strip() for name in TEXTS}, text
        kept += stored["introduction"] == text.strip() != ""
    assert kept > 480


def assert_reasons_hold(refused, text):
    for name, errors in refused.items():
        for error in errors:
            reason = len(text.strip()) > TEXTS[name] if error.code == "max_length" else REASONS[error.code](text)
            assert reason, (name, error.code, text)


def test_control_characters_are_refused_with_a_reason(client):
    for sign in ("\x01", "\x0b", "\x1b", "\x7f", "\x85", "\ufffe"):
        response = send(client, make_event(), first_name=f"A{sign}da", introduction=f"a{sign}b")
        assert sorted(response.context["form"].errors) == ["first_name", "introduction"], ascii(sign)


def test_lines_of_an_introduction_are_kept(client):
    send(client, make_event(), introduction="one\r\n\r\n  two\tthree")

    assert Attendee.objects.get().introduction == "one\n\n  two\tthree"


def test_naughty_addresses_and_choices_are_refused_or_kept(client, naughty):
    event = make_event()
    kind = event.attendee_types.get()
    for text in naughty:
        data = {
            **ADA,
            "email": text,
            "attendee_type": text,
            "linkedin": text,
            "language": text,
            "idempotency_key": text,
            "accept_waiting_list": text,
        }
        assert not RegistrationForm(data, event=event, types=[kind, kind]).is_valid(), text
    for text in naughty[::10]:
        assert send(client, event, email=text, linkedin=text, idempotency_key=text).status_code in {303, 422}, text


def test_naughty_names_are_not_alive_on_the_page(client, naughty):
    ada = make_user("ada@example.org")
    client.force_login(ada)
    attendee = make_attendee(make_event(), email="ada@example.org", user=ada)
    live = [text for text in naughty if "<" in text and len(text) <= 100 and not NOT_PRINTABLE.search(text)]
    assert len(live) > 100
    for text in live[::3]:
        Attendee.objects.filter(pk=attendee.pk).update(first_name=text, organisation=text, introduction=text)
        assert text not in client.get(reverse("attendees:profile")).content.decode(), text
    assert text not in client.get(reverse("attendees:dashboard")).content.decode()
