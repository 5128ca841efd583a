from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netevent.core.text import fold, trimmed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada ", "Ada"),
        ("Zoe\u0308", "Zoe\u0308"),
        ("a  b", "a  b"),
        ("\u3000李\u3000", "李"),
        ("a\0b", "ab"),
        ("x\ud800y", "xy"),
        ("", ""),
        ("\t \n", ""),
    ],
)
def test_trimmed_takes_the_ends_and_what_no_column_holds(typed, kept):
    assert trimmed(typed) == kept


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Ærøskøbing", "aeroskobing"),
        ("Zoe\u0308", "zoe"),
        ("Zoë", "zoe"),
        ("  two \t words ", "two words"),
        ("İstanbul", "istanbul"),
        ("ﬁn", "fin"),
        ("Ｆｕｌｌ", "full"),
        ("Ελλάς", "ελλασ"),
        ("Đỗ Thị", "do thi"),
        ("李小龍", "李小龍"),
        ("ℌ𝐞llo", "hello"),
        ("a\0b", "ab"),
    ],
)
def test_fold_takes_case_accents_and_spaces(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_fold_twice_is_fold_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_trimmed_twice_is_trimmed_once(text):
    assert trimmed(trimmed(text)) == trimmed(text)
    assert "\0" not in trimmed(text)
