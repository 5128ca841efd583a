from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import path

from netevent.core import codes
from netevent.core.codes import ALPHABET, CODE_LENGTH, is_reserved, new_code, reserved_words, unused_code
from netevent.core.fields import CodeField
from netevent.core.health import healthz


def test_new_codes_have_no_look_alikes_and_differ():
    made = {new_code() for _ in range(500)}
    assert len(made) == 500
    assert set("".join(made)) <= set(ALPHABET)
    assert not set(ALPHABET) & set("01IO")
    assert max(map(len, made)) <= CODE_LENGTH


def test_new_code_is_never_a_reserved_word(monkeypatch):
    words = iter([*"NEW", *"ABC"])
    monkeypatch.setattr(codes.secrets, "choice", lambda _alphabet: next(words))
    assert new_code(3) == "ABC"


@pytest.mark.parametrize("word", ["new", "Create", "DASHBOARD", "invite", "register", "admin", "healthz"])
def test_words_of_addresses_are_reserved_in_any_case(word):
    assert is_reserved(word)


def test_reserved_words_follow_the_routes():
    found = set(codes.words_in([path("event/brand-new/<str:code>", healthz), path("feed.ics", healthz)]))
    assert found == {"EVENT", "BRAND-NEW"}


def test_every_reserved_word_is_refused_by_the_field():
    for word in reserved_words():
        if len(word) <= CODE_LENGTH:
            with pytest.raises(ValidationError):
                CodeField().clean(word.lower(), None)


def test_unused_code_asks_again_after_a_collision(monkeypatch):
    made = iter(["TAKEN", "FREE"])
    monkeypatch.setattr(codes, "new_code", lambda _length: next(made))

    class Rows:
        def filter(self, code: str) -> Rows:
            self.code = code
            return self

        def exists(self) -> bool:
            return self.code == "TAKEN"

    assert unused_code(Rows()) == "FREE"
