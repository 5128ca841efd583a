"""The desk's pages for questions and consent texts, and for what people said."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from attendees.models import Consent, ConsentText, Question
from attendees.services.consents import give_consent
from attendees.services.questions import answers_of, save_answers
from tests.factories import make_attendee, make_consent_text, make_event, make_member, make_question, make_type, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return make_event()


def client_of(event, role="organiser"):
    client = Client()
    user = make_user()
    make_member(event, role, user)
    client.force_login(user)
    return client


@pytest.fixture
def desk(event):
    return client_of(event)


def url(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:attendees_{model}_{page}", args=args)


def form_of(**said: Any) -> dict[str, Any]:
    return {"kind": "text", "when": "registration", "position": "0", "is_active": "on", "label_en": "Why?", **said}


def test_question_is_made_with_choices_written_one_a_line(desk, event):
    said = form_of(
        event=event.pk,
        kind="choice",
        label_nl="Wat eet je?",
        choices_en="vegan | Vegan\nEverything else\n",
        choices_nl="vegan | Plantaardig\nAl het andere",
    )

    response = desk.post(url("question", "add"), said)

    assert response.status_code == 302, response.context["adminform"].form.errors
    question = Question.objects.get()
    assert question.key == "why"
    assert question.choices == [
        {"key": "vegan", "label": {"en": "Vegan", "nl": "Plantaardig"}},
        {"key": "everything-else", "label": {"en": "Everything else", "nl": "Al het andere"}},
    ]
    assert "vegan | Plantaardig" in desk.get(url("question", "change", question.pk)).content.decode()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "choice"}, "choices_en"),
        ({"kind": "choice", "choices_en": "a | One\na | Two"}, "choices_en"),
        ({"label_en": ""}, "label_en"),
        ({"key": "no spaces"}, "key"),
    ],
)
def test_question_that_makes_no_sense_is_refused_at_its_field(desk, event, said, field):
    response = desk.post(url("question", "add"), form_of(event=event.pk, **said))

    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert not Question.objects.exists()


def change(desk, question, **said):
    shown = desk.get(url("question", "change", question.pk)).context["adminform"].form
    now = {name: shown.initial.get(name, field.initial) for name, field in shown.fields.items()}
    now["depends_values"] = "\n".join(question.depends_values)
    return desk.post(
        url("question", "change", question.pk), {k: v for k, v in {**now, **said}.items() if v not in (None, False)}, follow=False
    )


def test_kind_and_chosen_choices_stay_once_somebody_answered(desk, event):
    question = make_question(event, key="diet", kind="choice", choices={"a": "All", "v": "Vegan"})
    save_answers(make_attendee(event), [question], {"diet": "v"})

    other_kind = change(desk, question, kind="text")
    lost = change(desk, question, choices_en="a | All")
    fine = change(desk, question, choices_en="a | Everything\nv | Vegan\nx | None", is_active="on")

    assert "kind" in other_kind.context["adminform"].form.errors
    assert "choices_en" in lost.context["adminform"].form.errors
    assert fine.status_code == 302, fine.context["adminform"].form.errors
    assert [row["key"] for row in Question.objects.get().choices] == ["a", "v", "x"]


def test_answered_question_is_not_deleted_but_switched_off(desk, event):
    answered, free = make_question(event, key="a"), make_question(event, key="b")
    save_answers(make_attendee(event), [answered], {"a": "x"})

    desk.post(url("question", "delete", free.pk), {"post": "yes"})
    refused = desk.post(url("question", "delete", answered.pk), {"post": "yes"}, follow=True).content.decode()

    assert list(Question.objects.values_list("key", flat=True)) == ["a"]
    assert "Switch it off instead" in refused


def test_condition_names_a_question_of_the_same_event_and_no_circle(desk, event):
    diet = make_question(event, key="diet", kind="choice", choices={"a": "All", "o": "Other"})
    other = make_question(event, key="other")
    strange = make_question(make_event())

    fine = change(desk, other, depends_on=diet.pk, depends_values="Other", is_active="on")
    assert fine.status_code == 302, fine.context["adminform"].form.errors
    other.refresh_from_db()
    assert other.depends_values == ["o"]

    for question, said in (
        (other, {"depends_on": strange.pk}),
        (other, {"depends_on": diet.pk, "depends_values": "Nothing"}),
        (diet, {"depends_on": other.pk, "depends_values": ""}),
    ):
        assert {"depends_on", "depends_values"} & {*change(desk, question, **said).context["adminform"].form.errors}


def test_only_types_of_the_event_are_offered(desk, event):
    mine, strange = make_type(event, name_en="My own type"), make_type(make_event(), name_en="Somebody's type")
    question = make_question(event)

    page = desk.get(url("question", "change", question.pk)).content.decode()

    assert mine.name in page
    assert strange.name not in page


def test_preview_shows_what_people_see(desk, event):
    question = make_question(event, label_en="What do you eat?")
    make_consent_text(event, text_en="Photos are fine.")
    make_question(event, label_en="Your table?", when="check_in")

    page = desk.get(url("question", "preview", question.pk)).content.decode()

    assert all(words in page for words in ("What do you eat?", "Photos are fine.", "Your table?"))


def test_changed_consent_text_is_a_new_version_and_given_ones_keep_theirs(desk, event):
    text = make_consent_text(event, purpose="photos", text_en="Photos are fine.")
    give_consent(make_attendee(event), text)

    desk.post(url("consenttext", "change", text.pk), {"is_active": "on", "is_required": "on", "text_en": "Photos are fine."})
    assert list(ConsentText.objects.values_list("version", "is_required", "is_active")) == [(1, True, True)]
    response = desk.post(url("consenttext", "change", text.pk), {"is_active": "on", "is_required": "on", "text_en": "Films too."})

    assert response.status_code == 302
    assert list(ConsentText.objects.order_by("version").values_list("version", "text_en", "is_active")) == [
        (1, "Photos are fine.", False),
        (2, "Films too.", True),
    ]
    assert Consent.objects.get().text == text
    old = desk.post(url("consenttext", "change", text.pk), {"is_active": "on", "text_en": "Back again."})
    assert "newer version" in old.content.decode()


# --- A person's page -------------------------------------------------------------------------------------------------------
def test_answers_stand_on_the_attendees_page_and_are_changed_by_who_manages(desk, event):
    why = make_question(event, key="why", is_required=True, label_en="Why?")
    make_question(event, key="table", when="check_in")
    attendee = make_attendee(event)
    save_answers(attendee, [why], {"why": "<b>Because</b>"})

    page = desk.get(url("attendee", "change", attendee.pk)).content.decode()
    assert "&lt;b&gt;Because" in page
    make_question(event, key="then", depends_on=why, label_en="<i>Then</i>", help_text_en="<i>Hint</i>")
    make_question(event, key="last", depends_on=event.questions.get(key="then"))
    asked = desk.get(url("attendee", "change_answers_one", attendee.pk)).content.decode()
    assert 'name="answer_why"' in asked
    assert "Only if you answered “&lt;i&gt;Then" in asked
    assert "<i>" not in asked
    desk.post(url("attendee", "change_answers_one", attendee.pk), {"answer_why": "", "answer_table": "7"})

    assert answers_of(attendee) == {"table": "7"}


@pytest.mark.parametrize(("role", "sees"), [("organiser", True), ("editor", False), ("check-in", False), ("viewer", False)])
def test_only_who_may_see_people_sees_answers(event, role, sees):
    paper = make_question(event, key="paper", kind="file")
    attendee = make_attendee(event)
    save_answers(attendee, [paper], {"paper": SimpleUploadedFile("secret.pdf", b"%PDF-")})
    answer = attendee.answers.get()
    client = client_of(event, role)

    codes = [client.get(url("questionanswer", page, answer.pk)).status_code for page in ("change", "download")]

    assert [code == 200 for code in codes] == [sees, sees]


def test_file_is_downloaded_at_the_desk(desk, event):
    paper = make_question(event, key="paper", kind="file")
    attendee = make_attendee(event)
    save_answers(attendee, [paper], {"paper": SimpleUploadedFile("my.pdf", b"%PDF-1")})

    response = desk.get(url("questionanswer", "download", attendee.answers.get().pk))

    assert b"".join(response.streaming_content) == b"%PDF-1"
    assert response["Content-Disposition"] == 'attachment; filename="my.pdf"'
