"""Send me my link: the same answer for every address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from netevent.notifications.models import Message
from netevent.notifications.services import deliver_due
from tests.attendees.pages import page, state_of, text_of
from tests.factories import make_attendee, make_event

pytestmark = pytest.mark.django_db


def ask(email, client=None):
    return (client or Client()).post(page("request-link"), {"email": email}, follow=True)


def test_request_link_answers_the_same_for_known_and_unknown_addresses():
    make_attendee(email="ada@example.org")

    known, unknown = ask("ada@example.org"), ask("nobody@example.org")

    assert state_of(known) == state_of(unknown) == "link-sent"
    assert known.redirect_chain == unknown.redirect_chain
    assert text_of(known) == text_of(unknown)


def test_request_link_writes_one_mail_for_each_registration_and_stores_no_token():
    for _ in range(2):
        make_attendee(email="ada@example.org")
    make_attendee(make_event(starts_at=timezone.now() - timedelta(days=60)), email="ada@example.org")

    ask(" ADA@example.org")

    rows = list(Message.objects.all())
    assert [row.template for row in rows] == ["personal_link"] * 2
    assert all(row.context == {} for row in rows)
    deliver_due()
    links = [word for sent in mail.outbox for word in sent.body.split() if "/attendee/personal/" in word]
    assert len(set(links)) == 2
    assert state_of(Client().get(links[0].removeprefix("http://127.0.0.1:8000"), follow=True)) == "registered"


def test_request_link_twice_writes_twice():
    make_attendee(email="ada@example.org")

    ask("ada@example.org")
    ask("ada@example.org")

    assert Message.objects.count() == 2


def test_request_link_with_no_address_is_shown_again(client):
    assert client.post(page("request-link"), {"email": "nobody"}).status_code == 422


def test_request_link_is_limited_per_address_in_any_spelling_known_or_not():
    for address in ("ada@example.org", "nobody@example.org"):
        answers = [ask(spelling).status_code for spelling in (address, address.upper(), f" {address}", address)]
        assert answers == [200, 200, 200, 429]


def test_request_link_shows_its_form(client):
    assert 'name="email"' in text_of(client.get(page("request-link")))
