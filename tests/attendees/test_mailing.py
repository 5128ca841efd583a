"""A message to many: to whom, in which language, once to each, and only by whoever may."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendees.mailing_text import preview
from attendees.models import Attendee, AttendeeToken
from attendees.services import mailing as service
from events.models import Event
from netevent.accounts.models import User
from netevent.core.errors import DomainError, TooOften
from netevent.jobs.models import Job
from netevent.jobs.services import run
from netevent.notifications.models import Mailing, Message
from netevent.notifications.rendering import render
from tests.factories import first_type, make_attendee, make_event, make_member, make_organiser, make_type, make_user

pytestmark = pytest.mark.django_db
TEXTS = {"en": {"subject": "News of {event}", "text": "Dear {first_name},\n\nsee {link}\n<b>bold</b>"}}


@pytest.fixture
def owner() -> User:
    return make_user("owner@example.org")


@pytest.fixture
def event(owner: User) -> Event:
    return make_event(organiser=make_organiser(owner), name_en="Spring day", content_languages=["en", "de"])


@pytest.fixture
def desk(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def draft(event: Event, by: User, texts: Any = None, **choice: Any) -> Mailing:
    return service.keep_draft(event, by, texts=texts or TEXTS, choice=choice)


def sent(mailing: Mailing, by: User) -> None:
    job = service.send_mailing(mailing, by)
    assert job is not None
    run(job.pk)
    assert Job.objects.get(pk=job.pk).state == Job.State.DONE


# --- To whom -------------------------------------------------------------------------------------------------------------------
def test_chosen_by_type_state_and_whether_they_came(event: Event) -> None:
    student = make_type(event)
    ada, bo, cy = make_attendee(event), make_attendee(attendee_type=student), make_attendee(event)
    Attendee.objects.filter(pk=cy.pk).update(status="cancelled")
    nobody = make_attendee(event)
    Attendee.objects.filter(pk=nobody.pk).update(email=None)
    Attendee.objects.filter(pk=ada.pk).update(first_entry_at=event.starts_at)
    make_attendee()

    def found(**choice: Any) -> list[int]:
        return list(service.receivers(event, choice).values_list("pk", flat=True))

    assert found() == [ada.pk, bo.pk]
    assert found(types=[student.pk]) == [bo.pk]
    assert found(states=["cancelled"]) == [cy.pk]
    assert found(arrived="yes") == [ada.pk]
    assert found(arrived="no") == [bo.pk]


# --- Once to each --------------------------------------------------------------------------------------------------------------
def test_each_gets_it_once_in_their_language(event: Event, owner: User) -> None:
    make_attendee(event, language="de", email="de@example.org")
    make_attendee(event, language="pl", email="pl@example.org")
    mailing = draft(event, owner, {**TEXTS, "de": {"subject": "Neues", "text": "Hallo {first_name}"}})

    sent(mailing, owner)
    assert service.send_mailing(mailing, owner) is None
    service.enqueue(service.KIND, params={"mailing": mailing.pk, "event": event.pk}, owner=owner, scope=mailing.scope)
    run(Job.objects.open().get().pk)

    mailing.refresh_from_db()
    rows = Message.objects.filter(mailing=mailing).order_by("to_address")
    assert [(row.to_address, row.language, row.template) for row in rows] == [
        ("de@example.org", "de", "mailing"),
        ("pl@example.org", "en", "mailing"),
    ]
    assert (mailing.count, mailing.by, service.delivery_of(mailing)) == (2, owner, {"waiting": 2})


def test_nobody_to_write_to_is_said(event: Event, owner: User) -> None:
    mailing = draft(event, owner)

    with pytest.raises(DomainError) as refusal:
        service.send_mailing(mailing, owner)

    assert refusal.value.code == "nobody"


def test_the_limit_counts_what_is_ordered(event: Event, owner: User, settings: Any) -> None:
    make_attendee(event)
    mailings = [draft(event, owner) for _n in range(6)]
    for mailing in mailings[:5]:
        assert service.send_mailing(mailing, owner) is not None
        assert service.send_mailing(mailing, owner) is None  # a second click takes nothing of it

    with pytest.raises(TooOften):
        service.send_mailing(mailings[5], owner)

    assert Mailing.objects.filter(queued_at__isnull=True).count() == 1


def test_what_was_sent_is_not_changed_any_more(event: Event, owner: User) -> None:
    make_attendee(event)
    mailing = draft(event, owner)
    service.send_mailing(mailing, owner)

    for act in (lambda: service.keep_draft(event, owner, texts=TEXTS, choice={}, draft=mailing), lambda: service.discard(mailing, owner)):
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code == "already_sent"


def test_more_people_cost_no_more_statements(event: Event, owner: User) -> None:
    mailing, kind = draft(event, owner), first_type(event)

    def count(number: int) -> int:
        Attendee.objects.bulk_create(
            Attendee(
                event=event,
                attendee_type=kind,
                first_name="A",
                email=f"p{number}-{n}@example.org",
                code=f"M{number}N{n}",
                status="confirmed",
            )
            for n in range(number)
        )
        last = Attendee.objects.filter(event=event).order_by("-pk")[number - 1].pk - 1
        with CaptureQueriesContext(connection) as queries:
            assert len(service.queue_some(mailing, event, last)) == number
        return len(queries)

    assert count(3) == count(60) <= 4


# --- How it reads --------------------------------------------------------------------------------------------------------------
def test_placeholders_are_filled_and_nothing_becomes_markup(event: Event, owner: User) -> None:
    person = make_attendee(event, first_name="{link}<i>")
    sent(draft(event, owner), owner)

    mail = render(Message.objects.get(template="mailing"))
    html = str(mail.alternatives[0].content)

    assert mail.subject == "News of Spring day"
    assert "/attendee/personal/" in mail.body
    assert "<b>bold</b>" in mail.body
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "<i>" not in html
    assert 'href="http' in html
    assert person.email == mail.to[0]


def test_looking_makes_no_link(event: Event, owner: User) -> None:
    person = Attendee.objects.select_related("event", "attendee_type").get(pk=make_attendee(event, first_name="Zoë").pk)

    mail = preview(draft(event, owner), person)

    assert "Dear Zoë," in mail.body
    assert "/attendee/personal/…" in mail.body
    assert not AttendeeToken.objects.filter(attendee=person).exists()


# --- The desk ------------------------------------------------------------------------------------------------------------------
def address(name: str, *args: Any) -> str:
    return reverse(f"admin:notifications_mailing_{name}", args=args)


def written(**more: Any) -> dict[str, Any]:
    return {
        "states": ["confirmed"],
        "arrived": "",
        "subject_en": "News",
        "text_en": "Hello {first_name}",
        "subject_de": "",
        "text_de": "",
        **more,
    }


def test_written_looked_at_and_sent_at_the_desk(desk: Client, event: Event) -> None:
    make_attendee(event, first_name="Zoë")

    assert desk.get(address("add")).status_code == 200
    answer = desk.post(f"{address('add')}?event={event.pk}", written())
    mailing = Mailing.objects.get()
    page = desk.get(answer["Location"]).content.decode()
    mail = desk.get(address("mail", mailing.pk))

    assert "Send to 1 person" in page
    assert "Hello Zoë" in page
    assert "Hello Zoë" in mail.content.decode()
    assert "sandbox" in mail["Content-Security-Policy"]
    assert mail["X-Frame-Options"] == "SAMEORIGIN"
    assert not Message.objects.filter(template="mailing").exists()

    job = desk.post(address("send", mailing.pk))
    again = desk.post(address("send", mailing.pk), follow=True)

    assert job["Location"].startswith("/jobs/")
    assert "sent already" in again.content.decode()
    assert Job.objects.filter(kind=service.KIND).count() == 1
    assert "News" in desk.get(address("changelist")).content.decode()


def test_a_broken_text_is_refused_in_words(desk: Client, event: Event) -> None:
    page = desk.post(f"{address('add')}?event={event.pk}", written(text_en="Hi {name}", subject_de="Nur Betreff"))

    assert page.status_code == 422
    assert {*page.context["form"].errors} == {"text_en", "text_de"}
    assert not Mailing.objects.exists()


def test_a_look_changes_nothing(desk: Client, event: Event, owner: User) -> None:
    make_attendee(event)
    mailing = draft(event, owner)

    for name in ("send", "discard"):
        desk.get(address(name, mailing.pk))

    mailing.refresh_from_db()
    assert mailing.queued_at is None


@pytest.mark.parametrize("role", ["editor", "viewer", "stranger"])
def test_who_may_not_send_finds_nothing(event: Event, owner: User, role: str) -> None:
    make_attendee(event)
    mailing, user, client = draft(event, owner), make_user(), Client()
    if role == "stranger":
        make_event(organiser=make_organiser(user))
    else:
        make_member(event, role, user)
    client.force_login(user)

    assert client.post(address("send", mailing.pk)).status_code in {302, 403, 404}
    assert client.post(f"{address('add')}?event={event.pk}", written()).status_code in {302, 403, 404}
    assert client.get(address("edit", mailing.pk)).status_code in {302, 403, 404}
    mailing.refresh_from_db()
    assert (mailing.queued_at, Mailing.objects.count(), Job.objects.count()) == (None, 1, 0)


def test_the_list_costs_the_same_with_more_of_them(desk: Client, event: Event, owner: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address("changelist")).status_code == 200
        return len(queries)

    draft(event, owner)
    count()
    first = count()
    for _n in range(4):
        draft(event, owner)

    assert count() == first
