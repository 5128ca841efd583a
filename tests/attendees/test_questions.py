"""Which questions are asked, told by random ones, and what their answers are in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from attendees.models import Question
from attendees.services.answer_kinds import readable, stored, stored_from_cell
from attendees.services.question_rules import choices_from, lines_of
from attendees.services.questions import Questionnaire
from netevent.core.errors import DomainError

TYPES = (1, 2)
CHOICES = [{"key": "a", "label": {"en": "Aye"}}, {"key": "b", "label": {"en": "Bee"}}]


class Asked(SimpleNamespace):
    """A question without a database, of which `Questionnaire` reads no more than this."""

    __hash__ = object.__hash__


def asked(pk: int, only: list[int], depends_on: int | None, values: list[str], required: bool) -> Any:
    types = SimpleNamespace(all=lambda: [SimpleNamespace(pk=kind) for kind in only])
    return Asked(
        pk=pk, key=f"q{pk}", when="registration", types=types, depends_on_id=depends_on, depends_values=values, is_required=required
    )


@st.composite
def sheets(draw: Any) -> Questionnaire:
    """Any questions, waiting for any others, also in circles."""
    number = draw(st.integers(1, 6))
    pks = st.one_of(st.none(), st.integers(0, number))  # one of them isn't there
    rows = [
        asked(
            pk,
            draw(st.lists(st.sampled_from(TYPES), max_size=2)),
            draw(pks),
            draw(st.lists(st.sampled_from("ab"), max_size=2)),
            draw(st.booleans()),
        )
        for pk in range(number)
    ]
    return Questionnaire(tuple(rows))


VALUES = st.one_of(st.none(), st.sampled_from("ab"), st.lists(st.sampled_from("ab"), min_size=1, max_size=2, unique=True), st.booleans())


@given(sheet=sheets(), attendee_type=st.sampled_from([None, *TYPES]), data=st.data())
def test_nothing_is_required_that_is_not_shown(sheet, attendee_type, data):
    answers = {question.key: data.draw(VALUES) for question in sheet.questions}
    shown = sheet.asked("registration", attendee_type, answers)

    missing = sheet.missing("registration", attendee_type, answers)

    assert {question.pk for question in missing} <= {question.pk for question in shown}
    for question in shown:
        source = sheet.by_pk.get(question.depends_on_id)
        assert question.depends_on_id is None or (source in shown and answers[source.key] is not None)


@given(sheet=sheets(), attendee_type=st.sampled_from(TYPES), data=st.data())
def test_answering_what_is_missing_ends(sheet, attendee_type, data):
    """However the questions hang together, who answers what is asked for gets through."""
    answers: dict[str, Any] = {}
    for _round in range(len(sheet.questions) + 1):
        if not (missing := sheet.missing("registration", attendee_type, answers)):
            return
        answers |= {question.key: data.draw(st.sampled_from("ab")) for question in missing}
    pytest.fail("there is always one more question")


@given(text=st.text())
def test_any_text_is_kept_refused_or_nothing(text):
    for kind in ("text", "long_text", "choice", "several", "yes_no", "number", "date"):
        question = Question(key="x", kind=kind, choices=CHOICES)
        for read in (stored, stored_from_cell):
            try:
                value = read(question, text)
            except ValidationError:
                continue
            assert value is None or isinstance(readable(question, value), str)
            if value is not None and kind not in {"several", "yes_no"}:
                assert read(question, value) == value


@given(labels=st.lists(st.text("abcxyz ", min_size=1).filter(str.strip), unique_by=str.strip, min_size=1, max_size=5))
def test_choices_come_back_from_their_lines(labels):
    choices = [{"key": f"k{number}", "label": {"en": label.strip(), "de": f"{label.strip()}!"}} for number, label in enumerate(labels)]

    assert choices_from({code: lines_of(choices, code) for code in ("en", "de")}) == choices


def test_choice_twice_is_refused():
    with pytest.raises(DomainError, match="wrong_choices"):
        choices_from({"en": "a | One\na | Two"})


def test_answers_are_read_in_the_readers_language():
    several = Question(key="x", kind="several", choices=[{"key": "a", "label": {"en": "All", "de": "Alles"}}, {"key": "b", "label": {}}])
    number = Question(key="x", kind="number")
    with override("de"):
        assert readable(several, ["a", "b"]) == "Alles, b"
        assert readable(number, "1234.5678") == "1.234,5678"
    with override("pl"):
        assert readable(several, ["a"]) == "All"
