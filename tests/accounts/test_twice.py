"""The same thing asked twice, or by two at once."""

from __future__ import annotations

import threading

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client

from netevent.accounts import views
from netevent.accounts.models import User
from netevent.accounts.services import has_proved
from netevent.notifications.models import Message
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def at_once(*acts):
    """Run these in threads that start together; what each answered."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        start.wait()
        try:
            answers[place] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def test_sign_up_sent_twice_makes_one_account_and_one_letter(client, letters):
    key = client.get("/signup").context["form"]["idempotency_key"].value()
    form = {"email": "ada@example.org", "password": PASSWORD, "idempotency_key": key}

    answers = [client.post("/signup", form).headers["Location"] for _ in range(2)]

    assert len(key) == 32
    assert answers == ["/confirm-email/"] * 2
    assert [message.template for message in letters.to("ada@example.org")] == ["account_confirm"]


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_password_request_sent_twice_is_one_letter(client, letters, email):
    make_user()
    key = client.get("/password/reset").context["form"]["idempotency_key"].value()

    for _ in range(2):
        client.post("/password/reset", {"email": email, "idempotency_key": key})
    assert len(letters.to(email)) == 1

    client.post("/password/reset", {"email": email})
    assert len(letters.to(email)) == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_people_who_sign_up_with_one_address_at_once_get_one_account_and_the_same_answer(settings):
    settings.RATE_LIMITS = {"*": "off"}
    form = {"email": "ada@example.org", "password": PASSWORD}

    answers = at_once(*[lambda: Client().post("/signup", form) for _ in range(6)])

    assert {(answer.status_code, answer.headers.get("Location")) for answer in answers} == {(302, "/confirm-email/")}
    assert User.objects.count() == 1
    assert sorted(Message.objects.values_list("template", flat=True)) == ["account_confirm"] + ["account_exists"] * 5


def test_username_taken_while_saving_is_said_in_the_form(client, monkeypatch):
    make_user("grace@example.org", username="grace")
    client.force_login(make_user())
    monkeypatch.setattr(views.ProfileForm, "validate_unique", lambda _form: None)  # as if it was free a moment ago
    monkeypatch.setattr(User, "validate_constraints", lambda *_args, **_kwargs: None)

    answer = client.post("/account/", {"first_name": "Ada", "username": "grace"})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["username"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_people_who_prove_one_address_at_once_leave_one_holder():
    from netevent.accounts.links import confirm_url
    from netevent.accounts.services import create_proved_user

    browsers = []
    for name in ("one", "two"):
        user = create_proved_user(email=f"{name}@example.org", username=name)
        address = EmailAddress.objects.create(user=user, email="wanted@example.org")
        browser = Client()
        browser.force_login(user)
        browsers.append((browser, "/" + confirm_url(address).split("/", 3)[3]))

    answers = at_once(*[lambda pair=pair: pair[0].post(pair[1]).status_code for pair in browsers])

    assert set(answers) <= {302, 404, 409}
    holders = [user for user in User.objects.all() if has_proved(user, "wanted@example.org")]
    assert len(holders) == 1
    assert holders[0].email == "wanted@example.org"
    assert User.objects.filter(is_active=True).count() == 2
