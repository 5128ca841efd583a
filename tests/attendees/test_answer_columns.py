"""Answers in files: one column a question, out as labels, in by key or by heading, and back as they were."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import reverse

from attendees.exports.attendee_list import write_list
from attendees.models import Attendee, QuestionAnswer
from attendees.services.imports import import_table, plan_import
from attendees.services.lists import people_for
from attendees.services.questions import answers_of, save_answers
from netevent.core.tables import read_table
from netevent.jobs import services
from netevent.jobs.models import Job, JobLine
from tests.factories import make_attendee, make_event, make_member, make_organiser, make_question, make_user

pytestmark = pytest.mark.django_db
DIETS = {"v": "Vegan", "n": "Nuts, no; thanks", "o": "=Other"}


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def owner():
    return make_user("owner@example.org")


@pytest.fixture
def event(owner):
    event = make_event(organiser=make_organiser(owner))
    make_question(event, key="diet", kind="choice", choices=DIETS, label_en="What do you eat?", label_de="Was isst du?")
    make_question(event, key="days", kind="several", choices={"a": "Monday", "b": "Tuesday"}, label_en="Days")
    make_question(event, key="beer", kind="yes_no", label_en="Beer?")
    make_question(event, key="size", kind="number", label_en="Size")
    make_question(event, key="born", kind="date", label_en="Born")
    make_question(event, key="why", kind="long_text", label_en="=Why?")
    return event


SAID = {"diet": "o", "days": ["a", "b"], "beer": False, "size": "12.5", "born": "1999-12-31", "why": "=1+1\nnew"}


def answered(event, **said):
    attendee = make_attendee(event)
    save_answers(attendee, event.questions.all(), said or SAID)
    return attendee


def exported(event, owner, file_format="csv"):
    out = io.BytesIO()
    write_list(event, people_for(owner, event, {}), out, file_format=file_format)
    return out.getvalue()


def told(content):
    headings, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return [dict(zip(headings, row, strict=True)) for row in rows]


def table(text):
    return read_table(io.BytesIO(text.encode()), "x.csv")


def imported(event, text, **options):
    content = table(text)
    return import_table(plan_import(event, content, **options), content)


def test_export_has_a_column_a_question_with_labels_and_nothing_that_calculates(event, owner):
    answered(event)

    (row,) = told(exported(event, owner))

    assert {name: row[name] for name in ("What do you eat?", "Days", "Beer?", "Size", "Born", "'=Why?")} == {
        "What do you eat?": "'=Other",
        "Days": "Monday; Tuesday",
        "Beer?": "No",
        "Size": "12.5",
        "Born": "1999-12-31",
        "'=Why?": "'=1+1\nnew",
    }


def test_json_holds_the_answers_as_stored(event, owner):
    answered(event)

    (row,) = json.loads(exported(event, owner, "json"))

    assert {key: row[f"answer_{key}"] for key in SAID} == SAID


def test_questions_of_one_name_are_told_apart_by_their_keys(event, owner):
    make_question(event, key="role-2", label_en="Role")
    make_question(event, key="x", label_en="Same")
    make_question(event, key="y", label_en="Same")
    answered(event)

    (row,) = told(exported(event, owner))

    assert {"Role", "Role (role-2)", "Same (x)", "Same (y)"} <= {*row}


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_export_comes_back_as_it_was(event, owner, file_format):
    answered(event)
    content = exported(event, owner, file_format)
    other = make_event()
    for question in event.questions.all():
        make_question(other, key=question.key, kind=question.kind, choices=question.choices, label_en=question.label_en)

    again = read_table(io.BytesIO(content), f"x.{file_format}")
    report = import_table(plan_import(other, again), again)

    assert (report.created, report.errors) == (1, [])
    assert answers_of(Attendee.objects.get(event=other)) == SAID


def test_columns_are_known_by_key_and_by_question_in_any_language(event):
    imported(
        event,
        'E-mail,First name,Was isst du?,days,Beer?,answer_size\na@x.org,Ada,vegan,"Tuesday, Monday",Ja,"1,5"\nb@x.org,Bo,V,b,ja,\n',
    )

    assert answers_of(Attendee.objects.get(email="a@x.org")) == {"diet": "v", "days": ["a", "b"], "beer": True, "size": "1.5"}
    assert answers_of(Attendee.objects.get(email="b@x.org")) == {"diet": "v", "days": ["b"], "beer": True}


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("diet", "meat", "answer_unknown_choice"),
        ("days", "a;x", "answer_unknown_choice"),
        ("beer", "maybe", "answer_unknown_choice"),
        ("size", "ten", "answer_no_number"),
        ("born", "31.12.1999", "answer_no_date"),
        ("why", "x" * 5001, "answer_too_long"),
    ],
)
def test_bad_answers_leave_the_row_out_with_the_reason(event, column, cell, reason):
    report = imported(event, f"E-mail,First name,{column}\na@x.org,Ada,{cell}\nb@x.org,Bo,\n")

    assert report.errors == [{"row": 2, "reason": reason}]
    assert list(Attendee.objects.values_list("email", flat=True)) == ["b@x.org"]


def test_known_people_get_answers_they_lack_and_keep_what_they_said_themselves(event):
    proved, other, same = answered(event, diet="v"), answered(event, diet="v"), answered(event, diet="o")
    Attendee.objects.filter(pk=proved.pk).update(email_proved_at=proved.created_at)

    rows = "".join(f"{person.email},Ada,Other,{size}\n" for person, size in ((proved, "7"), (other, ""), (same, "")))
    report = imported(event, f"E-mail,First name,diet,Size\n{rows}".replace("Other", "o"))

    assert [answers_of(person) for person in (proved, other, same)] == [{"diet": "v", "size": "7"}, {"diet": "o"}, {"diet": "o"}]
    assert (report.updated, report.skipped) == (2, 1)


def test_dry_run_writes_no_answer(event):
    report = imported(event, "E-mail,First name,diet\na@x.org,Ada,v\n", dry_run=True)

    assert report.created == 1
    assert not QuestionAnswer.objects.exists()


def test_rows_cost_no_query_each(event, owner, django_assert_max_num_queries):
    people = "".join(f"p{n}@x.org,Ada,v,a,yes\n" for n in range(300))

    with django_assert_max_num_queries(60):
        imported(event, f"E-mail,First name,diet,days,beer\n{people}")
    assert QuestionAnswer.objects.count() == 900
    with django_assert_max_num_queries(7):
        exported(event, owner)


def test_desk_offers_the_questions_as_columns_and_the_job_takes_them(event):
    client, manager = Client(), make_user()
    make_member(event, "organiser", manager)
    client.force_login(manager)
    file = io.BytesIO(b"E-mail,First name,What do you eat?,Mystery\na@x.org,Ada,Vegan,31.12.\nb@x.org,Bo,Vegan,1999-12-31\n")
    file.name = "people.csv"

    preview = client.post(reverse("admin:attendees_attendee_import"), {"event": event.pk, "file": file}, follow=True)
    page, address = preview.content.decode(), preview.redirect_chain[-1][0]
    assert 'value="answer:diet" selected' in page
    said = {"column_0": "email", "column_1": "first_name", "column_2": "answer:diet", "column_3": "answer:born"}
    client.post(address, {**said, "attendee_type": event.attendee_types.get().pk, "start": "1"})
    job = Job.objects.get()

    assert services.run(job.pk) == "done"
    assert list(JobLine.objects.filter(outcome="skipped").values_list("number", "reason")) == [(2, "answer_no_date")]
    assert answers_of(Attendee.objects.get(email="b@x.org")) == {"diet": "v", "born": "1999-12-31"}
    assert "should be a date" in client.get(reverse("jobs:detail", args=[job.pk])).content.decode()
