"""What people say about themselves: after signing up, in their profile, at one event."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from attendees.models import Attendee
from events.models import EventType, StatedPreference
from netevent.accounts.models import Profile
from netevent.accounts.services import begin_profile, profile_of
from tests.attendees.pages import browser_of, page, state_of, text_of
from tests.factories import first_type, make_attendee, make_event
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db
STAGE_TWO = "/signup/profile"
TOLD = {"first_name": "Ada", "last_name": "Lovelace", "organisation": "Analytical Engines", "role": "Countess", "department": "Mathematics"}


@pytest.fixture
def ada():
    """Somebody who signed up and proved the address, and left then."""
    user = make_user("ada@example.org")
    begin_profile(user)
    return user


@pytest.fixture
def signed_in(ada):
    client = Client()
    client.force_login(ada)
    return client


def sign_in(client, onwards=""):
    return client.post("/login", {"login": "ada@example.org", "password": PASSWORD, "next": onwards})["Location"]


def kinds():
    return [EventType.objects.get_or_create(key=key, defaults={"name_en": key.title()})[0] for key in ("alpha", "beta", "gamma")]


# --- The second stage ------------------------------------------------------------------------------------------------------
def test_who_left_between_the_stages_resumes_at_the_next_sign_in(ada):
    assert sign_in(Client()) == f"{STAGE_TWO}?next=%2Fstart"
    assert sign_in(Client(), "/event/register/CONF") == f"{STAGE_TWO}?next=%2Fevent%2Fregister%2FCONF"


def test_the_second_stage_ends_with_saving_and_leads_on(ada, signed_in):
    assert state_of(signed_in.get(STAGE_TWO)) == "stage-two"

    answer = signed_in.post(f"{STAGE_TWO}?next=/event/register/CONF", {**TOLD, "semester": "3", "language": "nl"})

    assert (answer.status_code, answer["Location"]) == (303, "/event/register/CONF")
    ada.refresh_from_db()
    assert (ada.first_name, ada.language, ada.profile.department, ada.profile.semester) == ("Ada", "nl", "Mathematics", 3)
    assert sign_in(Client()) == "/start"
    assert signed_in.get(STAGE_TWO)["Location"] == "/start"


def test_later_leads_on_and_asks_again(ada, signed_in):
    assert 'href="/event/register/CONF"' in text_of(signed_in.get(f"{STAGE_TWO}?next=/event/register/CONF"))
    assert sign_in(Client()).startswith(STAGE_TWO)


def test_the_second_stage_leads_nowhere_else(signed_in):
    assert "evil.example" not in text_of(signed_in.get(f"{STAGE_TWO}?next=https://evil.example/")).split("<main")[1].split("Later")[1]
    assert signed_in.post(f"{STAGE_TWO}?next=https://evil.example/", TOLD)["Location"] == "/start"


def test_without_a_first_name_the_second_stage_stays_and_keeps_what_was_typed(ada, signed_in):
    answer = signed_in.post(STAGE_TWO, {"first_name": "", "organisation": "Engines"})

    assert answer.status_code == 422
    assert "Engines" in text_of(answer)
    assert Profile.objects.get(user=ada).stage_two_at is None


def test_people_who_did_not_sign_up_are_led_nowhere():
    make_user("ada@example.org")

    assert sign_in(Client()) == "/start"


def test_a_profile_made_in_another_way_has_no_second_stage():
    ada = make_user("ada@example.org")
    profile_of(ada)

    assert sign_in(Client()) == "/start"


# --- Interests -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("act", "then"),
    [("up", "bac"), ("down", "acb"), ("remove", "ac"), ("nonsense", "abc")],
)
def test_a_button_moves_an_interest_and_keeps_nothing_yet(signed_in, act, then):
    a, b, c = kinds()
    by_letter = {"a": a.pk, "b": b.pk, "c": c.pk}

    answer = signed_in.post(page("profile"), {**TOLD, "role": "Half typ", "interests": [a.pk, b.pk, c.pk], "interest": f"{act}:{b.pk}"})

    assert answer.status_code == 200
    assert answer.context["form"].interests == [by_letter[letter] for letter in then]
    assert "Half typ" in text_of(answer)
    assert not StatedPreference.objects.exists()


def test_an_interest_is_added_at_the_end_and_moving_asks_for_nothing_else(signed_in):
    a, b, _c = kinds()

    answer = signed_in.post(page("profile"), {"first_name": "", "interests": [b.pk], "interest": f"add:{a.pk}"})

    assert (answer.status_code, answer.context["form"].interests) == (200, [b.pk, a.pk])


@pytest.mark.parametrize("interests", [["x", "-1", "²", "99999999999999999999"], ["0"]])
def test_nonsense_among_interests_is_passed_over(signed_in, interests):
    assert signed_in.post(page("profile"), {**TOLD, "interests": interests, "interest": "up:²"}).status_code == 200
    assert signed_in.post(page("profile"), {**TOLD, "interests": interests}).status_code == 303
    assert not StatedPreference.objects.exists()


def test_saving_keeps_interests_in_their_order_and_replaces_those_before(ada, signed_in):
    a, b, c = kinds()
    signed_in.post(page("profile"), {**TOLD, "interests": [a.pk, b.pk]})

    signed_in.post(page("profile"), {**TOLD, "interests": [c.pk, a.pk, c.pk]})

    assert list(StatedPreference.objects.filter(user=ada).values_list("rank", "event_type")) == [(1, c.pk), (2, a.pk)]
    assert signed_in.get(page("profile")).context["form"].interests == [c.pk, a.pk]


# --- Profile and registration ----------------------------------------------------------------------------------------------
def test_the_profile_begins_a_registration(signed_in):
    event = make_event(asks_study=True)
    signed_in.post(page("profile"), {**TOLD, "semester": "3", "introduction": "Likes engines"})

    shown = signed_in.get(reverse("attendees:register", args=[event.code]))

    initial = shown.context["form"].initial
    assert {name: initial[name] for name in TOLD} == TOLD
    assert (initial["semester"], initial["introduction"]) == (3, "Likes engines")


def test_the_profile_changes_no_registration_that_stands(ada, signed_in):
    attendee = make_attendee(email="ada@example.org", user=ada, first_name="Augusta")

    signed_in.post(page("profile"), TOLD)

    attendee.refresh_from_db()
    assert (attendee.first_name, attendee.role) == ("Augusta", "")


def test_the_address_with_an_event_is_about_that_event(ada, signed_in):
    attendee = make_attendee(email="ada@example.org", user=ada)

    signed_in.post(page("profile", attendee), {"first_name": "Augusta", "role": "Countess"})

    attendee.refresh_from_db()
    assert (attendee.first_name, attendee.role) == ("Augusta", "Countess")
    assert Profile.objects.get(user=ada).role == ""


def test_department_and_semester_are_asked_only_where_the_event_asks():
    asks, other = make_event(asks_study=True), make_event()

    for event, named in ((asks, True), (other, False)):
        assert ('name="semester"' in text_of(Client().get(reverse("attendees:register", args=[event.code])))) == named
        assert ('name="semester"' in text_of(browser_of(make_attendee(event)).get(page("profile")))) == named


def test_department_and_semester_reach_the_registration():
    event = make_event(asks_study=True)
    sent = {"first_name": "Ada", "email": "ada@example.org", "department": "Physics", "semester": "4"}

    Client().post(reverse("attendees:register", args=[event.code]), {**sent, "attendee_type": first_type(event).code})
    assert list(Attendee.objects.values_list("department", "semester")) == [("Physics", 4)]

    browser_of(Attendee.objects.get()).post(page("profile"), {"first_name": "Ada", "department": "", "semester": ""})
    assert list(Attendee.objects.values_list("department", "semester")) == [("", None)]


@pytest.mark.parametrize("semester", ["0", "9", "x", "-1", "1.5"])
def test_a_semester_is_one_of_eight(semester):
    event = make_event(asks_study=True)

    answer = Client().post(reverse("attendees:register", args=[event.code]), {"first_name": "A", "email": "a@b.org", "semester": semester})

    assert answer.status_code == 422
    assert not Attendee.objects.exists()


def test_strangers_sign_in_first(client):
    for address in (page("profile"), page("photo"), page("photo-file"), STAGE_TWO):
        assert client.get(address)["Location"].startswith("/login?next=")


def test_pages_about_me_cost_few_queries(ada, signed_in, django_assert_max_num_queries):
    kinds()
    signed_in.get(page("profile"))

    with django_assert_max_num_queries(9):
        signed_in.get(page("profile"))
