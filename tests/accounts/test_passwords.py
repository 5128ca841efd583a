"""Choosing, changing and forgetting passwords."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import get_hasher, identify_hasher, make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from netevent.accounts.models import User
from netevent.accounts.services import has_proved
from netevent.settings import base
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = "a new and longer one"


def ask(client: Client, email: str, ip: str = "198.51.100.7"):
    return client.post("/password/reset", {"email": email}, REMOTE_ADDR=ip)


def choose(client: Client, link: str, password: str = NEW, again: str = ""):
    page = client.get(link, follow=True)
    return client.post(page.request["PATH_INFO"], {"password1": password, "password2": again or password})


def test_passwords_are_kept_with_light_argon2(settings):
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS

    kept = make_password(PASSWORD)

    assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert type(get_hasher()).__name__ == "LightArgon2"
    assert not identify_hasher(kept).must_update(kept)


def test_reset_link_sets_a_new_password_once_and_signs_in(client, letters):
    user = make_user()
    assert ask(client, " ADA@Example.org ").headers["Location"] == "/password/reset/done"
    link = letters.link("ada@example.org")

    assert choose(client, link).headers["Location"] == "/start"

    user.refresh_from_db()
    assert user.check_password(NEW)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert Client().get(link).context["token_fail"] is True


def test_reset_keeps_the_key_out_of_the_address_bar(client, letters):
    make_user()
    ask(client, "ada@example.org")
    link = letters.link("ada@example.org")

    assert client.get(link).headers["Location"].endswith("-set-password/")


def test_reset_ends_other_sessions(client, letters):
    other = Client()
    other.force_login(make_user())
    ask(client, "ada@example.org")
    choose(client, letters.link("ada@example.org"))

    assert other.get("/account/").status_code == 302


def test_reset_proves_the_address(client, letters):
    user = make_user(proved=False)
    ask(client, "ada@example.org")

    assert choose(client, letters.link("ada@example.org")).headers["Location"] == "/start"
    assert has_proved(user)


def test_reset_opens_the_account_that_failures_had_closed(client, letters):
    make_user()
    for _ in range(11):
        client.post("/login", {"login": "ada@example.org", "password": "wrong"})
    ask(client, "ada@example.org")
    choose(client, letters.link("ada@example.org"))
    elsewhere = Client()

    assert elsewhere.post("/login", {"login": "ada@example.org", "password": NEW}).headers["Location"] == "/start"


def test_reset_opened_while_somebody_else_is_signed_in_signs_nobody_out_until_it_is_sent(letters):
    owner, other = make_user(), make_user("other@example.org")
    browser = Client()
    browser.force_login(other)
    ask(Client(), "ada@example.org")
    page = browser.get(letters.link("ada@example.org"), follow=True)
    assert browser.session["_auth_user_id"] == str(other.pk)

    browser.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    assert browser.session["_auth_user_id"] == str(owner.pk)


def test_reset_refuses_weak_and_unequal_passwords(client, letters):
    user = make_user()
    ask(client, "ada@example.org")
    link = letters.link("ada@example.org")

    assert choose(client, link, "short").status_code == 200
    assert choose(client, link, NEW, "another thing").status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_known_and_unknown_address_get_the_same_answer_queries_and_one_letter_each(letters):
    make_user("known@example.org")
    one, other = Client(), Client()
    one.get("/login")

    with CaptureQueriesContext(connection) as for_known:
        known = ask(one, "known@example.org")
    with CaptureQueriesContext(connection) as for_unknown:
        unknown = ask(other, "nobody@example.org")

    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert one.get(known.headers["Location"]).content == other.get(unknown.headers["Location"]).content
    assert len(for_known) == len(for_unknown)
    assert [message.template for message in letters.to("known@example.org")] == ["account_password"]
    assert [message.template for message in letters.to("nobody@example.org")] == ["account_unknown"]
    assert "/signup" in letters.last("nobody@example.org").body


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_fourth_request_for_one_address_is_too_often(client, email):
    make_user()

    answers = [ask(client, email) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


def test_one_address_may_ask_for_many_people_but_not_for_all(client, settings):
    settings.RATE_LIMITS = {"link.ip": "5/h"}

    answers = [ask(client, f"p{n}@example.org").status_code for n in range(6)]

    assert answers == [302] * 5 + [429]


def test_switched_off_account_gets_no_link(client, letters):
    make_user(is_active=False)
    ask(client, "ada@example.org")

    assert [message.template for message in letters.to("ada@example.org")] == ["account_unknown"]


def test_reset_letter_lapses_when_the_account_changes_its_address(client, letters):
    user = make_user()
    ask(client, "ada@example.org")
    User.objects.filter(pk=user.pk).update(email="new@example.org")

    with pytest.raises(Exception, match="account_changed"):
        letters.last("ada@example.org")


def test_password_is_changed_with_the_old_one_and_the_session_stays(client):
    user = make_user()
    other = Client()
    client.force_login(user)
    other.force_login(user)

    answer = client.post("/password/change", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert answer.headers["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_old_password_cannot_be_guessed_in_a_borrowed_session(client):
    client.force_login(make_user())

    answers = [client.post("/password/change", {"oldpassword": f"wrong {n}", "password1": NEW, "password2": NEW}) for n in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]


def test_account_without_password_sets_one(client):
    user = make_user()
    user.set_unusable_password()
    user.save()
    client.force_login(user)

    assert client.get("/password/change").headers["Location"] == "/password/set"
    assert client.post("/password/set", {"password1": NEW, "password2": NEW}).headers["Location"] == "/account/"
    user.refresh_from_db()
    assert user.check_password(NEW)


# --- A given password ------------------------------------------------------------------------------------------------------
def test_given_password_is_replaced_before_anything_else(client):
    user = make_user("", username="S001", must_change_password=True)
    client.post("/login", {"login": "S001", "password": PASSWORD})

    assert client.get("/account/?a=1").headers["Location"] == "/password/change?next=%2Faccount%2F%3Fa%3D1"
    assert client.post("/account/", {}).headers["Location"] == "/password/change"
    assert client.get("/password/change").status_code == 200
    assert client.post("/language", {"language": "pl"}).headers["Location"] == "/"

    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/password/change", sent).headers["Location"] == "/start"
    user.refresh_from_db()
    assert user.must_change_password is False
    assert client.get("/account/").status_code == 200


def test_given_password_leaves_the_way_out_open(client):
    client.force_login(make_user(must_change_password=True))

    assert client.post("/logout").headers["Location"] == "/"
    assert client.get("/account/").headers["Location"] == "/login?next=/account/"
