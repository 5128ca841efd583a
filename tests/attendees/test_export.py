"""The list of attendees as a file: whom it holds, who gets it, and that it comes back through the import as it was."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from attendees.exports.attendee_list import write_list
from attendees.models import Attendee
from attendees.services.headings import understand
from attendees.services.imports import import_table, plan_import
from attendees.services.lists import people_for, start_export
from attendees.services.payments import mark_paid
from attendees.services.refunds import order_refund
from attendees.services.registration import cancel_registration
from netevent.core.errors import DomainError, TooOften
from netevent.core.tables import read_table
from netevent.core.text import trimmed
from netevent.jobs import files, services
from netevent.jobs.models import Job
from tests.attendees.test_import import cldr_names
from tests.factories import make_admin, make_attendee, make_event, make_member, make_organiser, make_type, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def owner():
    return make_user("owner@example.org")


@pytest.fixture
def event(owner):
    return make_event(organiser=make_organiser(owner))


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def exported(event, user, file_format="xlsx", **filters):
    job = start_export(event, user, file_format=file_format, filters=filters)
    assert services.run(job.pk) == "done", Job.objects.get(pk=job.pk).error
    job.refresh_from_db()
    return files.path_of(job.file).read_bytes()


def sheet_of(content):
    return [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True)]


def names_in(content):
    return [row[1] for row in sheet_of(content)[1:]]


def test_export_says_everything_about_a_person_by_the_events_clocks(event, owner):
    make_type(event, code="STUD", name_en="Student", price="12.50")
    student = event.attendee_types.get(code="STUD")
    ada = make_attendee(attendee_type=student, first_name="Ada", last_name="Lovelace", email="ada@example.org", language="en")
    Attendee.objects.filter(pk=ada.pk).update(
        created_at="2026-07-01T10:00Z", first_entry_at="2026-07-02T07:30Z", organisation="=Engines", role="@Countess", phone="+44 1"
    )
    type(event).objects.filter(pk=event.pk).update(time_zone="Europe/Amsterdam")

    headings, row = sheet_of(exported(event, owner))

    told = dict(zip(headings, row, strict=True))
    assert str(told.pop("Registered at (Europe/Amsterdam)")) == "2026-07-01 12:00:00"
    assert str(told.pop("Checked in at (Europe/Amsterdam)")) == "2026-07-02 09:30:00"
    assert told == {
        "Code": ada.code,
        "First name": "Ada",
        "Last name": "Lovelace",
        "E-mail": "ada@example.org",
        "Organisation": "=Engines",
        "Role": "@Countess",
        "Phone": "+44 1",
        "LinkedIn": None,
        "Language": "en",
        "Attendee type": "Student",
        "Status": "Confirmed",
        "Price": 12.5,
        "Discount": 0,
        "To pay": 12.5,
        "Paid": 0,
        "Given back": 0,
        "Still open": 12.5,
        "Currency": "EUR",
        "Intends to come": "Attending",
        "Came through": "At the door",
        "Reference": None,
        "Would take too": None,
    }


def test_export_as_json_keeps_stable_words(event, owner):
    ada = make_attendee(event, first_name="Żaneta", email="z@example.org")

    (row,) = json.loads(exported(event, owner, "json"))

    assert (row["code"], row["first_name"], row["status"], row["source"]) == (ada.code, "Żaneta", "confirmed", "desk")
    assert row["attendee_type"] == ada.attendee_type.code
    assert row["created_at"].endswith("Z")


def test_export_is_narrowed_to_what_was_asked(event, owner):
    other = make_type(event)
    make_attendee(event, first_name="Ada")
    bob = make_attendee(event, first_name="Bob")
    eve = make_attendee(attendee_type=other, first_name="Éve")
    make_attendee(first_name="Elsewhere")
    cancel_registration(bob, by=owner, source="admin")
    Attendee.objects.filter(pk=eve.pk).update(first_entry_at=timezone.now())

    assert sorted(names_in(exported(event, owner))) == ["Ada", "Bob", "Éve"]
    assert names_in(exported(event, owner, states=["cancelled"])) == ["Bob"]
    assert names_in(exported(event, owner, types=[other.pk])) == ["Éve"]
    assert names_in(exported(event, owner, arrived="yes")) == ["Éve"]
    assert sorted(names_in(exported(event, owner, arrived="no"))) == ["Ada", "Bob"]
    assert names_in(exported(event, owner, words="eve")) == ["Éve"]


def test_export_of_nobody_is_a_file_with_headings(event, owner):
    assert len(sheet_of(exported(event, owner))) == 1
    assert json.loads(exported(event, owner, "json")) == []


@pytest.mark.parametrize("file_format", ["xlsx", "csv", "json"])
def test_export_asks_the_database_as_often_for_many_people_as_for_one(event, owner, file_format, django_assert_num_queries):
    make_attendee(event)
    for number in range(6):
        paying = make_attendee(attendee_type=make_type(event, price=Decimal(10)))
        mark_paid(paying, by=None, method="cash")
        order_refund(paying, Decimal(number + 1), by=None)
    people = people_for(make_admin(), event, {})

    with django_assert_num_queries(6 if file_format != "json" else 5):
        assert write_list(event, people, BytesIO(), file_format=file_format) == 7
    with django_assert_num_queries(2 if file_format != "json" else 1):
        write_list(event, people, BytesIO(), file_format=file_format, columns=["code", "price"])


def test_export_is_for_whoever_may_see_the_people(event, owner):
    make_attendee(event)
    for user in (make_user(), make_member(event, "editor").user, make_member(make_event(), "organiser").user):
        with pytest.raises(DomainError) as refusal:
            start_export(event, user)
        assert refusal.value.code == "not_allowed"
    assert not Job.objects.exists()


def test_export_that_was_ordered_before_the_right_was_lost_holds_nothing(event):
    make_attendee(event)
    member = make_member(event, "organiser")
    job = start_export(event, member.user)
    member.delete()

    assert services.run(job.pk) == "failed"
    job.refresh_from_db()
    assert (job.error["code"], job.file) == ("not_allowed", "")


def test_export_file_is_fetched_only_while_the_right_lasts(event):
    make_attendee(event)
    member = make_member(event, "organiser")
    job = start_export(event, member.user)
    services.run(job.pk)
    address = reverse("jobs:file", args=[job.pk])

    fetched = client_of(member.user).get(address)
    assert fetched.status_code == 200
    assert b"".join(fetched.streaming_content).startswith(b"PK")
    assert client_of(make_user()).get(address).status_code == 404
    member.delete()
    assert client_of(member.user).get(address).status_code == 404


def test_export_is_limited_and_asked_twice_is_one_job(event, owner, settings):
    settings.RATE_LIMITS = {"export.user": "3/h"}

    assert start_export(event, owner) == start_export(event, owner)
    start_export(event, owner, file_format="csv")
    with pytest.raises(TooOften):
        start_export(event, owner)


def test_export_page_takes_the_lists_filters_over_and_starts_the_job(event, owner):
    make_attendee(event, first_name="Ada")
    make_attendee(event, first_name="Bob", last_name="Dole", email="bob@example.org")
    client, address = client_of(owner), reverse("admin:attendees_attendee_export")

    page = client.get(f"{address}?event__id__exact={event.pk}&status__exact=confirmed&q=ada&arrived=no")
    assert page.status_code == 200
    given = page.context["form"].initial
    assert given == {"event": str(event.pk), "status": "confirmed", "words": "ada", "arrived": "no"}
    assert not Job.objects.exists()

    answer = client.post(address, {**given, "format": "xlsx"})
    job = Job.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("jobs:detail", args=[job.pk]))
    services.run(job.pk)
    job.refresh_from_db()
    assert names_in(files.path_of(job.file).read_bytes()) == ["Ada"]
    assert reverse("jobs:file", args=[job.pk]) in client.get(answer.url).content.decode()


def test_export_page_of_another_organisers_event_is_refused(event, owner):
    stranger = make_event()
    client, address = client_of(owner), reverse("admin:attendees_attendee_export")

    answer = client.post(address, {"event": stranger.pk, "format": "xlsx"})

    assert answer.status_code == 422
    assert not Job.objects.exists()
    assert stranger.name not in answer.content.decode()
    assert client.post(address, {"event": event.pk, "format": "exe"}).status_code == 422


def test_export_page_is_not_there_for_who_sees_nobody():
    member = make_member(make_event(), "editor")

    assert client_of(member.user).get(reverse("admin:attendees_attendee_export")).status_code == 404


# --- There and back --------------------------------------------------------------------------------------------------------
FIELDS = ("first_name", "last_name", "email", "organisation", "role", "phone", "linkedin", "language", "import_key")


def naughty(sample_data):
    return [
        text
        for text in json.loads((sample_data / "strings_blns" / "blns.json").read_text(encoding="utf-8"))
        if 0 < len(trimmed(text)) <= 100
    ]


def filled(event, names):
    rows = [["First name", "Last name", "E-mail", "Organisation", "Role", "Phone"]]
    rows += [[first, last, f"p{n}@example.org", first, last, "+31 6 1"] for n, (first, last) in enumerate(names)]
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    table = read_table(BytesIO(out.getvalue().encode()), "people.csv")
    report = import_table(plan_import(event, table), table)
    assert report.created == len(names), report.errors[:5]


def people_of(event):
    return sorted(event.attendees.values_list(*FIELDS), key=lambda row: row[2])


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_list_comes_back_as_the_same_people_letter_for_letter(event, owner, file_format, sample_data):
    naughty_names = [(text, text) for text in naughty(sample_data)]
    names = [*cldr_names(sample_data), *naughty_names, ("=1+1", "'=1"), ("'quoted", "＝wide"), ("Zoe\u0308", "Zo\u00eb")]
    filled(event, names)
    stored = {email: (first, last) for first, last, email in event.attendees.values_list("first_name", "last_name", "email")}
    wanted = {f"p{n}@example.org": (trimmed(unguarded_once(first)), trimmed(unguarded_once(last))) for n, (first, last) in enumerate(names)}
    assert stored == wanted
    other = make_event()

    table = read_table(BytesIO(exported(event, owner, file_format)), f"list.{file_format}")
    report = import_table(plan_import(other, table), table)

    assert (report.created, report.skipped) == (len(names), 0), report.errors[:5]
    came, went = people_of(other), people_of(event)
    held = str.maketrans({chr(n): "\ufffd" for n in [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]} if file_format == "xlsx" else {})
    assert came == [tuple(cell and cell.translate(held) for cell in row) for row in went]


def unguarded_once(text):
    """A list that people bring may begin a cell with a quote and a sign: there it is a guard, as in our own files."""
    return text[1:] if text.startswith("'=") else text


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es", "it", "pl"])
def test_headings_of_an_export_are_understood_in_every_language(event, owner, language):
    make_attendee(event, first_name="Ada", last_name="L", email="a@example.org")
    with translation.override(language):
        content = exported(event, owner, "csv")
    table = read_table(BytesIO(content), "list.csv")

    found = understand(table.headings)

    assert not found.unsure
    assert {"first_name", "last_name", "email", "organisation", "role", "phone", "language", "attendee_type"} <= set(found.fields.values())
    assert found.fields[1] == "first_name"
    assert found.fields[3] == "email"
