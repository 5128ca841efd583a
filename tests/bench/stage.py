"""The rows that the benchmark works on: an event in progress with badges, an open event with a limit, people who are signed in."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone

from attendees.models import Attendee, Badge, Status
from attendees.models.badge import BADGE_PURPOSE
from attendees.services.badges import fresh_token
from events.models import Event
from netevent.accounts.models import User
from netevent.core import tokens
from netevent.core.codes import new_code
from netevent.notifications.models import Message
from netevent.notifications.services import queue_message
from tests.bench.bare import ROWS, TABLE
from tests.bench.bench_http import REGISTRATIONS, SCANS, STAFF, Stage
from tests.bench.harness import wait_for
from tests.factories import first_type, make_event, make_member, make_organiser, make_running_event, make_user

CHUNK = 1000
DESCRIPTION = "Two days of talks and workshops about everything that happens between people and machines.\n\n" * 8


def build(ours: int, bare: int, rounds: int) -> Stage:
    """Enough rows for so many rounds."""
    make_bare_rows()
    organiser = make_organiser(name="Bench")
    running = make_running_event(organiser=organiser, name_en="In progress", max_attendees=100_000)
    coming = make_event(organiser=organiser, name_en="Conference on Everything", description_en=DESCRIPTION, max_attendees=100_000)
    staff = [make_member(running, "check-in", make_user(language="en")).user for _number in range(STAFF)]
    people = make_people(REGISTRATIONS * rounds)
    return Stage(
        event_id=running.pk,
        code=coming.code,
        page=coming.get_absolute_url(),
        staff=[session_of(user) for user in staff],
        people=[session_of(user) for user in people],
        badges=make_badges(running, SCANS * rounds),
        ours=ours,
        bare=bare,
    )


def make_bare_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, name varchar(100) NOT NULL, hits integer NOT NULL)")
        cursor.execute(f"INSERT INTO {TABLE} (name, hits) SELECT 'Row ' || n, 0 FROM generate_series(1, {ROWS}) AS n")


def make_people(count: int) -> list[User]:
    """Accounts with a proved address. They sign in with a link: hashing so many passwords is not what is measured."""
    people = [
        User(username=f"bench{n}", email=f"bench{n}@example.org", first_name="Zoë", last_name=f"Number {n}", language="en")
        for n in range(count)
    ]
    for user in people:
        user.set_unusable_password()
    User.objects.bulk_create(people, batch_size=CHUNK)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in people], batch_size=CHUNK
    )
    return people


def session_of(user: User) -> str:
    """What signing in leaves behind: the key of a session."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def make_badges(event: Event, count: int) -> list[str]:
    """Confirmed people with badges; the texts of their QR codes."""
    kind = first_type(event)
    people = [Attendee(event=event, attendee_type=kind, status=Status.CONFIRMED, code=new_code(), **named(n)) for n in range(count)]
    for person in people:
        person.search_key = person.make_search_key()
    Attendee.objects.bulk_create(people, batch_size=CHUNK)
    badges = [Badge(attendee=person, **fresh_token()) for person in people]
    Badge.objects.bulk_create(badges, batch_size=CHUNK)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [tokens.derive(BADGE_PURPOSE, badge.nonce) for badge in badges]


def named(number: int) -> dict[str, Any]:
    return {"first_name": "Ada", "last_name": f"Lovelace {number}", "email": f"ada{number}@example.org"}


def forget_mail() -> None:
    """What was registered while no worker ran is not what the next one is measured with."""
    Message.objects.all().delete()


def wait_for_worker() -> None:
    """It runs as soon as it has sent something."""
    receiver = f"user:{timezone.now().timestamp()}"
    message = queue_message("cancelled", about="bench.nothing:1", receiver=receiver, version=1, to_address="bench@example.org")
    assert message is not None
    wait_for(lambda: Message.objects.filter(pk=message.pk).exclude(state__in=OPEN).exists(), "the worker begins")


def mail_was_sent() -> bool:
    return not Message.objects.filter(state__in=OPEN).exists()


OPEN = (Message.State.WAITING, Message.State.SENDING)
