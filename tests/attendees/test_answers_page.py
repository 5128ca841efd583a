"""What an attendee told and agreed to, on the attendee's own pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendees.models import Consent, QuestionAnswer
from attendees.services.consents import give_consent, revise_consent
from attendees.services.questions import answers_of, save_answers
from attendees.services.registration import cancel_registration
from events.models import Event
from tests.attendees.pages import browser_of, page, text_of
from tests.factories import make_attendee, make_consent_text, make_event, make_question, make_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return make_event()


@pytest.fixture
def attendee(event):
    return make_attendee(event)


@pytest.fixture
def me(attendee):
    return browser_of(attendee)


def answer(attendee, question, value):
    save_answers(attendee, [question], {question.key: value})


def test_personal_page_leads_to_the_answers_only_where_something_is_asked(event, attendee, me):
    without = text_of(me.get(page("dashboard", attendee)))
    make_question(event, key="why")

    assert page("answers") not in without
    assert page("answers") in text_of(me.get(page("dashboard", attendee)))


def test_answers_are_shown_and_changed(event, attendee, me):
    why = make_question(event, key="why")
    answer(attendee, why, "Old")

    assert 'value="Old"' in text_of(me.get(page("answers", attendee)))
    assert me.post(page("answers", attendee), {"answer_why": "New"}).status_code == 303

    assert answers_of(attendee) == {"why": "New"}


def test_only_questions_for_my_type_are_there(event, attendee, me):
    make_question(event, key="mine", label_en="For everybody")
    make_question(event, key="theirs", label_en="For others", types=[make_type(event)], is_required=True)

    assert "For others" not in text_of(me.get(page("answers", attendee)))
    assert me.post(page("answers", attendee), {"answer_mine": "x"}).status_code == 303


def test_required_answers_are_asked_for_and_superfluous_ones_go(event, attendee, me):
    diet = make_question(event, key="diet", kind="choice", choices={"a": "All", "o": "Other"}, is_required=True)
    other = make_question(event, key="other", depends_on=diet, depends_values=["o"], is_required=True)
    answer(attendee, diet, "o")
    answer(attendee, other, "Fish")

    assert me.post(page("answers", attendee), {"answer_diet": "o", "answer_other": " "}).status_code == 422
    assert me.post(page("answers", attendee), {"answer_diet": "a", "answer_other": "Fish"}).status_code == 303

    assert answers_of(attendee) == {"diet": "a"}


@pytest.mark.parametrize("ends", ["starts", "cancelled"])
def test_answers_stay_once_the_event_has_begun_or_the_registration_ended(event, attendee, me, ends):
    why = make_question(event, key="why")
    answer(attendee, why, "Old")
    if ends == "starts":
        Event.objects.filter(pk=event.pk).update(starts_at=timezone.now() - timedelta(minutes=1))
    else:
        cancel_registration(attendee, source="desk")

    shown = text_of(me.get(page("answers", attendee)))
    sent = me.post(page("answers", attendee), {"answer_why": "New"})

    assert "Old" in shown
    assert 'name="answer_why"' not in shown
    assert sent.status_code == 409
    assert answers_of(attendee) == {"why": "Old"}


def test_file_stays_is_replaced_and_taken_away(event, attendee, me):
    make_question(event, key="paper", kind="file")
    make_question(event, key="why")

    me.post(page("answers", attendee), {"answer_paper": SimpleUploadedFile("one.pdf", b"%PDF-1")})
    me.post(page("answers", attendee), {"answer_why": "x"})
    assert answers_of(attendee) == {"paper": "one.pdf", "why": "x"}

    me.post(page("answers", attendee), {"answer_paper": SimpleUploadedFile("two.pdf", b"%PDF-2")})
    assert QuestionAnswer.objects.get(question__key="paper").file.read() == b"%PDF-2"

    me.post(page("answers", attendee), {"remove_paper": "on"})
    assert answers_of(attendee) == {}


def test_file_that_was_replaced_or_taken_away_is_gone(event, attendee, me, django_capture_on_commit_callbacks):
    make_question(event, key="paper", kind="file")
    me.post(page("answers", attendee), {"answer_paper": SimpleUploadedFile("one.pdf", b"%PDF-1")})
    first = QuestionAnswer.objects.get().file
    with django_capture_on_commit_callbacks(execute=True):
        me.post(page("answers", attendee), {"answer_paper": SimpleUploadedFile("two.pdf", b"%PDF-2")})
    second = QuestionAnswer.objects.get().file
    assert (first.storage.exists(first.name), second.storage.exists(second.name)) == (False, True)

    with django_capture_on_commit_callbacks(execute=True):
        me.post(page("answers", attendee), {"remove_paper": "on"})

    assert not second.storage.exists(second.name)


def test_file_is_given_to_its_owner_alone_as_a_download(event, attendee, me):
    paper = make_question(event, key="paper", kind="file")
    answer(attendee, paper, SimpleUploadedFile('a"\r\nb.pdf', b"%PDF-1"))
    address = f"/attendee/answers/paper/file?event={event.code}"

    mine = me.get(address)

    assert b"".join(mine.streaming_content) == b"%PDF-1"
    assert mine["Content-Type"] == "application/pdf"
    assert mine["Content-Disposition"].startswith("attachment")
    assert browser_of(make_attendee(event)).get(address).status_code == 404


def test_consents_are_shown_given_and_withdrawn(event, attendee, me):
    photos = make_consent_text(event, purpose="photos", text_en="Photos are fine.")
    assert "Photos are fine." in text_of(me.get(page("answers", attendee)))

    me.post(page("consent", attendee), {"text": photos.pk, "act": "give"})
    me.post(page("consent", attendee), {"text": photos.pk, "act": "give"})
    assert Consent.objects.get().withdrawn_at is None

    me.post(page("consent", attendee), {"text": photos.pk, "act": "withdraw"})
    me.post(page("consent", attendee), {"text": photos.pk, "act": "give"})
    assert [row.withdrawn_at is None for row in Consent.objects.order_by("pk")] == [False, True]


def test_old_words_that_were_agreed_to_are_still_shown_and_can_be_withdrawn(event, attendee, me):
    old = make_consent_text(event, purpose="photos", text_en="Photos are fine.")
    give_consent(attendee, old)
    new = revise_consent(old, text_en="Photos and films are fine.")

    shown = text_of(me.get(page("answers", attendee)))
    me.post(page("consent", attendee), {"text": old.pk, "act": "give"})
    me.post(page("consent", attendee), {"text": old.pk, "act": "withdraw"})

    assert "Photos are fine." in shown
    assert "Photos and films are fine." in shown
    assert Consent.objects.get().withdrawn_at is not None
    assert (new.version, new.is_active, Consent.objects.count()) == (2, True, 1)


def test_texts_of_other_events_are_not_there(attendee, me):
    strange = make_consent_text(make_event())

    assert me.post(page("consent", attendee), {"text": strange.pk, "act": "give"}).status_code == 404
    assert me.post(page("consent", attendee), {"text": "x", "act": "give"}).status_code == 404


def test_page_asks_as_often_for_many_questions_as_for_one(event, attendee, me):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            me.get(page("answers", attendee))
        return len(queries)

    def ask(number):
        answer(attendee, make_question(event, key=f"k{number}"), "x")
        give_consent(attendee, make_consent_text(event))

    ask(0)
    few = cost()
    for number in range(1, 6):
        ask(number)

    assert cost() == few


@pytest.mark.parametrize(("rechecks", "state"), [(True, "pending_approval"), (False, "confirmed")])
def test_changed_answers_are_looked_at_again_where_the_event_wants_that(event, attendee, me, rechecks, state):
    Event.objects.filter(pk=event.pk).update(recheck_on_edit=rechecks)
    make_question(event, key="why")

    me.post(page("answers", attendee), {"answer_why": ""})
    attendee.refresh_from_db()
    assert attendee.status == "confirmed"
    me.post(page("answers", attendee), {"answer_why": "New"})

    attendee.refresh_from_db()
    assert attendee.status == state
