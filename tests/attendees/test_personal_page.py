"""The personal link, and what it opens: one registration, for as long as it holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendees.models import Attendee, AttendeeToken, RegistrationStep, Status
from attendees.services.links import live_token
from attendees.services.registration import cancel_registration
from netevent.accounts.services import create_proved_user
from tests.attendees.pages import browser_of, link_of, page, state_of, text_of
from tests.factories import make_attendee, make_event, make_running_event, make_user

pytestmark = pytest.mark.django_db

PAGES = ("dashboard", "profile", "attendance", "cancel", "badge-download", "calendar")


def test_a_personal_link_leads_to_an_address_without_the_token(client):
    attendee = make_attendee()

    answer = client.get(link_of(attendee))

    assert (answer.status_code, answer["Location"]) == (303, f"/attendee/dashboard?event={attendee.event.code}")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    shown = client.get(answer["Location"])
    assert state_of(shown) == "registered"
    assert attendee.code in text_of(shown)


def test_a_personal_link_proves_the_address_once(client):
    attendee = make_attendee()
    link = link_of(attendee)
    client.get(link)
    first = Attendee.objects.get().email_proved_at

    client.get(link)

    assert first is not None
    assert Attendee.objects.get().email_proved_at == first


def test_a_personal_link_gives_the_registration_to_the_account_of_its_address(client):
    ada = create_proved_user(email="ada@example.org")
    attendee = make_attendee(email="ada@example.org")

    client.get(link_of(attendee))

    assert Attendee.objects.get().user == ada
    assert "_auth_user_id" not in client.session


def test_a_personal_link_gives_nothing_to_an_account_that_has_not_proved_the_address(client):
    make_user("ada@example.org")

    client.get(link_of(make_attendee(email="ada@example.org")))

    assert Attendee.objects.get().user is None


@pytest.mark.parametrize("token", ["x", "A" * 32, "ż" * 40])
def test_an_unknown_link_offers_another_one(client, token):
    answer = client.get(reverse("attendees:personal", args=[token]))

    assert (answer.status_code, state_of(answer)) == (404, "invalid-link")
    assert 'name="email"' in text_of(answer)


@pytest.mark.parametrize("change", [{"expires_at": timezone.now() - timedelta(seconds=1)}, {"revoked_at": timezone.now()}])
def test_a_link_that_is_over_opens_nothing_and_ends_what_it_opened(change):
    attendee = make_attendee()
    link, client = link_of(attendee), browser_of(attendee)
    AttendeeToken.objects.update(**change)

    assert state_of(client.get(link)) == "invalid-link"
    assert client.get(page("dashboard", attendee))["Location"].startswith("/login?next=")


def test_a_token_of_another_purpose_is_no_personal_link(client):
    attendee = make_attendee()
    token = live_token(attendee, "calendar", None)

    assert client.get(reverse("attendees:personal", args=[token])).status_code == 404


def test_guessing_links_is_stopped(client, settings):
    settings.RATE_LIMITS = {"code.ip": "2/10m"}

    answers = [client.get(reverse("attendees:personal", args=[f"x{n}"])).status_code for n in range(3)]

    assert answers == [404, 404, 429]


def test_a_personal_link_takes_a_new_session_key(client):
    attendee = make_attendee()
    client.get(link_of(make_attendee()))
    before = client.session.session_key

    client.get(link_of(attendee))

    assert client.session.session_key != before


@pytest.mark.parametrize("name", PAGES)
def test_a_personal_link_opens_every_page_of_its_registration_and_nobody_keeps_them(name):
    attendee = make_attendee()

    answer = browser_of(attendee).get(page(name))

    assert answer.status_code == 200
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
    assert answer["Referrer-Policy"] == "strict-origin"  # with no-referrer a browser refuses to name the origin of a form


@pytest.mark.parametrize("name", PAGES)
def test_a_personal_link_opens_no_other_registration(name):
    attendee, other = make_attendee(), make_attendee()

    assert browser_of(attendee).get(page(name, other)).status_code == 404


def test_a_personal_link_opens_no_other_registration_of_the_same_account():
    ada = create_proved_user(email="ada@example.org")
    one, other = (make_attendee(email="ada@example.org", user=ada) for _ in range(2))

    client = browser_of(one)

    assert client.get(page("dashboard", other)).status_code == 404
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("name", PAGES)
def test_strangers_sign_in_first(client, name):
    attendee = make_attendee()

    assert client.get(page(name, attendee))["Location"].startswith("/login?next=/attendee/")


@pytest.mark.parametrize("name", ["profile", "attendance", "cancel"])
def test_strangers_change_nothing(client, name):
    attendee = make_attendee()
    before = Attendee.objects.values().get()

    client.post(page(name, attendee), {"first_name": "Mallory", "attendance_status": "not_attending"})

    assert Attendee.objects.values().get() == before


# --- What it shows ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.CONFIRMED, "registered"),
        (Status.WAITLISTED, "waitlisted"),
        (Status.OFFERED, "offered"),
        (Status.AWAITING_PAYMENT, "payment-due"),
        (Status.PENDING_APPROVAL, "pending-approval"),
        (Status.CANCELLED, "cancelled"),
        (Status.REJECTED, "rejected"),
        (Status.EXPIRED, "expired"),
    ],
)
def test_the_page_explains_every_state_and_shows_the_code_only_when_confirmed(status, state):
    attendee = make_attendee()
    client = browser_of(attendee)
    Attendee.objects.update(status=status)

    shown = client.get(page("dashboard"))

    assert state_of(shown) == state
    assert ('class="qr"' in text_of(shown)) == (status == Status.CONFIRMED)
    assert client.get(page("badge-download")).status_code == (200 if status == Status.CONFIRMED else 409)


def test_the_page_names_the_position_on_the_waiting_list():
    event = make_event(max_attendees=0)
    make_attendee(event)
    second = make_attendee(event)

    shown = browser_of(second).get(page("dashboard"))

    assert shown.context["position"] == 2


def test_opening_every_page_changes_nothing():
    attendee = make_attendee()
    client = browser_of(attendee)
    before = everything()

    for name in PAGES:
        client.get(page(name))

    assert everything() == before


def test_a_person_without_a_badge_is_told_that_name_or_code_will_do():
    """One that can't be drawn again, since the secret key changed, is made anew at the desk; a page makes none."""
    attendee = make_attendee()
    client = browser_of(attendee)
    attendee.badges.all().delete()
    before = everything()

    shown, download = client.get(page("dashboard")), client.get(page("badge-download"))

    assert ("your name or your code is enough" in text_of(shown), page("badge-download") in text_of(shown)) == (True, False)
    assert download.status_code == 409
    assert everything() == before


def everything():
    from django.apps import apps

    left_out = {"sessions.session"}
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.label_lower not in left_out
    }


# --- What it changes -------------------------------------------------------------------------------------------------------
def test_profile_changes_what_i_say_and_never_my_address():
    attendee = make_attendee(email="ada@example.org")
    client = browser_of(attendee)

    answer = client.post(
        page("profile"),
        {"first_name": " Augusta ", "last_name": "", "role": "Countess", "language": "fr", "email": "x@example.org", "status": "cancelled"},
    )

    assert answer.status_code == 303
    fresh = Attendee.objects.get()
    assert (fresh.full_name, fresh.role, fresh.language, fresh.email, fresh.status) == (
        "Augusta",
        "Countess",
        "fr",
        "ada@example.org",
        "confirmed",
    )
    assert Attendee.objects.search("augusta").exists()


def test_profile_with_bad_input_keeps_what_was_typed():
    attendee = make_attendee()

    answer = browser_of(attendee).post(page("profile"), {"first_name": "", "role": "Countess"})

    assert answer.status_code == 422
    assert "Countess" in text_of(answer)
    assert Attendee.objects.get().first_name == "Ada"


def test_saying_that_i_wont_come_frees_no_place():
    attendee = make_attendee()

    answer = browser_of(attendee).post(page("attendance"), {"attendance_status": "not_attending"})

    assert answer.status_code == 303
    fresh = Attendee.objects.get()
    assert (fresh.attendance_status, fresh.status) == ("not_attending", Status.CONFIRMED)


def test_an_unknown_intention_is_refused():
    assert browser_of(make_attendee()).post(page("attendance"), {"attendance_status": "checked_in"}).status_code == 422


def test_cancelling_asks_first_and_frees_the_place_once():
    attendee = make_attendee()
    client = browser_of(attendee)
    assert "Give up my place" in text_of(client.get(page("cancel")))
    assert Attendee.objects.get().status == Status.CONFIRMED

    answers = [client.post(page("cancel")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert state_of(client.get(answers[0]["Location"])) == "cancelled"
    assert RegistrationStep.objects.filter(act="cancel").count() == 1


def test_cancelling_too_late_is_refused_with_the_reason():
    event = make_event(cancel_until=timezone.now() - timedelta(minutes=1))
    client = browser_of(make_attendee(event))

    answer = client.post(page("cancel"))

    assert (answer.status_code, state_of(answer)) == (409, "too-late-to-cancel")
    assert Attendee.objects.get().status == Status.CONFIRMED


def test_a_cancelled_person_may_register_again_from_the_page():
    attendee = make_attendee()
    client = browser_of(attendee)
    cancel_registration(attendee, source="admin")

    assert reverse("attendees:register", args=[attendee.event.code]) in text_of(client.get(page("dashboard")))


def test_the_calendar_file_is_the_events_and_says_when_it_was_cancelled():
    attendee = make_attendee()
    client = browser_of(attendee)
    assert b"METHOD:PUBLISH" in client.get(page("calendar")).content
    cancel_registration(attendee, source="admin")

    answer = client.get(page("calendar"))

    assert answer["Content-Type"].startswith("text/calendar")
    assert b"METHOD:CANCEL" in answer.content
    assert b"/attendee/personal/" not in answer.content


def test_on_the_day_it_says_so():
    client = browser_of(make_attendee(make_running_event()))

    assert client.get(page("dashboard")).context["is_today"]


@pytest.mark.parametrize(
    "address",
    [
        "attendee/scan",
        "attendee/people",
        "attendee/contacts",
        "attendee/connection-requests",
        "attendee/breakout-sessions",
        "appointments",
    ],
)
def test_addresses_of_what_comes_later_lead_to_my_page(client, address):
    assert client.get(f"/{address}")["Location"] == "/attendee/dashboard"


def test_payment_address_asks_strangers_who_they_are(client):
    assert client.get("/event/CONF2027/payment")["Location"] == "/login?next=/event/CONF2027/payment"


def test_registering_then_opening_the_mailed_link_shows_the_registration(client):
    from netevent.notifications.services import deliver_due

    event = make_event()
    client.post(reverse("attendees:register", args=[event.code]), {"first_name": "Ada", "email": "ada@example.org"})
    deliver_due()
    link = next(word for word in mail.outbox[0].body.split() if "/attendee/personal/" in word)

    other = Client()
    answer = other.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)

    assert state_of(answer) == "registered"
    assert Attendee.objects.get().email_proved_at is not None
