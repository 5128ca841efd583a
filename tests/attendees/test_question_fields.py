"""Questions and consents on the registration page: which are asked, what is kept, what is refused."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from django.conf import settings as live_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from attendees.models import Attendee, Consent, QuestionAnswer
from attendees.services.questions import answers_of
from attendees.services.registration import cancel_registration
from netevent.core.text import NOT_PRINTABLE, trimmed
from tests.attendees.pages import text_of
from tests.factories import make_attendee, make_consent_text, make_event, make_question, make_type

pytestmark = pytest.mark.django_db

ADA = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}
DIETS = {"none": "Everything", "vegan": "Vegan", "other": "Other"}


def address(event):
    return reverse("attendees:register", args=[event.code])


def send(client, event, **fields):
    return client.post(address(event), {**ADA, **fields})


def ada(event):
    return Attendee.objects.get(event=event, email="ada@example.org")


def picture(kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, kind)
    return out.getvalue()


@pytest.fixture
def event():
    return make_event()


@pytest.fixture
def diet(event):
    return make_question(event, key="diet", kind="choice", choices=DIETS, is_required=True, label_en="What do you eat?")


# --- Showing them ----------------------------------------------------------------------------------------------------------
def test_page_without_questions_shows_none_and_asks_no_more_of_the_database(client, event):
    with CaptureQueriesContext(
        connection,
    ) as without:
        page = text_of(client.get(address(event)))

    assert "data-questions" not in page
    assert [row for row in without.captured_queries if 'FROM "attendees_question' in row["sql"] and "EXISTS" not in row["sql"]] == []


def test_page_shows_the_questions_in_their_order_with_their_choices(client, event, diet):
    make_question(event, key="why", kind="long_text", label_en="Why do you come?", position=0)
    make_question(event, key="off", label_en="Switched off", is_active=False)
    make_question(event, key="door", label_en="At the door", when="check_in")

    page = text_of(client.get(address(event)))

    assert page.index("Why do you come?") < page.index("What do you eat?")
    assert "Vegan" in page
    assert "Switched off" not in page
    assert "At the door" not in page


def test_page_speaks_the_readers_language_and_falls_back(client, event):
    make_question(
        event,
        key="diet",
        kind="choice",
        label_en="What do you eat?",
        label_de="Was isst du?",
        choices=[{"key": "a", "label": {"en": "All", "de": "Alles"}}, {"key": "b", "label": {"nl": "Weinig"}}],
    )

    german, polish = (text_of(client.get(f"{address(event)}?lang={code}")) for code in ("de", "pl"))

    assert "Was isst du?" in german
    assert "Alles" in german
    assert "Weinig" in german
    assert "What do you eat?" in polish
    assert "All" in polish


def test_an_organisers_words_are_never_live(client, event):
    make_question(event, key="x", label_en="<script>1</script>", help_text_en="<img src=x onerror=1>")
    make_consent_text(event, text_en="<script>2</script>\nand 'more'")

    page = text_of(client.get(address(event)))

    assert "<script>1" not in page
    assert "<script>2" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;2&lt;/script&gt;<br>and &#x27;more&#x27;" in page


# --- Keeping them ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "sent", "kept"),
    [
        ({"kind": "text"}, "  Utrecht ", "Utrecht"),
        ({"kind": "long_text"}, "one\r\ntwo", "one\ntwo"),
        ({"kind": "choice", "choices": DIETS}, "vegan", "vegan"),
        ({"kind": "several", "choices": DIETS}, ["other", "none"], ["none", "other"]),
        ({"kind": "yes_no"}, "yes", True),
        ({"kind": "yes_no"}, "no", False),
        ({"kind": "number"}, "012,50", "12.5"),
        ({"kind": "number"}, "-0", "0"),
        ({"kind": "date"}, "2026-05-31", "2026-05-31"),
    ],
)
def test_answers_are_kept_by_kind(client, event, fields, sent, kept):
    make_question(event, key="x", **fields)

    assert send(client, event, answer_x=sent).status_code == 303

    assert answers_of(ada(event)) == {"x": kept}


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"kind": "text"}, "bell\x07"),
        ({"kind": "text"}, "x" * 501),
        ({"kind": "choice", "choices": DIETS}, "meat"),
        ({"kind": "several", "choices": DIETS}, ["vegan", "meat"]),
        ({"kind": "yes_no"}, "maybe"),
        ({"kind": "number"}, "1e9"),
        ({"kind": "number"}, "1_000"),
        ({"kind": "number"}, "NaN"),
        ({"kind": "number"}, "1,000.5"),
        ({"kind": "date"}, "31-05-2026"),
        ({"kind": "date"}, "2026-02-30"),
        ({"kind": "file"}, "no-file.pdf"),
    ],
)
def test_what_is_no_answer_is_refused_at_its_field_and_nothing_typed_is_lost(client, event, fields, sent):
    make_question(event, key="x", is_required=True, **fields)

    response = send(client, event, answer_x=sent, organisation="Analytical Engines")

    assert response.status_code == 422
    assert "answer_x" in response.context["form"].errors
    assert "Analytical Engines" in text_of(response)
    assert not Attendee.objects.filter(event=event).exists()


def test_required_question_is_asked_for_and_an_optional_one_is_not(client, event, diet):
    make_question(event, key="why")

    response = send(client, event)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["answer_diet"]
    assert 'href="#id_answer_diet' in text_of(response)


def test_question_for_another_type_is_not_asked(client, event):
    student, guest = make_type(event, code="STUDENT"), make_type(event, code="GUEST")
    make_question(event, key="number", is_required=True, types=[student])

    assert send(client, event, attendee_type="STUDENT").status_code == 422
    assert send(client, event, attendee_type="GUEST", answer_number="S1").status_code == 303
    assert ada(event).attendee_type == guest
    assert answers_of(ada(event)) == {}


def test_dependent_question_is_asked_only_after_its_answer(client, event, diet):
    other = make_question(event, key="other", depends_on=diet, depends_values=["other"], is_required=True)
    make_question(event, key="more", depends_on=other, is_required=True)

    refused = send(client, event, answer_diet="other")
    assert list(refused.context["form"].errors) == ["answer_other"]
    assert list(send(client, event, answer_diet="other", answer_other="Fish").context["form"].errors) == ["answer_more"]

    assert send(client, event, answer_diet="vegan", answer_other="\x07", answer_more="x").status_code == 303
    assert answers_of(ada(event)) == {"diet": "vegan"}


def test_condition_is_said_in_words_for_who_has_no_script(client, event, diet):
    make_question(event, key="other", depends_on=diet, depends_values=["other"])

    page = text_of(client.get(address(event)))

    assert "Only if “What do you eat?” is: Other." in page
    assert 'data-source="answer_diet"' in page
    assert 'data-values="[&quot;other&quot;]"' in page


# --- Files -----------------------------------------------------------------------------------------------------------------
@pytest.fixture
def paper(event):
    return make_question(event, key="paper", kind="file")


@pytest.mark.parametrize(("content", "ending"), [(b"%PDF-1.7 x", ".pdf"), (picture(), ".png"), (picture("JPEG"), ".jpg")])
def test_file_is_known_by_its_content_and_kept_under_a_name_of_its_own(client, event, paper, content, ending):
    assert send(client, event, answer_paper=SimpleUploadedFile("../my paper.exe", content)).status_code == 303

    row = QuestionAnswer.objects.get(question=paper)
    assert re.fullmatch(rf"answers/[0-9a-f]{{32}}\{ending}", row.file.name)
    assert row.value == "my paper.exe"
    assert row.file.read() == content


@pytest.mark.parametrize("content", [b"", b"<html>", b"MZ\x90", picture("GIF"), b"\x89PNG\r\n\x1a\n"])
def test_other_files_are_refused(client, event, paper, content):
    response = send(client, event, answer_paper=SimpleUploadedFile("a.pdf", content, content_type="application/pdf"))

    assert response.status_code == 422
    assert "answer_paper" in response.context["form"].errors


def test_large_files_are_refused(client, event, paper, settings):
    settings.MAX_UPLOAD_MB = 1

    response = send(client, event, answer_paper=SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * 1024 * 1024))

    assert "larger than 1 MB" in text_of(response)


def test_many_files_are_too_many(client, event, paper, settings):
    settings.RATE_LIMITS = {"upload.user": "1/h"}

    answers = [send(client, event, email=f"a{n}@x.org", answer_paper=SimpleUploadedFile("a.pdf", b"%PDF-")).status_code for n in (1, 2)]

    assert answers == [303, 429]


def test_who_must_correct_something_else_is_told_to_choose_the_file_again(client, event, paper):
    response = send(client, event, first_name="", answer_paper=SimpleUploadedFile("a.pdf", b"%PDF-"))

    assert "choose the file once more" in text_of(response)


# --- Consents --------------------------------------------------------------------------------------------------------------
def test_consent_is_kept_with_its_text_and_the_language_it_was_read_in(client, event):
    photos = make_consent_text(event, purpose="photos", text_de="Fotos sind in Ordnung.")
    make_consent_text(event, purpose="news")

    page = client.get(f"{address(event)}?lang=de")
    assert "Fotos sind in Ordnung." in text_of(page)
    assert send(client, event, consent_photos=photos.pk).status_code == 303

    assert list(Consent.objects.values_list("attendee", "text", "language", "withdrawn_at")) == [(ada(event).pk, photos.pk, "de", None)]


def test_required_consent_is_needed(client, event):
    make_consent_text(event, purpose="rules", is_required=True)

    assert list(send(client, event).context["form"].errors) == ["consent_rules"]


def test_nobody_agrees_to_words_they_did_not_see(client, event):
    old = make_consent_text(event, purpose="rules", is_active=False)
    make_consent_text(event, purpose="rules", version=2)

    response = send(client, event, consent_rules=old.pk)

    assert response.status_code == 422
    assert "This text has changed" in text_of(response)
    assert f'name="consent_rules" value="{old.pk}"' not in text_of(response)


# --- Whose answers ---------------------------------------------------------------------------------------------------------
def test_stranger_who_types_a_proved_address_changes_no_answer_and_agrees_to_nothing(client, event, diet):
    text = make_consent_text(event, purpose="rules")
    known = make_attendee(event, email="ada@example.org")
    QuestionAnswer.objects.create(attendee=known, question=diet, value="none")
    Attendee.objects.filter(pk=known.pk).update(email_proved_at=known.created_at)
    cancel_registration(known, source="desk")

    assert send(client, event, answer_diet="vegan", consent_rules=text.pk).status_code == 303

    assert answers_of(known) == {"diet": "none"}
    assert not Consent.objects.exists()


def test_same_form_sent_twice_keeps_one_set_of_answers(client, event, diet):
    client.get(address(event))
    sent = [send(client, event, answer_diet="vegan", idempotency_key="k" * 32).status_code for _ in range(2)]

    assert sent == [303, 303]
    assert QuestionAnswer.objects.count() == 1


# --- Naughty strings ---------------------------------------------------------------------------------------------------------
def test_naughty_answers_are_kept_as_typed_or_refused_with_a_reason(client, event, sample_data, settings):
    settings.RATE_LIMITS = {"*": "off"}
    make_question(event, key="x", kind="long_text")
    make_question(event, key="y", kind="text")
    naughty = json.loads((sample_data / "strings_blns" / "blns.json").read_text(encoding="utf-8"))

    for number, text in enumerate(naughty[::5]):
        response = send(client, event, email=f"n{number}@example.org", answer_x=text, answer_y=text[:500])
        kept = QuestionAnswer.objects.filter(attendee__email=f"n{number}@example.org", question__key="x").first()
        if response.status_code == 422:
            assert {"answer_x", "answer_y"} & {*response.context["form"].errors}
            assert NOT_PRINTABLE.search(text.replace("\r\n", "\n").replace("\r", "\n")) or "\n" in text
        else:
            assert response.status_code == 303
            assert (kept.value if kept else "") == trimmed(text.replace("\r\n", "\n").replace("\r", "\n"))


def test_answers_of_files_lie_where_no_address_leads(client, event, paper):
    send(client, event, answer_paper=SimpleUploadedFile("a.pdf", b"%PDF-"))
    row = QuestionAnswer.objects.get(question=paper)

    assert Path(row.file.path).is_relative_to(live_settings.MEDIA_ROOT)
    assert client.get(f"{live_settings.MEDIA_URL}{row.file.name}").status_code == 404
