"""Import at the desk: a file is brought, looked at, and imported by a job that may die in the middle."""

from __future__ import annotations

import csv
import io
import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from attendees import job_kinds_lists
from attendees.models import Attendee
from attendees.services import imports, lists
from attendees.services.lists import upload_of
from netevent.jobs import files, services
from netevent.jobs.models import Job
from netevent.notifications.models import Message
from tests.factories import make_attendee, make_event, make_member, make_organiser, make_type, make_user

pytestmark = pytest.mark.django_db

UPLOAD = "/admin/attendees/attendee/import/"
LIST = (
    "First name,Last name,E-mail,Shoe size\nAda,Lovelace,ada@example.org,38\nGrace,Hopper,grace@example.org,39\nNobody,,not-an-address,40\n"
)


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def owner():
    return make_user("owner@example.org")


@pytest.fixture
def event(owner):
    return make_event(organiser=make_organiser(owner))


@pytest.fixture
def client(owner):
    return client_of(owner)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def send(client, event, content=LIST, name="people.csv"):
    content = content.encode() if isinstance(content, str) else content
    return client.post(UPLOAD, {"event": event.pk, "file": SimpleUploadedFile(name, content)})


def brought(client, event, content=LIST):
    """The preview's address."""
    answer = send(client, event, content)
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.url


def said(page, **changes):
    """What the form on a page would send."""
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (data | changes).items() if value not in (None, False)}


def start(client, address, **changes):
    answer = client.post(address, {**said(client.get(address), **changes), "start": "1"})
    assert answer.status_code == 302, answer.context["form"].errors
    return Job.objects.order_by("pk").last()


def names_of(event):
    return list(event.attendees.order_by("pk").values_list("first_name", "email"))


def text_of(page):
    return page.content.decode()


# --- Bringing a file ---------------------------------------------------------------------------------------------------------
def test_upload_page_offers_the_events_of_this_person_only(client, event):
    stranger = make_event()

    page = client.get(UPLOAD)

    assert list(page.context["form"].fields["event"].queryset) == [event]
    assert stranger.name not in text_of(page)
    assert send(client, stranger).status_code == 422
    assert not lists.root().exists()


@pytest.mark.parametrize("role", ["editor", "viewer", "check-in"])
def test_upload_page_is_not_there_without_the_right_to_manage_attendees(event, role):
    member = make_member(event, role)

    assert client_of(member.user).get(UPLOAD).status_code in {302, 404}
    assert client_of(member.user).post(UPLOAD, {"event": event.pk}).status_code in {302, 404}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n \n", "The file is empty."),
        (b"First name,E-mail\n", "headings and no rows"),
        (b"PK\x03\x04 not a zip", "can&#x27;t be read"),
        (b"\x00\xff\x00", "can&#x27;t be read"),
        (b"a," * 300 + b"a\n", "more than 200 columns"),
        (b"e-mail\n" + b"a@example.org\n" * 4, "more than 3 rows"),
        (b"e-mail\n" + b"a" * (1024 * 1024 + 10), "larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_table_is_refused_on_the_page(client, event, settings, content, words):
    settings.MAX_IMPORT_ROWS, settings.MAX_IMPORT_MB = 3, 1

    page = send(client, event, content)

    assert page.status_code == 422
    assert words in text_of(page)
    assert page.context["form"]["event"].value() == str(event.pk)
    assert not list(lists.root().glob("*"))


def test_a_sheet_whose_rows_stand_a_million_lines_down_is_refused_quickly(client, event, settings):
    settings.MAX_IMPORT_ROWS = 10
    book = Workbook()
    book.active["A1"], book.active["A1000000"] = "E-mail", "a@example.org"
    out = BytesIO()
    book.save(out)

    assert send(client, event, out.getvalue(), "far.xlsx").status_code == 422


def test_uploads_are_limited(client, event, settings):
    settings.RATE_LIMITS = {"upload.user": "1/h"}
    send(client, event)

    refused = send(client, event)

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0


def test_an_upload_belongs_to_whoever_brought_it(client, event, owner):
    colleague = make_member(event, "organiser")
    address = brought(client, event)

    for user in (colleague.user, make_user(), make_member(make_event(), "organiser").user):
        other = client_of(user)
        assert other.get(address).status_code in {302, 404}
        assert other.post(address, {"start": "1"}).status_code in {302, 404}
    event.organiser.members.all().delete()
    make_member(make_event(), "organiser", owner)
    assert client.get(address).status_code == 404
    assert not Job.objects.exists()


def test_uploads_lie_where_no_address_leads(client, event, owner):
    address = brought(client, event)
    token = address.rstrip("/").rpartition("/")[2]

    assert upload_of(token).name == "people.csv"
    assert client.get(f"/media/private/imports/{token.replace('-', '')}/table").status_code == 404


# --- Looking at it -----------------------------------------------------------------------------------------------------------
def test_preview_says_what_would_happen_and_changes_nothing(client, event):
    make_attendee(event, email="grace@example.org", first_name="Grace", last_name="Hopper")

    page = client.get(brought(client, event))

    report = page.context["preview"].report
    assert (report.created, report.updated, report.skipped, report.ignored_columns) == (1, 0, 2, ["Shoe size"])
    assert [row["number"] for row in page.context["preview"].rows] == [2, 3, 4]
    assert [cell["text"] for cell in page.context["preview"].rows[0]["cells"]] == ["Ada", "Lovelace", "ada@example.org"]
    for words in ("ada@example.org", "Shoe size", "This is not an e-mail address.", "This person is registered already."):
        assert words in text_of(page)
    assert event.attendees.count() == 1
    assert not Job.objects.exists()


def test_preview_counts_places_over_all_rows(client, event, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 2)
    type(event).objects.filter(pk=event.pk).update(max_attendees=3)

    page = client.get(brought(client, event, "First name,E-mail\n" + "".join(f"P,p{n}@example.org\n" for n in range(7))))

    assert (page.context["preview"].report.created, page.context["preview"].report.waitlisted) == (7, 4)


def test_preview_asks_for_headings_that_may_mean_two_things(client, event):
    address = brought(client, event, "Name,E-mail\nAda Lovelace,ada@example.org\n")

    page = client.get(address)
    assert page.status_code == 200
    assert page.context["preview"] is None
    assert page.context["form"]["column_0"].value() == "?"
    refused = client.post(address, {**said(page), "start": "1"})
    assert refused.status_code == 422
    assert "Please say what this column means." in text_of(refused)
    assert not Job.objects.exists()

    job = start(client, address, column_0="first_name")
    services.run(job.pk)
    assert names_of(event) == [("Ada Lovelace", "ada@example.org")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"column_2": ""}, "No column holds e-mail addresses."),
        ({"column_0": "", "column_1": ""}, "No column holds names."),
        ({"column_3": "last_name"}, "Two columns are said to be “Last name”."),
        ({"column_0": "password"}, "Select a valid choice"),
        ({"attendee_type": "999999"}, "Select a valid choice"),
    ],
)
def test_preview_refuses_what_can_t_be_imported_and_keeps_what_was_chosen(client, event, changes, words):
    address = brought(client, event)

    page = client.post(address, {**said(client.get(address), **changes), "start": "1"})

    assert page.status_code == 422
    assert words in text_of(page)
    for name, value in changes.items():
        assert (page.context["form"][name].value() or "") == value
    assert not Job.objects.exists()


def test_preview_shows_a_list_without_addresses_and_says_so(client, event):
    page = client.get(brought(client, event, "First name,Last name\nAda,Lovelace\n"))

    assert page.status_code == 200
    assert "No column holds e-mail addresses." in text_of(page)


def test_looking_again_shows_the_other_outcome_and_starts_nothing(client, event):
    address = brought(client, event)

    page = client.post(address, {**said(client.get(address), column_3="phone"), "look": "1"})

    assert page.status_code == 200
    assert "38" in [cell["text"] for cell in page.context["preview"].rows[0]["cells"]]
    assert not Job.objects.exists()


def test_types_of_other_events_can_t_be_chosen(client, event):
    theirs = make_type(make_event())
    address = brought(client, event)

    assert client.post(address, {**said(client.get(address), attendee_type=theirs.pk), "start": "1"}).status_code == 422


# --- Importing it ------------------------------------------------------------------------------------------------------------
def test_import_takes_the_people_and_tells_about_every_row(client, event, owner):
    make_attendee(event, email="grace@example.org", first_name="Grace", last_name="")
    job = start(client, brought(client, event))

    assert services.run(job.pk) == "done"

    job.refresh_from_db()
    assert job.result == {"created": 1, "waitlisted": 0, "updated": 1, "skipped": 1, "ignored_columns": ["Shoe size"]}
    ada, grace = (event.attendees.get(email=email).about for email in ("ada@example.org", "grace@example.org"))
    assert list(job.lines.values_list("number", "outcome", "reason", "about")) == [
        (2, "created", "", ada),
        (3, "updated", "", grace),
        (4, "skipped", "invalid_email", ""),
    ]
    page = text_of(client.get(reverse("jobs:detail", args=[job.pk])))
    assert "This is not an e-mail address." in page
    assert "invalid_email" not in page
    for words in ("Created: 1", "Updated: 1", "Left out: 1"):
        assert words in page
    step = event.attendees.get(email="ada@example.org").steps.get()
    assert (step.by, step.source) == (owner, "import")


def test_rows_that_were_left_out_come_as_a_list_to_be_mended(client, event):
    job = start(client, brought(client, event, LIST + "=1+1,,=cmd,\n"))
    services.run(job.pk)

    answer = client.get(reverse("jobs:file", args=[job.pk]))

    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows == [
        ["Row", "Reason", "First name", "Last name", "E-mail", "Shoe size"],
        ["4", "This is not an e-mail address.", "Nobody", "", "not-an-address", "40"],
        ["5", "This is not an e-mail address.", "'=1+1", "", "'=cmd", ""],
    ]
    mended = brought(client, event, "\n".join(",".join(row) for row in rows[:2]).replace("not-an-address", "nobody@example.org"))
    services.run(start(client, mended).pk)
    assert event.attendees.filter(email="nobody@example.org").exists()


def test_the_file_is_gone_when_the_job_has_ended_and_its_page_leads_there(client, event):
    address = brought(client, event)
    job = start(client, address)
    assert list(lists.root().iterdir())

    services.run(job.pk)

    assert not list(lists.root().iterdir())
    assert client.get(address).url == reverse("jobs:detail", args=[job.pk])
    assert client.post(address, {"start": "1"}).url == reverse("jobs:detail", args=[job.pk])
    assert Job.objects.count() == 1


def test_a_cancelled_import_keeps_no_file(client, event):
    job = start(client, brought(client, event))

    services.cancel_job(job)

    assert not list(lists.root().iterdir())


def test_an_old_upload_is_forgotten_and_its_page_says_so(client, event, monkeypatch):
    address = brought(client, event)
    monkeypatch.setattr(lists, "KEPT_SECONDS", -1)
    send(client, event)

    answer = client.get(address, follow=True)

    assert answer.redirect_chain == [(UPLOAD, 302)]
    assert "no longer here" in text_of(answer)


def test_pressing_twice_starts_one_import(client, event):
    address = brought(client, event)

    assert start(client, address) == start(client, address)
    assert Job.objects.count() == 1


def test_a_second_import_of_the_list_creates_nobody(client, event):
    services.run(start(client, brought(client, event)).pk)

    job = start(client, brought(client, event))
    services.run(job.pk)

    job.refresh_from_db()
    assert (job.result["created"], job.result["updated"], job.result["skipped"]) == (0, 0, 3)
    assert event.attendees.count() == 2


def test_people_are_written_to_only_when_that_was_ticked(client, event):
    services.run(start(client, brought(client, event, "First name,E-mail\nAda,ada@example.org\n")).pk)
    assert not Message.objects.exists()

    services.run(start(client, brought(client, event, "First name,E-mail\nBob,bob@example.org\n"), tell="on").pk)
    assert list(Message.objects.values_list("to_address", flat=True)) == ["bob@example.org"]


def test_an_import_whose_right_was_lost_takes_nobody(event):
    member = make_member(event, "organiser")
    client = client_of(member.user)
    job = start(client, brought(client, event))
    member.delete()

    assert services.run(job.pk) == "failed"
    job.refresh_from_db()
    assert job.error["code"] == "not_allowed"
    assert not event.attendees.exists()


class Killed(BaseException):
    """As if the power went."""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_import_that_died_in_the_middle_goes_on_where_it_was(client, event, monkeypatch, moment):
    """After the second chunk was written but not committed, or just committed: every row once, the numbers those of one run."""
    monkeypatch.setattr(imports, "CHUNK", 3)
    rows = [f"P{n},p{n}@example.org" for n in range(10)]
    rows[4], rows[8] = "Again,p0@example.org", "Bad,nothing"
    job = start(client, brought(client, event, "First name,E-mail\n" + "\n".join(rows)))
    whole = job_kinds_lists.Writer.chunk

    def dies(self, done, outcomes):
        if done == 6 and moment == "before":
            raise Killed
        if done == 9 and moment == "after":
            raise Killed
        whole(self, done, outcomes)

    monkeypatch.setattr(job_kinds_lists.Writer, "chunk", dies)
    with pytest.raises(Killed):
        services.run(job.pk)
    job.refresh_from_db()
    kept = 3 if moment == "before" else 6
    assert (job.state, job.checkpoint["done"], job.lines.count()) == ("running", kept, kept)

    Job.objects.filter(pk=job.pk).update(lease_until="2026-01-01T00:00Z")  # its worker is silent
    monkeypatch.setattr(job_kinds_lists.Writer, "chunk", whole)
    assert services.run(job.pk) == "done"

    job.refresh_from_db()
    assert (job.result["created"], job.result["skipped"], job.attempt) == (8, 2, 2)
    assert [number for (number,) in job.lines.values_list("number")] == list(range(2, 12))
    assert sorted(event.attendees.values_list("email", flat=True)) == [f"p{n}@example.org" for n in range(10) if n not in {4, 8}]
    skipped = dict(job.lines.filter(outcome="skipped").values_list("number", "reason"))
    assert skipped == {6: "duplicate_in_file", 10: "invalid_email"}


def test_references_are_taken_once(client, event):
    text = "First name,E-mail,Reference\nA,a@example.org,R1\nB,b@example.org,R1\nC,c@example.org,\nD,d@example.org,\n"
    job = start(client, brought(client, event, text))
    services.run(job.pk)
    again = start(client, brought(client, event, "First name,E-mail,Reference\nE,e@example.org,R1\n"))
    services.run(again.pk)

    assert list(job.lines.filter(outcome="skipped").values_list("number", "reason")) == [(3, "duplicate_reference")]
    assert list(again.lines.values_list("outcome", "reason")) == [("skipped", "reference_taken")]


def test_naughty_strings_are_stored_as_typed_or_left_out_with_a_reason(client, event, sample_data):
    strings = json.loads((sample_data / "strings_blns" / "blns.json").read_text(encoding="utf-8"))
    out = io.StringIO(newline="")
    rows = [["First name", "Organisation", "E-mail"], *([text, text, f"p{n}@example.org"] for n, text in enumerate(strings))]
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    emails = [["First name", "E-mail"], *(["A", text] for text in strings)]
    second = io.StringIO(newline="")
    csv.writer(second, quoting=csv.QUOTE_ALL).writerows(emails)

    job = start(client, brought(client, event, out.getvalue()))
    assert services.run(job.pk) == "done"
    other = start(client, brought(client, event, second.getvalue()))
    assert services.run(other.pk) == "done"

    from netevent.core.text import trimmed

    found = dict(event.attendees.filter(email__endswith="@example.org").values_list("email", "first_name"))
    left_out = dict(job.lines.filter(outcome="skipped").values_list("number", "reason"))
    for number, text in enumerate(strings):
        email = f"p{number}@example.org"
        reason = "no_name" if not trimmed(text) else "first_name_too_long" if len(trimmed(text)) > 100 else ""
        if reason:
            assert email not in found
        else:
            assert found[email] == trimmed(text.replace("\r\n", "\n").replace("\r", "\n"))
    assert {*left_out.values()} <= {"no_name", "first_name_too_long"}
    assert len(found) + len(left_out) == len(strings)
    assert {*other.lines.filter(outcome="skipped").values_list("reason", flat=True)} <= {"no_email", "invalid_email", "duplicate_in_file"}
    page = client.get(brought(client, event, out.getvalue()))
    assert page.status_code == 200
    assert "<script>alert" not in text_of(page)


def test_every_reason_of_an_import_has_a_sentence():
    import re
    from pathlib import Path

    source = Path(imports.__file__).read_text(encoding="utf-8")
    words = set(re.findall(r'BadRow\(\s*"(\w+)"', source)) | set(re.findall(r'"skipped",\s*"(\w+)"', source))

    assert words
    assert words <= set(imports.REASONS)
    assert {f"{name}_too_long" for name in imports.LONGEST} <= set(imports.REASONS)


def test_preview_asks_the_database_as_often_for_many_rows_as_for_few(client, event, django_assert_max_num_queries):
    few = brought(client, event)
    many = brought(client, event, "First name,E-mail\n" + "".join(f"P{n},p{n}@example.org\n" for n in range(300)))
    for address in (few, many):
        with django_assert_max_num_queries(45):
            assert client.get(address).status_code == 200
    assert files.root() != lists.root()
    assert not Attendee.objects.exists()
