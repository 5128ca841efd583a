"""Another address for a registration: the new one proves itself, the old one is told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from attendees.models import Attendee, EmailChange
from attendees.services.addresses import ask_new_address, confirm_new_address
from netevent.accounts.services import create_proved_user, prove_address
from netevent.core.errors import DomainError
from netevent.notifications.models import Message
from netevent.notifications.services import deliver_due
from tests.attendees.pages import browser_of, link_of, page, state_of, text_of
from tests.factories import make_attendee, make_event, make_user

pytestmark = pytest.mark.django_db
NEW = "new@example.org"


@pytest.fixture
def ada():
    return make_attendee(email="ada@example.org")


def letters():
    deliver_due()
    return {letter.to[0]: letter.body for letter in mail.outbox}


def link_in(text):
    return re.search(r"http://\S+?(/attendee/email/\S+)", text)[1]


def ask(client):
    answer = client.post(page("change-address"), {"email": " New@Example.org "})
    assert answer.status_code == 303
    return answer


def test_asking_changes_nothing_and_writes_to_both(ada):
    client = browser_of(ada)

    shown = client.get(ask(client)["Location"])

    assert state_of(shown) == "address-waits"
    assert Attendee.objects.get().email == "ada@example.org"
    sent = letters()
    assert set(sent) == {"ada@example.org", NEW}
    assert "/attendee/email/" not in sent["ada@example.org"]
    assert "/attendee/personal/" not in sent[NEW]


def test_the_link_changes_the_address_by_post_alone(ada):
    client, old_link = browser_of(ada), link_of(ada)
    ask(client)
    link, elsewhere = link_in(letters()[NEW]), Client()

    assert NEW in text_of(elsewhere.get(link))
    assert Attendee.objects.get().email == "ada@example.org"
    answer = elsewhere.post(link)

    fresh = Attendee.objects.get()
    assert (answer.status_code, fresh.email) == (303, NEW)
    assert fresh.email_proved_at is not None
    assert Attendee.objects.search(NEW).exists()
    assert state_of(elsewhere.get(answer["Location"])) == "registered"
    assert (elsewhere.get(link).status_code, elsewhere.post(link).status_code) == (404, 404)
    assert Client().get(old_link).status_code == 404
    assert client.get(page("dashboard"))["Location"].startswith("/login")


def test_the_old_address_is_told_when_it_is_done_and_gets_no_link(ada):
    confirm_new_address(ask_new_address(ada, NEW))

    told = Message.objects.get(template="email_changed")
    assert told.to_address == "ada@example.org"
    assert "/attendee/personal/" not in letters()["ada@example.org"].split("New address")[-1]


def test_a_change_can_be_taken_back(ada):
    client = browser_of(ada)
    ask(client)
    link = link_in(letters()[NEW])

    client.post(page("change-address"), {"take_back": "1"})

    assert Client().post(link).status_code == 404
    assert Attendee.objects.get().email == "ada@example.org"


def test_asking_again_ends_the_link_before(ada):
    first = ask_new_address(ada, NEW)
    ask_new_address(ada, "newer@example.org")

    with pytest.raises(DomainError, match="link_over"):
        confirm_new_address(first)


def test_a_link_ends(ada):
    change = ask_new_address(ada, NEW)
    EmailChange.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert Client().post(f"/attendee/email/{change.token}").status_code == 404
    deliver_due()
    assert Message.objects.get(template="email_change").state == "dropped"


def test_an_address_that_is_registered_here_is_refused_on_confirming_and_asking_tells_nothing(ada):
    make_attendee(ada.event, email=NEW)
    client = browser_of(ada)
    ask(client)
    link = link_in(letters()[NEW])

    answer = Client().post(link)

    assert answer.status_code == 409
    assert Attendee.objects.filter(email="ada@example.org").exists()
    assert EmailChange.objects.open().exists()


def test_the_new_address_of_an_account_brings_the_registration_to_it(ada):
    owner = create_proved_user(email=NEW)

    confirm_new_address(ask_new_address(ada, NEW))

    assert Attendee.objects.get().user == owner


def test_the_same_address_is_no_change(ada):
    assert browser_of(ada).post(page("change-address"), {"email": "ADA@example.org"}).status_code == 422


def test_a_registration_of_an_account_is_changed_there(ada):
    client = browser_of(ada)
    Attendee.objects.update(user=make_user("ada@example.org"))

    assert client.post(page("change-address"), {"email": NEW}).status_code == 409
    assert not EmailChange.objects.exists()


def test_asking_is_limited(ada, settings):
    settings.RATE_LIMITS = {"link.address": "1/h"}
    client = browser_of(ada)
    ask(client)

    assert client.post(page("change-address"), {"email": NEW}).status_code == 429


def test_guessing_links_is_stopped(client, settings):
    settings.RATE_LIMITS = {"code.ip": "2/10m"}

    assert [client.get(f"/attendee/email/{'x' * n}").status_code for n in (31, 32, 33)] == [404, 404, 429]


# --- The account's address -------------------------------------------------------------------------------------------------
def test_registrations_follow_the_account_to_its_new_address():
    user = create_proved_user(email="ada@example.org")
    coming = make_attendee(make_event(), email="ada@example.org", user=user)
    past = make_attendee(make_event(starts_at=timezone.now() - timedelta(days=9)), email="ada@example.org", user=user)
    taken = make_attendee(make_event(), email="ada@example.org", user=user)
    make_attendee(taken.event, email=NEW)

    prove_address(user, NEW)

    emails = dict(Attendee.objects.filter(user=user).values_list("pk", "email"))
    assert emails == {coming.pk: NEW, past.pk: "ada@example.org", taken.pk: "ada@example.org"}


# --- Claiming --------------------------------------------------------------------------------------------------------------
def test_an_imported_registration_appears_once_its_address_is_proved(client):
    from netevent.accounts.models import User

    attendee = make_attendee(email="ada@example.org", source="import")
    client.post("/signup", {"email": "ada@example.org", "password": "a few words of mine"})
    ada = User.objects.get()
    client.force_login(ada)
    assert attendee.event.name not in text_of(client.get("/attendee/dashboard"))

    prove_address(ada, "ada@example.org")

    assert Attendee.objects.get().user == ada
    assert state_of(client.get("/attendee/dashboard")) == "registered"


def test_the_link_in_the_mail_claims_an_imported_registration(client):
    attendee = make_attendee(email="ada@example.org", source="import")
    client.post("/signup", {"email": "ada@example.org", "password": "a few words of mine"})
    deliver_due()
    link = re.search(r"http://[^/]+(/confirm-email/[^/\s]+/)", mail.outbox[-1].body)[1]

    assert client.post(link).status_code == 302

    attendee.refresh_from_db()
    assert attendee.user is not None
    assert attendee.email_proved_at is not None
    assert state_of(client.get("/attendee/dashboard")) == "registered"
