"""Signing in and out: names in every form, limits, where it leads."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from netevent.accounts.models import User
from netevent.accounts.signals import home_of
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def sign_in(client: Client, login: str, password: str = PASSWORD, *, onwards: str = "", ip: str = "198.51.100.7", **more: str):
    return client.post("/login", {"login": login, "password": password, "next": onwards, **more}, REMOTE_ADDR=ip)


def bare(page) -> str:
    """The page without what differs at every visit."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["ada@example.org", " ADA@Example.ORG ", "ａｄａ@example.org", "ada.l", "ADA.L", "Ａda.l "])
def test_sign_in_takes_email_or_username_in_any_form(client, login):
    make_user(username="ada.l")

    assert sign_in(client, login).headers["Location"] == "/start"
    assert is_signed_in(client)


@pytest.mark.parametrize("field", ["email", "username"])
def test_sign_in_takes_the_name_under_the_names_of_the_data(client, field):
    make_user(username="ada.l")

    client.post("/login", {field: "ada@example.org" if field == "email" else "ada.l", "password": PASSWORD})

    assert is_signed_in(client)


def test_sign_in_without_email_needs_no_proof(client):
    make_user("", username="S001")

    assert sign_in(client, "s001").headers["Location"] == "/start"
    assert is_signed_in(client)


def test_sign_in_keeps_unicode_passwords_as_typed(client):
    make_user(password=" ß密码 pass wörter ")

    assert not is_signed_in(client)
    assert sign_in(client, "ada@example.org", "ß密码 pass wörter").status_code == 200
    sign_in(client, "ada@example.org", " ß密码 pass wörter ")
    assert is_signed_in(client)


def test_wrong_password_and_unknown_name_get_the_same_page_for_the_same_queries(client):
    make_user("known@example.org")
    client.get("/login")

    with CaptureQueriesContext(connection) as for_known:
        known = sign_in(client, "known@example.org", "wrong")
    with CaptureQueriesContext(connection) as for_unknown:
        unknown = sign_in(client, "nobody@example.org", "wrong")

    assert len(for_known) == len(for_unknown) <= 4
    assert known.status_code == unknown.status_code == 200
    assert bare(known).replace("known@", "nobody@") == bare(unknown)
    assert [str(e) for e in known.context["form"].non_field_errors()] == [str(e) for e in unknown.context["form"].non_field_errors()]


@pytest.mark.parametrize("name", ["ada@example.org", "nobody@example.org"])
def test_eleventh_failure_gets_429_with_retry_after(client, name):
    make_user()

    answers = [sign_in(client, name, f"wrong {n}") for n in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 300


def test_limit_counts_the_person_whatever_name_they_are_called_by(client):
    make_user(username="ada.l")

    for n in range(10):
        sign_in(client, "ada@example.org" if n % 2 else "ada.l", "wrong", ip=f"198.51.100.{n}")

    assert sign_in(client, "ADA.L", ip="203.0.113.1").status_code == 429  # also with the right password
    assert sign_in(client, "grace@example.org", "wrong", ip="203.0.113.1").status_code == 200  # nobody else is held up


def test_hundred_failures_from_one_address_close_it(client, settings):
    settings.RATE_LIMITS = {"login.ip": "5/5m"}

    answers = [sign_in(client, f"nobody{n}@example.org", "wrong").status_code for n in range(6)]

    assert answers == [200] * 5 + [429]
    assert sign_in(client, "nobody@example.org", "wrong", ip="203.0.113.9").status_code == 200


def test_two_hundred_people_behind_one_address_get_in():
    people = [make_user(f"p{n}@example.org", username=f"s{n:03}") for n in range(200)]

    for person in people:
        browser = Client()
        assert sign_in(browser, person.username).status_code == 302
        assert is_signed_in(browser)


def test_switched_off_account_is_told_so_only_with_the_right_password(client):
    make_user(is_active=False)

    assert sign_in(client, "ada@example.org", "wrong").status_code == 200
    assert sign_in(client, "ada@example.org").headers["Location"] == "/accounts/inactive"
    assert not is_signed_in(client)
    assert client.get("/accounts/inactive").status_code == 200


def test_account_that_is_switched_off_is_signed_out(client):
    user = make_user()
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get("/account/").headers["Location"] == "/login?next=/account/"


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "https:evil.example", "\\\\evil.example"],
)
def test_next_leads_only_to_our_own_addresses(client, wanted):
    make_user()

    assert sign_in(client, "ada@example.org", onwards=wanted).headers["Location"] == "/start"


@pytest.mark.parametrize("wanted", ["/events/?q=a%20b", "http://127.0.0.1:8000/events/", "http://testserver/events/"])
def test_next_leads_on(client, wanted):
    make_user()

    assert sign_in(client, "ada@example.org", onwards=wanted).headers["Location"] == wanted


def test_page_for_signed_in_people_sends_strangers_to_sign_in(client):
    assert client.get("/start").headers["Location"] == "/login?next=/start"
    assert client.get("/account/").headers["Location"] == "/login?next=/account/"
    assert client.get("/accounts/email").headers["Location"] == "/login?next=/accounts/email"


def test_start_leads_an_admin_to_the_desk_and_others_to_their_registrations(client):
    client.force_login(make_user("admin@example.org", is_superuser=True))
    assert client.get("/start").headers["Location"] == "/admin/"

    client.force_login(make_user())
    assert client.get("/start").headers["Location"] == "/attendee/dashboard"


def test_start_leads_where_the_heaviest_answer_says(client):
    def staff(sender, user, **kwargs):
        return (50, "/staff/dashboard")

    def presenter(sender, user, **kwargs):
        return (40, "/presenter/dashboard")

    def nothing(sender, user, **kwargs):
        return None

    for receiver in (presenter, staff, nothing):
        home_of.connect(receiver)
    try:
        client.force_login(make_user())
        assert client.get("/start").headers["Location"] == "/staff/dashboard"
    finally:
        for receiver in (presenter, staff, nothing):
            home_of.disconnect(receiver)


def test_signing_in_takes_a_new_session_key_and_out_ends_it(client):
    make_user()
    client.get("/login")
    session = client.session
    session["kept"] = True
    session.save()
    before = session.session_key

    sign_in(client, "ada@example.org")
    during = client.session.session_key

    assert during
    assert during != before
    assert client.get("/logout").status_code == 200
    assert is_signed_in(client)  # looking at the page changes nothing
    assert client.post("/logout").headers["Location"] == "/"
    assert not is_signed_in(client)


@pytest.mark.parametrize(("remember", "closes_with_browser"), [("", True), ("on", False)])
def test_remember_decides_how_long_the_session_lives(client, remember, closes_with_browser):
    make_user()

    sign_in(client, "ada@example.org", **({"remember": remember} if remember else {}))

    assert client.session.get_expire_at_browser_close() is closes_with_browser


def test_who_is_signed_in_is_led_on_from_the_sign_in_page(client):
    client.force_login(make_user())

    assert client.get("/login").headers["Location"] == "/start"
    assert client.get("/signup").headers["Location"] == "/start"


def test_sign_in_form_is_refused_without_its_csrf_token():
    make_user()

    assert sign_in(Client(enforce_csrf_checks=True), "ada@example.org").status_code == 403
